import { RotateCcw } from 'lucide-react'
import { type ReactNode, useEffect, useId, useState } from 'react'
import type { GenerationParams } from '@/api/types'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { Button, IconButton } from './button'
import { fieldLook } from './field'
import { SchemaField } from './schema-field'

interface Values {
  params: GenerationParams
  systemPrompt: string
}

interface ParamsFormProps {
  params: GenerationParams
  /** Null: it is asked for elsewhere. */
  systemPrompt: string | null
  /** Whom the values are for, in one sentence. */
  note: string
  /** Called when a field has been left or a slider let go, with what changed. */
  onChange(change: Partial<Values>): void
}

/** How a model is asked to write. An empty field leaves the choice to the engine. */
export function ParamsForm({ params, systemPrompt, note, onChange }: ParamsFormProps) {
  const t = useTranslations('params')
  const set = (change: GenerationParams) => {
    const next: GenerationParams = { ...params, ...change }
    for (const [name, value] of Object.entries(next)) if (value === null) delete next[name]
    onChange({ params: next })
  }
  const touched = Object.keys(params).length > 0 || Boolean(systemPrompt)
  return (
    <div className="flex flex-col gap-5">
      <p className="text-ink-soft">{note}</p>
      {systemPrompt !== null && (
        <TextField
          label={t('system')}
          hint={t('systemHint')}
          rows={5}
          value={systemPrompt}
          onSave={text => onChange({ systemPrompt: text })}
        />
      )}
      <Slider
        label={t('temperature')}
        hint={t('temperatureHint')}
        max={2}
        value={params.temperature ?? null}
        neutral={0.8}
        onSave={temperature => set({ temperature })}
      />
      <Slider
        label={t('topP')}
        hint={t('topPHint')}
        max={1}
        value={params.top_p ?? null}
        neutral={0.95}
        onSave={top_p => set({ top_p })}
      />
      <NumberField
        label={t('maxTokens')}
        hint={t('maxTokensHint')}
        min={1}
        max={1_000_000}
        value={params.max_tokens ?? null}
        onSave={max_tokens => set({ max_tokens })}
      />
      <NumberField
        label={t('seed')}
        hint={t('seedHint')}
        min={0}
        max={2 ** 31 - 1}
        value={params.seed ?? null}
        onSave={seed => set({ seed })}
      />
      <TextField
        label={t('stop')}
        hint={t('stopHint')}
        rows={2}
        value={(params.stop ?? []).join('\n')}
        onSave={text => {
          const stop = text.split('\n').filter(line => line !== '')
          set({ stop: stop.length > 0 ? stop : null })
        }}
      />
      <SchemaField
        value={params.response_format}
        onSave={response_format => set({ response_format })}
      />
      <Button
        look="plain"
        className="-ml-3 self-start"
        disabled={!touched}
        onClick={() => onChange({ params: {}, systemPrompt: '' })}
      >
        <RotateCcw className="size-4" aria-hidden />
        {t('reset')}
      </Button>
    </div>
  )
}

/** A field's own text while it is being edited; follows `value` when that changes elsewhere. */
function useDraft(value: string) {
  const [draft, setDraft] = useState(value)
  useEffect(() => setDraft(value), [value])
  return [draft, setDraft] as const
}

interface LabelledProps {
  id: string
  label: string
  hint: string
  aside?: ReactNode
  error?: string | null
  children: ReactNode
}

function Labelled({ id, label, hint, aside, error, children }: LabelledProps) {
  return (
    <div>
      <div className="flex min-h-8 items-center justify-between gap-2">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {aside}
      </div>
      {children}
      <p
        id={`${id}-hint`}
        role={error ? 'alert' : undefined}
        className={cn('mt-1 text-mini', error ? 'text-bad' : 'text-ink-faint')}
      >
        {error ?? hint}
      </p>
    </div>
  )
}

interface TextFieldProps {
  label: string
  hint: string
  rows: number
  value: string
  onSave(text: string): void
}

function TextField({ label, hint, rows, value, onSave }: TextFieldProps) {
  const id = useId()
  const [draft, setDraft] = useDraft(value)
  return (
    <Labelled id={id} label={label} hint={hint}>
      <textarea
        id={id}
        rows={rows}
        value={draft}
        aria-describedby={`${id}-hint`}
        onChange={event => setDraft(event.target.value)}
        onBlur={() => draft !== value && onSave(draft)}
        className={cn(fieldLook, 'field-sizing-content h-auto! max-h-60 min-h-16 resize-y py-2')}
      />
    </Labelled>
  )
}

interface NumberFieldProps {
  label: string
  hint: string
  min: number
  max: number
  value: number | null
  onSave(value: number | null): void
}

function NumberField({ label, hint, min, max, value, onSave }: NumberFieldProps) {
  const t = useTranslations('params')
  const id = useId()
  const [draft, setDraft] = useDraft(value === null ? '' : String(value))
  const number = draft.trim() === '' ? null : Number(draft)
  const bad = number !== null && !(Number.isInteger(number) && number >= min && number <= max)
  return (
    <Labelled id={id} label={label} hint={hint} error={bad ? t('invalid', { min, max }) : null}>
      <input
        id={id}
        inputMode="numeric"
        autoComplete="off"
        value={draft}
        placeholder={t('automatic')}
        aria-invalid={bad}
        aria-describedby={`${id}-hint`}
        onChange={event => setDraft(event.target.value)}
        onBlur={() => !bad && number !== value && onSave(number)}
        className={cn(fieldLook, 'tabular')}
      />
    </Labelled>
  )
}

interface SliderProps {
  label: string
  hint: string
  max: number
  value: number | null
  /** Where the slider stands while nothing is chosen. */
  neutral: number
  onSave(value: number | null): void
}

function Slider({ label, hint, max, value, neutral, onSave }: SliderProps) {
  const t = useTranslations('params')
  const id = useId()
  const [draft, setDraft] = useState(value)
  useEffect(() => setDraft(value), [value])
  const save = () => draft !== value && onSave(draft)
  return (
    <Labelled
      id={id}
      label={label}
      hint={hint}
      aside={
        <span className="flex items-center gap-1">
          {draft !== null && (
            <IconButton label={t('useAutomatic', { name: label })} onClick={() => onSave(null)}>
              <RotateCcw className="size-3.5" aria-hidden />
            </IconButton>
          )}
          <span className={cn('tabular', draft === null && 'text-ink-faint')}>
            {draft === null ? t('automatic') : draft.toFixed(2)}
          </span>
        </span>
      }
    >
      <input
        id={id}
        type="range"
        min={0}
        max={max}
        step={0.05}
        value={draft ?? neutral}
        aria-valuetext={draft === null ? t('automatic') : draft.toFixed(2)}
        aria-describedby={`${id}-hint`}
        onChange={event => setDraft(Number(event.target.value))}
        onPointerUp={save}
        onKeyUp={save}
        onBlur={save}
        className={cn('block h-6 w-full accent-accent touch:h-11', draft === null && 'opacity-50')}
      />
    </Labelled>
  )
}
