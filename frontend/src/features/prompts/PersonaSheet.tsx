import { useQuery } from '@tanstack/react-query'
import { ChevronRight } from 'lucide-react'
import { RadioGroup } from 'radix-ui'
import { type FormEvent, useState } from 'react'
import { modelList } from '@/api/models'
import { type Persona, type PersonaBody, useSavePersona } from '@/api/prompts'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { ParamsForm } from '@/components/params-form'
import { Sign, type SignColour, signColours } from '@/components/sign'
import { useTranslations } from '@/i18n'
import { refusalAt } from '@/i18n/errors'
import { Labelled, Switch, TextArea } from '../platform/Form'
import { Sheet } from '../platform/Sheet'
import { infoOf, Problem } from '../platform/States'

/** A persona to be changed, or one to begin a new one with. */
export interface EditedPersona {
  id: string | null
  from: Partial<Persona>
}

const fields = ['name', 'description', 'system_prompt', 'model', 'opening', 'suggestions', 'letter']

interface Form extends Required<Omit<PersonaBody, 'suggestions' | 'letter' | 'params'>> {
  params: Record<string, unknown>
  suggestions: string
  letter: string
}

function formOf(from: EditedPersona['from']): Form {
  return {
    name: from.name ?? '',
    description: from.description ?? '',
    system_prompt: from.system_prompt ?? '',
    model: from.model ?? null,
    params: from.params ?? {},
    opening: from.opening ?? '',
    suggestions: (from.suggestions ?? []).join('\n'),
    letter: from.letter ?? '',
    colour: from.colour ?? 'blue',
    shared: from.own === false ? false : (from.shared ?? false),
  }
}

function bodyOf(form: Form): PersonaBody {
  const letter = form.letter.trim() || [...form.name.trim()][0]?.toUpperCase()
  const suggestions = form.suggestions.split('\n').map(line => line.trim())
  return {
    ...form,
    params: form.params as PersonaBody['params'],
    suggestions: suggestions.filter(line => line !== ''),
    letter,
  }
}

interface PersonaSheetProps {
  edited: EditedPersona
  onClose(): void
}

/** Makes a persona or changes one. */
export function PersonaSheet({ edited: { id, from }, onClose }: PersonaSheetProps) {
  const t = useTranslations('personas')
  const prompts = useTranslations('prompts')
  const common = useTranslations('common')
  const save = useSavePersona()
  const [form, setForm] = useState(() => formOf(from))
  const at = (field: string) => refusalAt(save.error, field)
  const set = (change: Partial<Form>) => {
    setForm(kept => ({ ...kept, ...change }))
    save.reset()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate({ id, body: bodyOf(form) }, { onSuccess: onClose })
  }
  return (
    <Sheet title={id ? t('editTitle') : t('newTitle')} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <div className="flex items-start gap-3">
          <Sign
            letter={form.letter.trim() || [...form.name.trim()][0]?.toUpperCase() || '?'}
            colour={form.colour}
            className="mt-6 size-11 text-title"
          />
          <div className="min-w-0 flex-1">
            <Labelled label={t('name')} error={at('name')}>
              {ids => (
                <input
                  {...ids}
                  value={form.name}
                  maxLength={100}
                  autoComplete="off"
                  onChange={event => set({ name: event.target.value })}
                  className={fieldLook}
                />
              )}
            </Labelled>
          </div>
          <div className="w-16">
            <Labelled label={t('letter')} error={at('letter')}>
              {ids => (
                <input
                  {...ids}
                  value={form.letter}
                  maxLength={8}
                  autoComplete="off"
                  onChange={event =>
                    set({
                      letter:
                        [...new Intl.Segmenter().segment(event.target.value)].at(-1)?.segment ?? '',
                    })
                  }
                  className={`${fieldLook} text-center`}
                />
              )}
            </Labelled>
          </div>
        </div>
        <Colours value={form.colour} onChange={colour => set({ colour })} />
        <Labelled label={t('description')} error={at('description')}>
          {ids => (
            <input
              {...ids}
              value={form.description}
              maxLength={1000}
              autoComplete="off"
              onChange={event => set({ description: event.target.value })}
              className={fieldLook}
            />
          )}
        </Labelled>
        <Labelled
          label={t('instructions')}
          hint={t('instructionsHint')}
          error={at('system_prompt')}
        >
          {ids => (
            <TextArea
              {...ids}
              rows={5}
              value={form.system_prompt}
              onChange={event => set({ system_prompt: event.target.value })}
            />
          )}
        </Labelled>
        <ModelField value={form.model} error={at('model')} onChange={model => set({ model })} />
        <details className="group">
          <summary className="-mx-2 flex min-h-9 cursor-pointer list-none items-center gap-2 rounded-sm px-2 font-medium hover:bg-hover touch:min-h-11">
            <ChevronRight
              aria-hidden
              className="size-4 text-ink-faint transition-transform group-open:rotate-90"
            />
            {t('parameters')}
          </summary>
          <div className="pt-3">
            <ParamsForm
              params={form.params}
              systemPrompt={null}
              note={t('parametersNote')}
              onChange={({ params }) => params && set({ params })}
            />
          </div>
        </details>
        <Labelled label={t('opening')} hint={t('openingHint')} error={at('opening')}>
          {ids => (
            <TextArea
              {...ids}
              rows={2}
              value={form.opening}
              onChange={event => set({ opening: event.target.value })}
            />
          )}
        </Labelled>
        <Labelled label={t('suggestions')} hint={t('suggestionsHint')} error={at('suggestions')}>
          {ids => (
            <TextArea
              {...ids}
              rows={3}
              value={form.suggestions}
              onChange={event => set({ suggestions: event.target.value })}
            />
          )}
        </Labelled>
        <Switch
          label={prompts('shared')}
          checked={form.shared}
          onChange={shared => set({ shared })}
        />
        {save.isError && !refusalAt(save.error, ...fields) && (
          <Problem
            error={infoOf(save.error, prompts('saveFailed'))}
            label={prompts('saveFailed')}
          />
        )}
        <div className="flex justify-end gap-2">
          <Button look="plain" onClick={onClose}>
            {common('cancel')}
          </Button>
          <Button look="solid" type="submit" disabled={form.name.trim() === '' || save.isPending}>
            {common('save')}
          </Button>
        </div>
      </form>
    </Sheet>
  )
}

interface ColoursProps {
  value: SignColour
  onChange(colour: SignColour): void
}

function Colours({ value, onChange }: ColoursProps) {
  const t = useTranslations('personas')
  return (
    <RadioGroup.Root
      aria-label={t('colour')}
      value={value}
      orientation="horizontal"
      onValueChange={next => onChange(next as SignColour)}
      className="flex flex-wrap gap-1.5"
    >
      {signColours.map(colour => (
        <RadioGroup.Item
          key={colour}
          value={colour}
          aria-label={t(colour)}
          title={t(colour)}
          className="grid size-7 place-items-center rounded-full ring-ink data-[state=checked]:ring-2 touch:size-11"
        >
          <span
            aria-hidden
            className="size-5 rounded-full touch:size-7"
            style={{ background: `var(--sign-${colour})` }}
          />
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  )
}

interface ModelFieldProps {
  value: string | null
  error: string | null
  onChange(model: string | null): void
}

function ModelField({ value, error, onChange }: ModelFieldProps) {
  const t = useTranslations('personas')
  const { data } = useQuery(modelList())
  const models = data?.filter(one => one.kind === 'chat' && one.state !== 'not_downloaded') ?? []
  return (
    <Labelled label={t('model')} error={error}>
      {ids => (
        <select
          {...ids}
          value={value ?? ''}
          onChange={event => onChange(event.target.value || null)}
          className={fieldLook}
        >
          <option value="">{t('anyModel')}</option>
          {value && !models.some(one => one.id === value) && <option value={value}>{value}</option>}
          {models.map(one => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  )
}
