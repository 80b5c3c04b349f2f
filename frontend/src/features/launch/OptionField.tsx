import type { LaunchField, LaunchOptions } from '@/api/control/types'
import { fieldLook } from '@/components/field'
import { useLocale, useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { formatNumber } from '@/lib/format'
import { Labelled, TextArea } from '../platform/Form'
import { defaultOf, type Problem } from './form'

interface OptionFieldProps {
  field: LaunchField
  /** What the engine would choose itself. */
  defaults: LaunchOptions | null
  value: string
  problem: Problem | undefined
  onChange(value: string): void
}

type Name = 'slots'

/** One launch option, as its engine takes it. */
export function OptionField({ field, defaults, value, problem, onChange }: OptionFieldProps) {
  const t = useTranslations('launch')
  const sayProblem = useProblem()
  const automatic = useAutomatic(field, defaults)
  const name = field.name as Name
  const hint = t(`hints.${name}`)
  const list = field.type === 'list' && field.name !== 'gpus'
  return (
    <div className={cn(list && 'col-span-full')}>
      <Labelled
        label={t(`fields.${name}`)}
        hint={list ? `${hint} ${t('onePerLine')}` : hint}
        error={problem ? sayProblem(problem) : null}
      >
        {ids => (
          <Input {...ids} field={field} automatic={automatic} value={value} onChange={onChange} />
        )}
      </Labelled>
    </div>
  )
}

interface InputProps {
  id: string
  field: LaunchField
  automatic: string
  value: string
  onChange(value: string): void
}

function Input({ field, automatic, value, onChange, ...ids }: InputProps) {
  const t = useTranslations('launch')
  if (field.type === 'boolean' || field.type === 'choice') {
    const options =
      field.type === 'boolean'
        ? [
            { value: 'true', label: t('on') },
            { value: 'false', label: t('off') },
          ]
        : field.choices.map(choice => ({ value: choice, label: choice }))
    return (
      <select
        {...ids}
        value={value}
        onChange={event => onChange(event.target.value)}
        className={fieldLook}
      >
        <option value="">{automatic}</option>
        {options.map(option => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    )
  }
  if (field.type === 'list' && field.name !== 'gpus') {
    return (
      <TextArea
        {...ids}
        rows={2}
        value={value}
        placeholder={automatic}
        spellCheck={false}
        onChange={event => onChange(event.target.value)}
        className="font-mono text-mini"
      />
    )
  }
  return (
    <input
      {...ids}
      value={value}
      inputMode={
        field.type === 'integer' ? 'numeric' : field.type === 'number' ? 'decimal' : 'text'
      }
      placeholder={automatic}
      autoComplete="off"
      spellCheck={false}
      onChange={event => onChange(event.target.value)}
      className={cn(fieldLook, 'tabular')}
    />
  )
}

/** "automatic: 2,048", or "automatic" where the engine does not say what it would choose. */
function useAutomatic(field: LaunchField, defaults: LaunchOptions | null): string {
  const t = useTranslations('launch')
  const platform = useTranslations('platform')
  const locale = useLocale()
  const value = defaultOf(field, defaults)
  if (value === null) return platform('automatic')
  if (field.type === 'boolean') {
    return t('automaticValue', { value: value === 'true' ? t('on') : t('off') })
  }
  const number = Number(value)
  const shown =
    field.type === 'integer' || field.type === 'number' ? formatNumber(number, locale, 3) : value
  return t('automaticValue', { value: shown })
}

function useProblem() {
  const t = useTranslations('launch')
  const locale = useLocale()
  return (problem: Problem): string => {
    switch (problem.kind) {
      case 'number':
        return t('notNumber')
      case 'integer':
        return t('notInteger')
      case 'choice':
        return t('notChoice')
      case 'range': {
        const minimum = problem.minimum === null ? null : formatNumber(problem.minimum, locale, 3)
        const maximum = problem.maximum === null ? null : formatNumber(problem.maximum, locale, 3)
        if (minimum !== null && maximum !== null) return t('between', { minimum, maximum })
        return minimum !== null
          ? t('atLeast', { minimum })
          : t('atMost', { maximum: maximum ?? '' })
      }
    }
  }
}
