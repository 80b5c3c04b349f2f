import { useQuery } from '@tanstack/react-query'
import { type Persona, personaList } from '@/api/prompts'
import type { ChatPersona, Message, ModelInfo } from '@/api/types'
import { Button } from '@/components/button'
import { Drawer } from '@/components/drawer'
import { ModelLogDrawer } from '@/components/log-drawer'
import { ParamsForm } from '@/components/params-form'
import { Sign } from '@/components/sign'
import { useLocale, useTranslations } from '@/i18n'
import { setUi, useUi } from '@/lib/ui'
import { readoutRows } from '../reply/readout'
import { FileDrawer } from './FileDrawer'
import type { ChatSettings } from './settings'

interface RoomDrawerProps {
  settings: ChatSettings
  note: string
  onChange(change: Partial<ChatSettings>): void
  /** Take on what a persona says now; left out where a chat has not begun. */
  onPersona?(persona: Persona): void
  messages: Message[]
  models: ModelInfo[]
}

/** What the room shows at its right: the chat's parameters, an engine's log, or how one reply came about. */
export function RoomDrawer(props: RoomDrawerProps) {
  const { settings, note, onChange, onPersona, messages, models } = props
  const t = useTranslations('room')
  const drawer = useUi(ui => ui.drawer)
  const close = () => setUi({ drawer: null })
  if (drawer?.what === 'params') {
    return (
      <Drawer title={t('parameters')} onClose={close}>
        {settings.persona && onPersona && (
          <PersonaChanged chosen={settings.persona} onTake={onPersona} />
        )}
        <ParamsForm
          params={settings.params}
          systemPrompt={settings.systemPrompt}
          note={note}
          onChange={onChange}
        />
      </Drawer>
    )
  }
  if (drawer?.what === 'logs') return <ModelLogDrawer model={drawer.model} onClose={close} />
  if (drawer?.what === 'file') return <FileDrawer file={drawer.file} onClose={close} />
  const message = drawer && messages.find(one => one.id === drawer.messageId)
  if (!message) return null
  return (
    <Drawer title={t('details')} onClose={close}>
      <Details message={message} models={models} />
    </Drawer>
  )
}

/** Says that the chat's persona was changed since, and offers what it says now. */
function PersonaChanged({ chosen, onTake }: { chosen: ChatPersona; onTake(now: Persona): void }) {
  const t = useTranslations('room')
  const { data } = useQuery(personaList())
  const now = data?.find(one => one.id === chosen.id)
  return (
    <div className="mb-4 rounded-md bg-sunken px-3 py-2.5">
      <p className="flex items-center gap-2 font-medium">
        <Sign letter={chosen.letter} colour={chosen.colour} />
        <span className="min-w-0 truncate">{chosen.name}</span>
      </p>
      {now && now.updated_at !== chosen.updated_at && (
        <>
          <p className="mt-1.5 text-ink-soft">{t('personaChanged')}</p>
          <Button className="mt-2" onClick={() => onTake(now)}>
            {t('takeChanges')}
          </Button>
        </>
      )}
    </div>
  )
}

function Details({ message, models }: { message: Message; models: ModelInfo[] }) {
  const t = useTranslations('reply')
  const locale = useLocale()
  const model = models.find(one => one.id === message.model)
  const { seed, engine } = message.metadata
  const rows = readoutRows(
    {
      usage: message.usage,
      timings: message.timings,
      finishReason: message.finish_reason,
      engine: typeof engine === 'string' ? engine : (model?.engine ?? null),
      seed: typeof seed === 'number' ? seed : null,
    },
    t,
    locale,
  )
  const name = model?.name ?? message.model
  return (
    <dl className="tabular flex flex-col">
      {name && <Line label={t('model')} value={name} />}
      {rows.map(row => (
        <Line key={row.label} {...row} />
      ))}
    </dl>
  )
}

function Line({ label, value, inner }: { label: string; value: string; inner?: boolean }) {
  return (
    <div className="flex justify-between gap-4 border-line border-b py-2 last:border-0">
      <dt className={inner ? 'pl-3 text-ink-faint' : 'text-ink-soft'}>{label}</dt>
      <dd className="text-right">{value}</dd>
    </div>
  )
}
