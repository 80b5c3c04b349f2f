import { useQuery } from '@tanstack/react-query'
import { Command } from 'cmdk'
import { Check } from 'lucide-react'
import { personaList } from '@/api/prompts'
import { Sign } from '@/components/sign'
import { useTranslations } from '@/i18n'
import type { PersonaChoice } from '../types'

export const groupLook =
  '[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-ink-faint [&_[cmdk-group-heading]]:text-mini'

const itemLook =
  'flex min-h-10 items-center gap-2.5 rounded-sm px-2.5 py-1.5 data-[selected=true]:bg-hover touch:min-h-11'

/** The personas above the models; fetched when the list is opened. */
export function PersonaGroup({ chosen, onChoose, onClose }: PersonaChoice & { onClose(): void }) {
  const t = useTranslations('picker')
  const { data = [] } = useQuery(personaList())
  if (data.length === 0 && !chosen) return null
  const choose = (persona: (typeof data)[number] | null) => {
    onChoose(persona)
    onClose()
  }
  return (
    <Command.Group heading={t('personas')} className={groupLook}>
      {data.map(persona => (
        <Command.Item
          key={persona.id}
          value={`persona ${persona.id}`}
          keywords={[persona.name, persona.description]}
          onSelect={() => choose(persona)}
          className={itemLook}
        >
          <Sign letter={persona.letter} colour={persona.colour} />
          <span className="min-w-0 shrink-0 max-w-[60%] truncate font-medium">{persona.name}</span>
          <span className="min-w-0 flex-1 truncate text-ink-faint">{persona.description}</span>
          {persona.id === chosen?.id && <Check aria-hidden className="size-4 text-accent" />}
        </Command.Item>
      ))}
      {chosen && (
        <Command.Item
          value="persona none"
          keywords={[t('noPersona')]}
          onSelect={() => choose(null)}
          className={itemLook}
        >
          <span
            aria-hidden
            className="size-6 rounded-full border border-line-strong border-dashed"
          />
          {t('noPersona')}
        </Command.Item>
      )}
    </Command.Group>
  )
}
