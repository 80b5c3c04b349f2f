import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { fileKeys, type KeptFile, removeFiles } from '@/api/files'
import { Button } from '@/components/button'
import { toast, toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'

interface ReallyProps {
  files: KeptFile[]
  onKeep(): void
  onRemoved?(): void
}

/** Asks once, in place, and tells what it means for what was said before. */
export function Really({ files, onKeep, onRemoved }: ReallyProps) {
  const t = useTranslations('kept')
  const common = useTranslations('common')
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const remove = async () => {
    setBusy(true)
    try {
      const { ids, messages } = await removeFiles(files.map(one => one.id))
      toast({ title: t('removed', { count: ids.length, messages }) })
      onRemoved?.()
    } catch (error) {
      toastError(error, common('failed'))
    }
    setBusy(false)
    onKeep()
    // Messages that are on the page name it still, and show it no more.
    client.invalidateQueries({ queryKey: ['chats', 'messages'] })
    client.invalidateQueries({ queryKey: fileKeys.list })
  }
  return (
    <div
      role="alert"
      className="flex w-full flex-wrap items-center gap-x-3 gap-y-2 rounded-md border border-bad/45 bg-bad-wash px-4 py-3"
    >
      <div className="min-w-48 flex-1">
        <p className="font-medium">{t('really', { count: files.length })}</p>
        <p className="text-ink-soft">{t('meaning')}</p>
      </div>
      <div className="flex gap-2">
        <Button look="bad" disabled={busy} onClick={remove}>
          {t('purge')}
        </Button>
        <Button onClick={onKeep}>{t('keep')}</Button>
      </div>
    </div>
  )
}
