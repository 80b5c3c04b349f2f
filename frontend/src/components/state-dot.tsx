import type { ModelState } from '@/api/types'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'

const looks: Record<ModelState | 'gone', string> = {
  ready: 'bg-good',
  remote: 'bg-good',
  loading: 'bg-live',
  starting: 'bg-live',
  restarting: 'bg-live',
  downloading: 'bg-live',
  stopping: 'border-[1.5px] border-ink-faint',
  stopped: 'border-[1.5px] border-ink-faint',
  not_downloaded: 'border-[1.5px] border-line-strong',
  unreachable: 'bg-bad',
  failed: 'bg-bad',
  gone: 'bg-bad',
}

interface StateDotProps {
  /** `gone`: there is no such model here. */
  state: ModelState | 'gone'
  className?: string
}

/** A model's state as a dot. Its colour says nothing that its name does not. */
export function StateDot({ state, className }: StateDotProps) {
  const t = useTranslations('picker')
  return (
    <span
      role="img"
      aria-label={t(`states.${state}`)}
      title={t(`states.${state}`)}
      className={cn('inline-block size-2 shrink-0 rounded-full', looks[state], className)}
    />
  )
}
