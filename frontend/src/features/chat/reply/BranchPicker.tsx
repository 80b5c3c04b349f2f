import { ChevronLeft, ChevronRight } from 'lucide-react'
import type { Message } from '@/api/types'
import { useFormatter, useTranslations } from '@/i18n'

interface BranchPickerProps {
  message: Message
  onShow(id: string): void
}

const arrow =
  'grid size-6 place-items-center rounded-sm hover:bg-hover hover:text-ink disabled:opacity-35 disabled:hover:bg-transparent touch:size-11'

/** ‹ 2/3 ›: the other versions of a message. Nothing where there is only one. */
export function BranchPicker({ message, onShow }: BranchPickerProps) {
  const t = useTranslations('reply')
  const format = useFormatter()
  const { siblings } = message
  const at = siblings.indexOf(message.id)
  if (siblings.length < 2 || at < 0) return null
  const position = format.number(at + 1)
  const count = format.number(siblings.length)
  const show = (index: number) => {
    const id = siblings[index]
    if (id) onShow(id)
  }
  return (
    <div className="flex items-center text-ink-faint text-mini">
      <button
        type="button"
        className={arrow}
        aria-label={t('previousBranch')}
        disabled={at === 0}
        onClick={() => show(at - 1)}
      >
        <ChevronLeft aria-hidden className="size-4" />
      </button>
      <span className="tabular px-0.5">
        <span className="sr-only">{t('branch', { position, count })}</span>
        <span aria-hidden>
          {position}/{count}
        </span>
      </span>
      <button
        type="button"
        className={arrow}
        aria-label={t('nextBranch')}
        disabled={at === siblings.length - 1}
        onClick={() => show(at + 1)}
      >
        <ChevronRight aria-hidden className="size-4" />
      </button>
    </div>
  )
}
