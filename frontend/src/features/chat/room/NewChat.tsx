import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useRef, useState } from 'react'
import { chatKeys, createChat, deleteChat, patchCached } from '@/api/chats'
import { ApiError } from '@/api/errors'
import { modelList } from '@/api/models'
import { settings as chosenSettings } from '@/api/settings'
import { changeMany } from '@/api/shelves'
import type { Chat, MessagePage } from '@/api/types'
import { useTranslations } from '@/i18n'
import { useMedia } from '@/lib/media'
import { usePreferences } from '@/lib/preferences'
import { useShortcuts } from '@/lib/shortcuts'
import { useTitle } from '@/lib/title'
import { Composer } from '../composer'
import type { ComposerHandle, Outgoing } from '../types'
import { examplesIn } from './examples'
import { Greeting } from './Greeting'
import { chooseModel } from './model'
import { RoomDrawer } from './RoomDrawer'
import {
  changeDraftSettings,
  forgetDraftSettings,
  takeOnPersona,
  useDraftSettings,
} from './settings'
import { Bar, DrawerButton } from './TopBar'
import { sendMessage } from './useTurns'

/** The room in which a chat begins. `offers` stands below the composer where only the demonstration runs. */
export function NewChat({ offers }: { offers: ReactNode }) {
  const t = useTranslations()
  const client = useQueryClient()
  const navigate = useNavigate()
  const query = useQuery(modelList())
  const models = query.data ?? []
  const settings = useDraftSettings()
  const usual = useQuery(chosenSettings()).data?.default_model ?? null
  const model = chooseModel(models, settings.model, usual)
  const chosen = models.find(one => one.id === model)
  const { persona } = settings
  const [starting, setStarting] = useState(false)
  const composer = useRef<ComposerHandle>(null)
  const mouse = useMedia('(pointer: fine)')
  useShortcuts([
    { key: 'escape', shift: true, whileTyping: true, run: () => composer.current?.focus() },
  ])
  useTitle(t('sidebar.newChat'))

  const start = async (outgoing: Outgoing) => {
    setStarting(true)
    try {
      const chat = await createChat({
        ...(model && { model }),
        ...(persona && { persona_id: persona.id }),
        ...((persona || settings.systemPrompt) && { system_prompt: settings.systemPrompt || null }),
        ...((persona || Object.keys(settings.params).length > 0) && { params: settings.params }),
      })
      client.setQueryData<Chat>(chatKeys.one(chat.id), chat)
      client.setQueryData<MessagePage>(chatKeys.messages(chat.id), {
        messages: [],
        has_more: false,
      })
      const sent = sendMessage(client, chat.id, null, outgoing, model)
      const remember = forgetDraftSettings()
      navigate({ to: '/c/$chatId', params: { chatId: chat.id } })
      await sent.catch(error => {
        // Once the composer has put the words back into its draft, which this room shows again.
        setTimeout(() => {
          remember()
          navigate({ to: '/', replace: true })
          if (error instanceof ApiError) discard(client, chat.id)
        })
        throw error
      })
    } finally {
      setStarting(false)
    }
  }

  const demonstration = chosen?.demonstration ?? false
  const nothing = query.isSuccess && model === null
  return (
    <div className="flex h-full">
      <div className="flex h-full min-w-0 flex-1 flex-col">
        <Bar>
          <span className="flex-1" />
          <DrawerButton />
        </Bar>
        <div className="min-h-0 flex-1 overflow-y-auto">
          <div className="mx-auto flex min-h-full w-full max-w-[calc(var(--reading)+3rem)] flex-col px-2 pb-6 md:px-6">
            <div className="flex-1 basis-[18vh]" />
            {persona && !nothing ? (
              <Greeting persona={persona} large />
            ) : (
              <h1 className="px-2 pb-6 text-balance text-center font-semibold text-display tracking-tight">
                {nothing ? t('first.noModel') : t('first.title')}
              </h1>
            )}
            <Composer
              chatId={null}
              parentId={null}
              model={model}
              onModel={id => changeDraftSettings({ model: id })}
              systemPrompt={settings.systemPrompt || null}
              params={settings.params}
              onParams={params => changeDraftSettings({ params })}
              persona={{ chosen: persona, onChoose: takeOnPersona }}
              models={models}
              generationId={null}
              pending={starting}
              onSend={start}
              onStop={() => undefined}
              autoFocus={mouse}
              handle={composer}
            />
            <div className="flex flex-1 basis-[30vh] flex-col px-2 pt-4">
              {persona && (
                <Suggestions
                  label={t('first.suggestions', { name: persona.name })}
                  texts={persona.suggestions}
                  onChoose={text => composer.current?.fill(text)}
                />
              )}
              {demonstration && !persona && (
                <Demonstration
                  name={chosen?.name ?? ''}
                  onChoose={text => composer.current?.fill(text)}
                />
              )}
              {((demonstration && !persona) || nothing) && offers}
            </div>
          </div>
        </div>
      </div>
      <RoomDrawer
        settings={settings}
        note={t('params.forNew')}
        onChange={changeDraftSettings}
        messages={[]}
        models={models}
      />
    </div>
  )
}

/** Take away a chat whose first message was refused. Where that fails, an empty chat is left: no more harm. */
function discard(client: QueryClient, id: string): void {
  patchCached(client, id, null)
  deleteChat(id)
    .then(() => changeMany('purge', [id]))
    .catch(() => undefined)
}

/** Says what the bundled model is, and offers sentences that it can really answer. */
function Demonstration({ name, onChoose }: { name: string; onChoose(text: string): void }) {
  const t = useTranslations('first')
  const language = usePreferences(kept => kept.language)
  return (
    <section aria-label={t('demonstration')}>
      <Suggestions label={t('tryThese')} texts={examplesIn(language)} onChoose={onChoose} />
      <p className="mx-auto mt-5 max-w-xl text-balance text-center text-ink-soft">
        {t('demoNote', { model: name })}
      </p>
    </section>
  )
}

interface SuggestionsProps {
  label: string
  texts: readonly string[]
  onChoose(text: string): void
}

/** Sentences to begin with. */
function Suggestions({ label, texts, onChoose }: SuggestionsProps) {
  if (texts.length === 0) return null
  return (
    <ul aria-label={label} className="flex flex-wrap justify-center gap-2">
      {texts.map(text => (
        <li key={text}>
          <button
            type="button"
            onClick={() => onChoose(text)}
            className="min-h-8 rounded-full border border-line-strong px-3.5 py-1 text-left text-ink-soft transition-colors hover:bg-hover hover:text-ink touch:min-h-11"
          >
            {text}
          </button>
        </li>
      ))}
    </ul>
  )
}
