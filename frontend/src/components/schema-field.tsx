import { useEffect, useId, useState } from 'react'
import type { GenerationParams } from '@/api/types'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { pretty, readSchema, type SchemaProblem, toJsonSchema } from '@/lib/schema'
import { fieldLook } from './field'

interface SchemaFieldProps {
  value: unknown
  onSave(format: GenerationParams['response_format']): void
}

/** The schema of a stored `response_format`, as it is written; '' where there is none. */
function textOf(format: unknown): string {
  const schema = (format as { json_schema?: { schema?: unknown } } | null)?.json_schema?.schema
  return schema === undefined ? '' : pretty(schema)
}

/** The shape that replies must have: JSON Schema, or the simple form, checked while it is written. */
export function SchemaField({ value, onSave }: SchemaFieldProps) {
  const t = useTranslations('params')
  const say = useProblem()
  const id = useId()
  const stored = textOf(value)
  const [draft, setDraft] = useState(stored)
  useEffect(() => setDraft(stored), [stored])
  const blank = draft.trim() === ''
  const read = readSchema(draft)
  const problem = blank ? null : read.problem
  const save = () => {
    if (draft === stored || problem) return
    if (blank || !read.schema) return onSave(null)
    const schema = read.simple ? toJsonSchema(read.schema) : read.schema
    onSave({ type: 'json_schema', json_schema: { name: 'reply', strict: true, schema } })
  }
  return (
    <div>
      <label htmlFor={id} className="flex min-h-8 items-center font-medium">
        {t('schema')}
      </label>
      <textarea
        id={id}
        rows={3}
        value={draft}
        spellCheck={false}
        aria-invalid={problem !== null}
        aria-describedby={`${id}-hint`}
        placeholder='{"city": "string"}'
        onChange={event => setDraft(event.target.value)}
        onBlur={save}
        className={cn(
          fieldLook,
          'field-sizing-content h-auto! max-h-60 min-h-16 resize-y py-2 font-mono text-mini',
        )}
      />
      <p
        id={`${id}-hint`}
        role={problem ? 'alert' : undefined}
        className={cn('mt-1 text-mini', problem ? 'text-bad' : 'text-ink-faint')}
      >
        {problem ? say(problem) : t('schemaHint')}
      </p>
    </div>
  )
}

function useProblem() {
  const t = useTranslations('params')
  return (problem: SchemaProblem): string => {
    if (problem.kind === 'json') {
      return t('schemaJson', { line: String(problem.line), column: String(problem.column) })
    }
    const path = 'path' in problem && problem.path ? problem.path : '{}'
    const found = 'found' in problem ? problem.found : ''
    const word = found || ('key' in problem ? problem.key : 'name' in problem ? problem.name : '')
    return t('schemaBad', { path, word: word || '–' })
  }
}
