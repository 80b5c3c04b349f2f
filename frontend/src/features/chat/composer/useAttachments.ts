import { useCallback, useState } from 'react'
import { toast } from '@/components/toast'
import { useLocale, useTranslations } from '@/i18n'
import { formatBytes } from '@/lib/format'
import { type Attachment, Refused, readFile, textAttachment } from './attachments'

/** The attachments of the message being written. */
export function useAttachments() {
  const t = useTranslations('composer')
  const locale = useLocale()
  const [attachments, setAttachments] = useState<Attachment[]>([])

  const addText = useCallback((text: string) => {
    setAttachments(before => [...before, textAttachment(text, null)])
  }, [])

  const addFiles = useCallback(
    async (files: Iterable<File>) => {
      for (const file of files) {
        try {
          const read = await readFile(file)
          setAttachments(before => [...before, read])
        } catch (error) {
          const name = file.name
          const title =
            error instanceof Refused && error.reason === 'tooLarge'
              ? t('tooLarge', { name, limit: formatBytes(error.limit, locale) })
              : t('notText', { name })
          toast({ title, tone: 'bad' })
        }
      }
    },
    [t, locale],
  )

  const remove = useCallback((id: string) => {
    setAttachments(before => before.filter(one => one.id !== id))
  }, [])

  return { attachments, setAttachments, addText, addFiles, remove }
}
