import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { patchCached } from '@/api/chats'
import { refreshLists } from '@/api/lists'
import { changeMany, type Deed } from '@/api/shelves'
import { toast, toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { endSelecting } from './selection'

/** What one request may change; more are changed by several. */
const atOnce = 1000

/** Do one thing to many chats: shown when the server has done it, with a way back. */
export function useBulk() {
  const t = useTranslations()
  const client = useQueryClient()
  const navigate = useNavigate()
  const { chatId: shown } = useParams({ strict: false })

  const send = async (deed: Deed, ids: readonly string[], folder?: string | null) => {
    for (let at = 0; at < ids.length; at += atOnce) {
      const some = ids.slice(at, at + atOnce)
      await changeMany(deed, some, folder === undefined ? {} : { folder })
    }
    if (deed === 'delete') for (const id of ids) patchCached(client, id, null)
    await refreshLists(client)
  }

  return async (deed: Deed, ids: readonly string[], said: string, folder?: string | null) => {
    try {
      await send(deed, ids, folder)
    } catch (error) {
      toastError(error, t('common.failed'))
      return
    }
    endSelecting()
    if (deed === 'delete' && shown && ids.includes(shown)) navigate({ to: '/' })
    const back = undoing[deed]
    toast({
      title: said,
      ...(back && {
        action: {
          label: t('common.undo'),
          run: () => send(back, ids).catch(error => toastError(error, t('common.failed'))),
        },
      }),
    })
  }
}

const undoing: Partial<Record<Deed, Deed>> = {
  archive: 'unarchive',
  unarchive: 'archive',
  delete: 'restore',
}
