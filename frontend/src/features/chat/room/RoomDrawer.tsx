import type { Message, ModelInfo } from '@/api/types'
import { Drawer } from '@/components/drawer'
import { LogsDrawer } from '@/components/logs-drawer'
import { ParamsForm } from '@/components/params-form'
import { useLocale, useTranslations } from '@/i18n'
import { setUi, useUi } from '@/lib/ui'
import { readoutRows } from '../reply/readout'
import type { ChatSettings } from './settings'

interface RoomDrawerProps {
  settings: ChatSettings
  note: string
  onChange(change: Partial<ChatSettings>): void
  messages: Message[]
  models: ModelInfo[]
}

/** What the room shows at its right: the chat's parameters, an engine's log, or how one reply came about. */
export function RoomDrawer({ settings, note, onChange, messages, models }: RoomDrawerProps) {
  const t = useTranslations('room')
  const drawer = useUi(ui => ui.drawer)
  const close = () => setUi({ drawer: null })
  if (drawer?.what === 'params') {
    return (
      <Drawer title={t('parameters')} onClose={close}>
        <ParamsForm
          params={settings.params}
          systemPrompt={settings.systemPrompt}
          note={note}
          onChange={onChange}
        />
      </Drawer>
    )
  }
  if (drawer?.what === 'logs') return <LogsDrawer />
  const message = drawer && messages.find(one => one.id === drawer.messageId)
  if (!message) return null
  return (
    <Drawer title={t('details')} onClose={close}>
      <Details message={message} models={models} />
    </Drawer>
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
