import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useRef } from 'react'
import { chatKeys, patchCached, summarise, updateChat } from '@/api/chats'
import { ApiError } from '@/api/errors'
import { modelKeys, modelList, startModel } from '@/api/models'
import { usePermissions } from '@/api/permissions'
import type { Persona } from '@/api/prompts'
import { settings } from '@/api/settings'
import type { Chat } from '@/api/types'
import { Button } from '@/components/button'
import { toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { toldShortly } from '@/i18n/errors'
import { useDelayed } from '@/lib/delayed'
import { useMedia } from '@/lib/media'
import { useShortcuts } from '@/lib/shortcuts'
import { useTitle } from '@/lib/title'
import { Composer, moveDraft } from '../composer'
import type { ComposerHandle, ComposerProps } from '../types'
import { isLocal, isRunning } from './branch'
import { Greeting } from './Greeting'
import { Messages, type MessagesHandle } from './Messages'
import { chooseModel } from './model'
import { RoomDrawer } from './RoomDrawer'
import { asChange, type ChatSettings, settingsOf } from './settings'
import { Bar, TopBar } from './TopBar'
import { useBranch } from './useBranch'
import { useSeek } from './useSeek'
import { sendMessage, useFollow, useMessageActions } from './useTurns'

interface ChatRoomProps {
  chatId: string
  /** Id of a message to go to. */
  sought: string | null
  /** It has been gone to, or does not exist. */
  onFound(): void
}

/** One chat: its conversation, the composer below it, the drawer beside it. */
export function ChatRoom({ chatId, sought, onFound }: ChatRoomProps) {
  const branch = useBranch(chatId)
  const skeleton = useDelayed(branch.pending)
  if (branch.chat) {
    return (
      <Room key={chatId} chat={branch.chat} branch={branch} sought={sought} onFound={onFound} />
    )
  }
  if (branch.error) return <Missing error={branch.error} onRetry={branch.retry} />
  return (
    <div className="flex h-full flex-col">
      <Bar>{null}</Bar>
      {skeleton && <Skeleton />}
    </div>
  )
}

interface RoomProps extends Omit<ChatRoomProps, 'chatId'> {
  chat: Chat
  branch: ReturnType<typeof useBranch>
}

function Room({ chat, branch, sought, onFound }: RoomProps) {
  const t = useTranslations()
  const client = useQueryClient()
  const navigate = useNavigate()
  const { runModels } = usePermissions()
  const { data: models = [] } = useQuery(modelList())
  const chosen = useQuery(settings())
  const usual = chosen.data?.default_model ?? null
  const messages = branch.page?.messages ?? []
  const model = chooseModel(models, chat.model, usual)
  const actions = useMessageActions(chat, model)
  const list = useRef<MessagesHandle>(null)
  const composer = useRef<ComposerHandle>(null)
  const mouse = useMedia('(pointer: fine)')
  useFollow(chat.id, messages)
  const ready = branch.page !== undefined
  const marked = useSeek({ chatId: chat.id, sought, ready, earlier: branch.earlier, onFound })
  useShortcuts([
    { key: 'escape', shift: true, whileTyping: true, run: () => composer.current?.focus() },
  ])
  useTitle(chat.title || t('sidebar.untitled'))

  const change = async (fields: Partial<ChatSettings>) => {
    const stored = asChange(fields)
    patchCached(client, chat.id, stored)
    try {
      const saved = await updateChat(chat.id, stored)
      client.setQueryData<Chat>(chatKeys.one(chat.id), kept => kept && { ...kept, ...saved })
    } catch (error) {
      patchCached(client, chat.id, chat)
      toastError(error, t('common.failed'))
    }
  }

  const takeOn = async (persona: Persona | null) => {
    try {
      // Off again, the chat has what the person's own settings say.
      const saved = await updateChat(
        chat.id,
        persona
          ? { persona_id: persona.id }
          : {
              persona_id: null,
              system_prompt: chosen.data?.system_prompt ?? null,
              params: chosen.data?.params ?? {},
            },
      )
      client.setQueryData<Chat>(chatKeys.one(chat.id), kept => kept && { ...kept, ...saved })
    } catch (error) {
      toastError(error, t('common.failed'))
    }
  }

  const remedies: ComposerProps['remedies'] = {
    summarise: async () => {
      try {
        await summarise(chat.id, model)
        await client.invalidateQueries({ queryKey: chatKeys.messages(chat.id) })
      } catch (error) {
        toastError(error, t('common.failed'))
      }
    },
    newChat: () => {
      moveDraft(chat.id, null)
      navigate({ to: '/' })
    },
    ...(runModels && {
      restart: async (id: string, contextLength: number) => {
        try {
          await startModel({ model_id: id, context_length: contextLength })
        } catch (error) {
          toastError(error, t('reply.restartFailed'))
        } finally {
          client.invalidateQueries({ queryKey: modelKeys.all })
        }
      },
    }),
  }
  const last = messages.at(-1)
  const running = last && isRunning(last) ? last : null
  const parentId = running ? running.parent_id : (last?.id ?? null)
  return (
    <div className="flex h-full">
      <div className="flex h-full min-w-0 flex-1 flex-col">
        <TopBar chat={chat} />
        {messages.length === 0 && branch.page ? (
          <p className="grid flex-1 place-items-center text-ink-faint">{t('room.empty')}</p>
        ) : (
          <Messages
            head={chat.persona && <Greeting persona={chat.persona} />}
            messages={messages}
            hasMore={branch.page?.has_more ?? false}
            loadingEarlier={branch.loadingEarlier}
            onEarlier={branch.earlier}
            actions={actions}
            models={models}
            marked={marked}
            handle={list}
          />
        )}
        <div className="mx-auto w-full max-w-[calc(var(--reading)+3rem)] px-2 pb-[max(0.75rem,env(safe-area-inset-bottom))] md:px-6">
          <Composer
            chatId={chat.id}
            parentId={parentId}
            model={model}
            onModel={id => change({ model: id })}
            systemPrompt={chat.system_prompt}
            params={chat.params}
            onParams={params => change({ params })}
            persona={{ chosen: chat.persona, onChoose: takeOn }}
            models={models}
            generationId={running?.generation_id ?? null}
            pending={running !== null && (isLocal(running) || !running.generation_id)}
            onSend={outgoing => {
              const sent = sendMessage(client, chat.id, last?.id ?? null, outgoing, model)
              requestAnimationFrame(() => list.current?.toEnd())
              return sent
            }}
            onStop={() => {
              if (running) actions.stop(running)
              // Stop gives its place to Send, which would leave the keyboard nowhere.
              if (mouse) composer.current?.focus()
            }}
            remedies={remedies}
            autoFocus={mouse}
            handle={composer}
          />
        </div>
      </div>
      <RoomDrawer
        settings={settingsOf(chat)}
        onPersona={takeOn}
        note={t('params.forChat')}
        onChange={change}
        messages={messages}
        models={models}
      />
    </div>
  )
}

function Missing({ error, onRetry }: { error: Error; onRetry(): void }) {
  const t = useTranslations()
  const gone = error instanceof ApiError && error.status === 404
  return (
    <div className="flex h-full flex-col">
      <Bar>{null}</Bar>
      <div className="grid flex-1 place-content-center justify-items-center gap-3 p-6 text-center">
        <h1 className="font-semibold text-title">{gone ? t('room.gone') : t('room.failed')}</h1>
        <p className="max-w-md text-ink-soft">
          {gone
            ? t('room.goneRemedy')
            : error instanceof ApiError
              ? toldShortly(error)
              : t('app.offlineNever')}
        </p>
        {gone ? (
          <Link to="/" className="text-accent underline underline-offset-4">
            {t('app.home')}
          </Link>
        ) : (
          <Button onClick={onRetry}>{t('common.retry')}</Button>
        )}
      </div>
    </div>
  )
}

function Skeleton() {
  return (
    <div
      aria-hidden
      className="mx-auto flex w-full max-w-(--reading) flex-1 flex-col gap-4 px-4 pt-8"
    >
      <div className="h-10 w-2/5 self-end rounded-lg bg-hover" />
      {[92, 84, 96, 40].map(width => (
        <div key={width} className="h-4 rounded-full bg-hover" style={{ width: `${width}%` }} />
      ))}
    </div>
  )
}
