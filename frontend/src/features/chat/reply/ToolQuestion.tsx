import { ExternalLink } from 'lucide-react'
import { useId, useState } from 'react'
import { type Action, answerQuestion } from '@/api/tools'
import type { Question, QuestionField } from '@/api/types'
import { Button, buttonLook } from '@/components/button'
import { fieldLook } from '@/components/field'
import { toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { contentOf, type Entry, hostOf, initial } from './question'

interface QuestionProps {
  generationId: string
  server: string
  question: Question
}

/** What a server asks the person before its tool goes on: a form to fill in, or a page to open. */
export function ToolQuestion({ generationId, server, question }: QuestionProps) {
  const t = useTranslations('tools')
  const [entries, setEntries] = useState(() => initial(question.fields))
  const [sent, setSent] = useState(false)
  const [opened, setOpened] = useState(false)
  const answer = async (action: Action) => {
    setSent(true)
    try {
      const content = action === 'accept' ? contentOf(question.fields, entries) : {}
      await answerQuestion(generationId, question.id, action, content)
    } catch (error) {
      setSent(false)
      toastError(error, t('decideFailed'))
    }
  }
  return (
    <form
      aria-label={t('asks', { server })}
      className="mt-3 border-line border-t pt-3"
      onSubmit={event => {
        event.preventDefault()
        void answer('accept')
      }}
    >
      <p className="font-medium">{t('asks', { server })}</p>
      <p className="mt-1 whitespace-pre-wrap break-words">{question.message}</p>
      {/* a field of its own: its buttons are out of use while the answer is on its way */}
      <fieldset disabled={sent} className="mt-3 flex flex-col gap-3">
        <legend className="sr-only">{t('asks', { server })}</legend>
        {question.fields.map(field => (
          <Field
            key={field.name}
            field={field}
            entry={entries[field.name] ?? ''}
            onChange={entry => setEntries({ ...entries, [field.name]: entry })}
          />
        ))}
        {question.url !== null && <Place question={question} />}
        <p className="text-ink-soft text-mini">
          {t(question.url === null ? 'noSecrets' : 'foreign', { server })}
        </p>
        <div className="flex flex-wrap items-center gap-2">
          {question.url === null ? (
            <Button look="solid" type="submit">
              {t('sendAnswer')}
            </Button>
          ) : (
            <a
              href={question.url}
              target="_blank"
              rel="noopener noreferrer"
              className={buttonLook(opened ? 'line' : 'solid')}
              onClick={() => (question.first ? setOpened(true) : void answer('accept'))}
            >
              <ExternalLink aria-hidden className="size-4" />
              {t('openPage')}
            </a>
          )}
          {question.first && (
            <Button look={opened ? 'solid' : 'line'} type="submit">
              {t('wasThere')}
            </Button>
          )}
          <Button onClick={() => answer('decline')}>{t('decline')}</Button>
          <Button look="plain" onClick={() => answer('cancel')}>
            {t('leave')}
          </Button>
        </div>
      </fieldset>
    </form>
  )
}

/** Where an address leads: the host first, as one has to know it. */
function Place({ question }: { question: Question }) {
  const t = useTranslations('tools')
  return (
    <div className="rounded-sm bg-sunken px-2.5 py-2">
      <p className="text-ink-faint text-mini">{t('leadsTo')}</p>
      <p className="break-all font-medium font-mono text-ink">{hostOf(question)}</p>
      <p className="break-all pt-1 font-mono text-ink-soft text-mini">{question.url}</p>
    </div>
  )
}

interface FieldProps {
  field: QuestionField
  entry: Entry
  onChange(entry: Entry): void
}

const inputs: Record<string, string> = {
  email: 'email',
  uri: 'url',
  date: 'date',
  'date-time': 'datetime-local',
}

function Field({ field, entry, onChange }: FieldProps) {
  const t = useTranslations('tools')
  const id = useId()
  const said = { id, 'aria-describedby': field.description ? `${id}-hint` : undefined }
  const hint = field.description && (
    <p id={`${id}-hint`} className="mt-1 text-ink-faint text-mini">
      {field.description}
    </p>
  )
  if (field.kind === 'boolean') {
    return (
      <div>
        <label className="inline-flex min-h-8 items-center gap-2 touch:min-h-11">
          <input
            {...said}
            type="checkbox"
            checked={entry === true}
            onChange={event => onChange(event.target.checked)}
            className="size-4 accent-accent"
          />
          {field.title}
        </label>
        {hint}
      </div>
    )
  }
  if (field.kind === 'choices') return <Choices field={field} entry={entry} onChange={onChange} />
  return (
    <div>
      <label htmlFor={id} className="flex min-h-7 items-center gap-2 font-medium">
        {field.title}
        {!field.required && <span className="font-normal text-ink-faint">{t('optional')}</span>}
      </label>
      {field.kind === 'choice' ? (
        <select
          {...said}
          value={String(entry)}
          required={field.required}
          onChange={event => onChange(event.target.value)}
          className={fieldLook}
        >
          <option value="">{t('choose')}</option>
          {field.options.map(option => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      ) : (
        <Line {...said} field={field} entry={String(entry)} onChange={onChange} />
      )}
      {hint}
    </div>
  )
}

function Line({ field, entry, onChange, ...said }: FieldProps & { id: string; entry: string }) {
  const number = field.kind !== 'string'
  const type = number ? 'number' : (inputs[field.format ?? ''] ?? 'text')
  const bounds = number
    ? { min: field.least ?? undefined, max: field.most ?? undefined }
    : { minLength: field.least ?? undefined, maxLength: field.most ?? undefined }
  return (
    <input
      {...said}
      {...bounds}
      type={type}
      step={number ? (field.kind === 'integer' ? 1 : 'any') : undefined}
      value={entry}
      required={field.required}
      autoComplete="off"
      onChange={event => onChange(event.target.value)}
      className={cn(fieldLook, number && 'tabular')}
    />
  )
}

function Choices({ field, entry, onChange }: FieldProps) {
  const chosen = Array.isArray(entry) ? entry : []
  return (
    <fieldset>
      <legend className="font-medium">{field.title}</legend>
      {field.options.map(({ value, label }) => (
        <label key={value} className="mr-4 inline-flex min-h-8 items-center gap-2 touch:min-h-11">
          <input
            type="checkbox"
            checked={chosen.includes(value)}
            onChange={event =>
              onChange(
                event.target.checked ? [...chosen, value] : chosen.filter(one => one !== value),
              )
            }
            className="size-4 accent-accent"
          />
          {label}
        </label>
      ))}
      {field.description && <p className="text-ink-faint text-mini">{field.description}</p>}
    </fieldset>
  )
}
