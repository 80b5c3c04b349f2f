import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useEffect, useMemo } from 'react'
import { chatKeys, updateChat } from '@/api/chats'
import { type Comparison, comparison, comparisonKeys, useAnswerAgain } from '@/api/comparisons'
import type { Message } from '@/api/types'
import { toastError } from '@/components/toast'
import { AskForm } from '@/features/chat/composer'
import {
  followGeneration,
  forgetGeneration,
  onFinished,
  sendChat,
  stopGeneration,
} from '@/features/chat/live'
import { Reply } from '@/features/chat/reply'
import { Files } from '@/features/chat/reply/Files'
import type { MessageActions } from '@/features/chat/types'
import { ComparePage } from '@/features/compare/ComparePage'
import { isWriting, type Live } from '@/features/compare/live'
import { WithPlatformWords } from '@/features/platform/words'
import { useTranslations } from '@/i18n'
import { WithCompareWords } from '@/i18n/compare'
import { Page } from '../page'

/** One comparison: composes its columns of the replies that chats have. */
export default function ComparisonRoom() {
  return (
    <WithPlatformWords>
      <WithCompareWords>
        <Room />
      </WithCompareWords>
    </WithPlatformWords>
  )
}

function Room() {
  const t = useTranslations('compare')
  const { comparisonId } = useParams({ from: '/compare/$comparisonId' })
  const live = useLive(comparisonId)
  return (
    <Page
      wide
      title={t('title')}
      intro={
        <Link to="/compare" className="text-accent underline underline-offset-4">
          {t('new')}
        </Link>
      }
    >
      <ComparePage key={comparisonId} id={comparisonId} live={live} />
    </Page>
  )
}

/** Follow the answers that are being written, and fetch each when it has ended. */
function useFollow(id: string): void {
  const client = useQueryClient()
  const { data } = useQuery(comparison(id))
  useEffect(() => {
    for (const message of data?.answers ?? []) {
      if (isWriting(message) && message.generation_id) {
        followGeneration(message.generation_id, message.chat_id, message.id)
      }
    }
  }, [data])
  useEffect(
    () =>
      onFinished(live => {
        const key = comparisonKeys.one(id)
        const shown = client.getQueryData<Comparison>(key)
        if (!shown?.answers.some(one => one.id === live.messageId)) return
        client
          .invalidateQueries({ queryKey: key })
          .catch(() => undefined)
          .finally(() => forgetGeneration(live.id))
      }),
    [client, id],
  )
}

function useLive(id: string): Live {
  const client = useQueryClient()
  const navigate = useNavigate()
  const t = useTranslations()
  const { mutate: again } = useAnswerAgain(id)
  useFollow(id)
  return useMemo(() => {
    const say = (error: unknown) => toastError(error, t('common.failed'))
    const renew = () => client.invalidateQueries({ queryKey: comparisonKeys.one(id) })
    const goTo = (message: Message) =>
      navigate({ to: '/c/$chatId', params: { chatId: message.chat_id } })
    const stop = async (message: Message) => {
      if (!message.generation_id) return
      await stopGeneration(message.generation_id).catch(say)
      await renew()
    }
    const goOn = async (message: Message) => {
      try {
        const { model } = message
        await updateChat(message.chat_id, { active_leaf: message.id, ...(model && { model }) })
        await client.invalidateQueries({ queryKey: chatKeys.all })
        goTo(message)
      } catch (error) {
        say(error)
      }
    }
    const actions: MessageActions = {
      regenerate: message => again(message.id, { onError: say }),
      // Nothing in a column asks for these.
      retryWith: () => undefined,
      restart: async () => undefined,
      showSibling: () => undefined,
      edit: () => undefined,
      fork: goOn,
      stop,
      continue: async message => {
        await sendChat({
          chat_id: message.chat_id,
          continue_message_id: message.id,
        }).catch(say)
        await renew()
      },
      openDrawer: () => undefined,
    }
    return {
      draw: (message, models) => (
        <Reply message={message} models={models} actions={actions} last={false} bare />
      ),
      files: message => <Files message={message} className="justify-start" />,
      ask: props => <AskForm key={props.draft} {...props} />,
      stop,
      goOn,
    }
  }, [again, client, id, navigate, t])
}
