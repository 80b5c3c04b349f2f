import { useCallback, useEffect, useRef, useState } from 'react'
import { ApiError } from '@/api/errors'
import { deleteFile, getFile, uploadFile, uploadPages } from '@/api/files'
import { toast } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { newId } from '@/lib/ids'
import { type Attachment, attached } from './attachments'
import { type DraftFile, readDraftFiles, writeDraftFiles } from './drafts'

interface Way {
  data: Blob
  abort: AbortController
}

/**
 * The attachments of the message being written. They are sent at once, and those that the server has stay with
 * the chat's draft.
 */
export function useAttachments(chatId: string | null) {
  const t = useTranslations('composer')
  const f = useTranslations('files')
  const [attachments, setAttachments] = useState<Attachment[]>(() =>
    readDraftFiles(chatId).map(({ file, pages }) => attached(file, pages)),
  )
  /** What is, or was, on its way, by the page's own id. */
  const ways = useRef(new Map<string, Way>())

  const change = useCallback((id: string, fields: Partial<Attachment>) => {
    setAttachments(all => all.map(one => (one.id === id ? { ...one, ...fields } : one)))
  }, [])

  /** Send the bytes of one, and tell how far they are; a failure stands in its place. */
  const carry = useCallback(
    async (id: string, work: (way: Way, progress: (share: number) => void) => Promise<void>) => {
      const way = ways.current.get(id)
      if (!way) return
      change(id, { step: 'sending', progress: 0, error: null })
      try {
        await work(way, share =>
          change(id, { progress: share, step: share < 1 ? 'sending' : 'reading' }),
        )
        ways.current.delete(id)
      } catch (error) {
        if (way.abort.signal.aborted) return
        change(id, { step: 'failed', error: error instanceof ApiError ? error.info : null })
      }
    },
    [change],
  )

  const send = useCallback(
    (id: string, name: string) =>
      carry(id, async ({ data, abort }, progress) => {
        const file = await uploadFile(data, name, progress, abort.signal)
        change(id, { step: 'ready', file, name: file.name, progress: 1 })
      }),
    [carry, change],
  )

  /** Put pictures of a PDF's pages in its place. */
  const asImages = useCallback(
    (id: string, name: string) =>
      carry(id, async ({ data, abort }, progress) => {
        const { files, total } = await uploadPages(data, name, progress, abort.signal)
        const pages = files.map(file => attached(file))
        setAttachments(all => all.flatMap(one => (one.id === id ? pages : [one])))
        if (files.length < total) {
          const taken = String(files.length)
          toast({ title: f('firstPages', { name, taken, total: String(total) }) })
        }
      }),
    [carry, f],
  )

  const add = useCallback(
    (data: Blob, name: string, text: string | null) => {
      const id = newId()
      ways.current.set(id, { data, abort: new AbortController() })
      const preview = data.type.startsWith('image/') ? URL.createObjectURL(data) : null
      const fresh = { pages: null, file: null, error: null, progress: 0, step: 'sending' as const }
      setAttachments(all => [...all, { ...fresh, id, name, size: data.size, preview, text }])
      void send(id, name)
    },
    [send],
  )

  const addFiles = useCallback(
    (files: Iterable<File>) => {
      for (const file of files) add(file, file.name || t('pasted'), null)
    },
    [add, t],
  )
  const addText = useCallback(
    (text: string) => add(new Blob([text], { type: 'text/plain' }), `${t('pasted')}.txt`, text),
    [add, t],
  )

  const remove = useCallback((one: Attachment) => {
    ways.current.get(one.id)?.abort.abort()
    ways.current.delete(one.id)
    if (one.preview) URL.revokeObjectURL(one.preview)
    setAttachments(all => all.filter(other => other.id !== one.id))
    // A message may refer to the same file already: then it stays, and rightly so.
    if (one.file) deleteFile(one.file.id).catch(() => undefined)
  }, [])

  useEffect(() => {
    writeDraftFiles(chatId, kept(attachments))
  }, [chatId, attachments])

  /** Put back what was taken for a message that was not stored; the kept draft has it where the box is gone. */
  const giveBack = useCallback(
    (taken: Attachment[]) => {
      writeDraftFiles(chatId, [...kept(taken), ...readDraftFiles(chatId)])
      setAttachments(added => [...taken, ...added])
    },
    [chatId],
  )

  useMissing(chatId, setAttachments)

  // What is on its way when the room is left would arrive nowhere.
  useEffect(() => {
    const running = ways.current
    return () => {
      for (const way of running.values()) way.abort.abort()
    }
  }, [])

  return {
    attachments,
    setAttachments,
    giveBack,
    addText,
    addFiles,
    remove,
    retry: send,
    asImages,
    change,
  }
}

/** What a draft keeps of them: those that the server has. */
function kept(attachments: Attachment[]): DraftFile[] {
  return attachments.flatMap(({ file, pages }) => (file ? [{ file, pages }] : []))
}

/** Drop those of a kept draft that the server has tidied away meanwhile. */
function useMissing(
  chatId: string | null,
  set: React.Dispatch<React.SetStateAction<Attachment[]>>,
): void {
  useEffect(() => {
    for (const { file } of readDraftFiles(chatId)) {
      getFile(file.id).catch(error => {
        if (!(error instanceof ApiError) || error.status !== 404) return
        set(all => all.filter(one => one.file?.id !== file.id))
      })
    }
  }, [chatId, set])
}
