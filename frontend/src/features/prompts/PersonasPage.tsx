import { useQuery } from '@tanstack/react-query'
import { MessageSquare, Plus, Users } from 'lucide-react'
import { useState } from 'react'
import { modelList } from '@/api/models'
import { type Persona, personaList, useImport, useRemovePersona } from '@/api/prompts'
import { Button, IconButton } from '@/components/button'
import { Sign } from '@/components/sign'
import { useTranslations } from '@/i18n'
import { Empty, Failure, Waiting } from '../platform/States'
import { Files, Refused } from './Files'
import { KeptButtons } from './KeptButtons'
import { type EditedPersona, PersonaSheet } from './PersonaSheet'
import { PromptAreas } from './PromptAreas'

interface PersonasPageProps {
  /** Begin a chat with it. */
  onChat(persona: Persona): void
}

/** All personas. */
export function PersonasPage({ onChat }: PersonasPageProps) {
  const t = useTranslations('personas')
  const prompts = useTranslations('prompts')
  const query = useQuery(personaList())
  const bring = useImport('personas')
  const [edited, setEdited] = useState<EditedPersona | null>(null)
  const add = (
    <Button
      look={query.data?.length === 0 ? 'solid' : 'line'}
      onClick={() => setEdited({ id: null, from: {} })}
    >
      <Plus className="size-4" aria-hidden />
      {t('add')}
    </Button>
  )
  return (
    <>
      <PromptAreas />
      {query.data && (
        <div className="mb-4 flex flex-wrap items-center justify-end gap-2">
          <Files kind="personas" bring={bring} any={query.data.some(one => one.own)} />
          {query.data.length > 0 && add}
        </div>
      )}
      <Refused bring={bring} />
      <Waiting pending={query.isPending} />
      {query.isError && !query.data && (
        <Failure
          error={query.error}
          title={prompts('loadFailed')}
          onRetry={() => query.refetch()}
        />
      )}
      {query.data?.length === 0 && (
        <Empty title={t('empty')} note={t('emptyNote')}>
          {add}
        </Empty>
      )}
      <ul className="flex flex-col gap-2.5 empty:hidden">
        {query.data?.map(persona => (
          <PersonaRow key={persona.id} persona={persona} onEdit={setEdited} onChat={onChat} />
        ))}
      </ul>
      {edited && (
        <PersonaSheet key={edited.id ?? 'new'} edited={edited} onClose={() => setEdited(null)} />
      )}
    </>
  )
}

interface PersonaRowProps extends PersonasPageProps {
  persona: Persona
  onEdit(edited: EditedPersona): void
}

function PersonaRow({ persona, onEdit, onChat }: PersonaRowProps) {
  const t = useTranslations('personas')
  const prompts = useTranslations('prompts')
  const remove = useRemovePersona()
  const models = useQuery(modelList()).data
  const { id, name, description, system_prompt, model, own, shared } = persona
  const facts = [
    models?.find(one => one.id === model)?.name ?? model,
    (shared || !own) && (own ? prompts('sharedMark') : prompts('theirs')),
  ].filter(Boolean)
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-1 rounded-md border border-line bg-raised py-3 pr-2 pl-3.5">
      <Sign
        letter={persona.letter}
        colour={persona.colour}
        className="mt-0.5 size-9 text-control"
      />
      <div className="min-w-0 flex-1 basis-52">
        <h2 className="break-words font-semibold text-reading">{name}</h2>
        <p className="line-clamp-2 break-words text-ink-soft">{description || system_prompt}</p>
        {facts.length > 0 && (
          <p className="mt-1 flex items-center gap-1.5 text-ink-faint text-mini">
            {(shared || !own) && <Users className="size-3.5" aria-hidden />}
            {facts.join(' · ')}
          </p>
        )}
      </div>
      <div className="ml-auto flex shrink-0 items-center">
        <IconButton label={t('chatWith', { name })} onClick={() => onChat(persona)}>
          <MessageSquare className="size-4" aria-hidden />
        </IconButton>
        <KeptButtons
          name={name}
          own={own}
          onCopy={copy => onEdit({ id: null, from: { ...persona, name: copy } })}
          onEdit={() => onEdit({ id, from: persona })}
          remove={() => remove.mutateAsync(id)}
        />
      </div>
    </li>
  )
}
