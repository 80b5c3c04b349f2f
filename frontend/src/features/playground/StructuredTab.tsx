import { useState } from 'react'
import { Button } from '@/components/button'
import { useTranslations } from '@/i18n'
import { pretty, readSchema, type SchemaProblem, toJsonSchema, toSimple } from '@/lib/schema'
import { Choice } from '../platform/Choice'
import { Labelled, TextArea } from '../platform/Form'
import { ObjectView } from './ObjectView'
import { usePlay } from './play'
import { ReplyView } from './ReplyView'
import { isBusy, useReply } from './useReply'

/** An answer in the shape of a schema. */
export function StructuredTab() {
  const t = useTranslations('playground')
  const { runId, sampling, drafts, set } = usePlay()
  const { reply, ask, stop } = useReply()
  const read = readSchema(drafts.schema)
  const busy = isBusy(reply)
  const run = () => {
    if (!read.schema) return
    ask({
      kind: 'structured',
      run_id: runId,
      prompt: drafts.question,
      schema: read.schema,
      ...sampling,
    })
  }
  const object = reply.state === 'done' ? objectOf(reply.end?.object, reply.text) : undefined
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={event => {
        event.preventDefault()
        if (busy) stop()
        else run()
      }}
    >
      <Labelled label={t('prompt')}>
        {ids => (
          <TextArea
            {...ids}
            rows={3}
            value={drafts.question}
            onChange={event => set({ question: event.target.value })}
            className="text-reading"
          />
        )}
      </Labelled>
      <SchemaEditor text={drafts.schema} onChange={schema => set({ schema })} />
      <Button
        type="submit"
        look={busy ? 'line' : 'solid'}
        disabled={!busy && (!read.schema || drafts.question.trim() === '')}
        className="self-start"
      >
        {busy ? t('stop') : t('run')}
      </Button>
      <div className="min-h-24 rounded-md bg-sunken px-4 py-3">
        {reply.state === 'idle' ? (
          <p className="text-ink-faint">{t('answerEmpty')}</p>
        ) : (
          <ReplyView reply={reply}>
            {object === undefined ? (
              reply.text && (
                <pre className="whitespace-pre-wrap break-words font-mono text-mini">
                  {reply.text}
                </pre>
              )
            ) : (
              <ObjectView value={object} />
            )}
          </ReplyView>
        )}
      </div>
    </form>
  )
}

/** The validated object; where only its text came, that read. */
function objectOf(object: unknown, text: string): unknown {
  if (object !== undefined && object !== null) return object
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

interface SchemaEditorProps {
  text: string
  onChange(text: string): void
}

/** The schema in either form, checked while it is being written. */
function SchemaEditor({ text, onChange }: SchemaEditorProps) {
  const t = useTranslations('playground')
  const say = useProblem()
  const read = readSchema(text)
  const [wanted, setWanted] = useState<'simple' | 'json'>('simple')
  const form = read.schema ? (read.simple ? 'simple' : 'json') : wanted
  const simple = read.schema && !read.simple ? toSimple(read.schema) : null
  const change = (next: 'simple' | 'json') => {
    setWanted(next)
    if (!read.schema || next === form) return
    if (next === 'json') onChange(pretty(toJsonSchema(read.schema)))
    else if (simple !== null) onChange(pretty(simple))
  }
  const tooRich = read.schema !== null && !read.simple && simple === null
  const hint = tooRich
    ? t('schemaTooRich')
    : form === 'simple'
      ? t('schemaHint')
      : t('schemaHintJson')
  return (
    <Labelled
      label={t('schema')}
      hint={read.problem ? undefined : `${t('schemaOk')}. ${hint}`}
      error={read.problem ? say(read.problem) : null}
      aside={
        <Choice
          label={t('schema')}
          value={form}
          options={[
            { value: 'simple', label: t('schemaSimple') },
            { value: 'json', label: t('schemaJson') },
          ]}
          onChange={change}
        />
      }
    >
      {ids => (
        <TextArea
          {...ids}
          rows={6}
          value={text}
          spellCheck={false}
          onChange={event => onChange(event.target.value)}
          className="mt-1.5 min-h-36 font-mono text-mini leading-relaxed"
        />
      )}
    </Labelled>
  )
}

function useProblem() {
  const t = useTranslations('playground')
  return (problem: SchemaProblem): string => {
    const path = 'path' in problem && problem.path ? problem.path : t('root')
    switch (problem.kind) {
      case 'json':
        return t('badJson', { line: String(problem.line), column: String(problem.column) })
      case 'notObject':
        return t('notObject', { example: '{"city": "string"}' })
      case 'empty':
        return t('emptySchema')
      case 'type':
        return t('badType', { path, found: problem.found })
      case 'required':
        return t('badRequired', { path, name: problem.name })
      case 'shape':
        return t('badShape', { path, key: problem.key })
    }
  }
}
