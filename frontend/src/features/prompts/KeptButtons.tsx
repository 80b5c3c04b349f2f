import { Copy } from 'lucide-react'
import { IconButton } from '@/components/button'
import { useTranslations } from '@/i18n'
import { ChangeButtons } from '../platform/ChangeButtons'

interface KeptButtonsProps {
  name: string
  /** Others' can be copied alone. */
  own: boolean
  /** Is given the copy's name. */
  onCopy(name: string): void
  onEdit(): void
  /** Rejects where it is still there. */
  remove(): Promise<unknown>
}

/** What can be done with a prompt or a persona that is kept. */
export function KeptButtons({ name, own, onCopy, onEdit, remove }: KeptButtonsProps) {
  const t = useTranslations('prompts')
  return (
    <>
      <IconButton label={t('copyOf', { name })} onClick={() => onCopy(t('copyName', { name }))}>
        <Copy className="size-4" aria-hidden />
      </IconButton>
      {own && (
        <ChangeButtons
          name={name}
          edit={t('edit', { name })}
          words={{
            label: t('delete', { name }),
            done: t('deleted', { name }),
            failed: t('deleteFailed'),
          }}
          onEdit={onEdit}
          remove={remove}
        />
      )}
    </>
  )
}
