import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Users } from 'lucide-react'
import { useEffect, useImperativeHandle, useMemo, useRef, useState } from 'react'
import { type Prompt, promptList } from '@/api/prompts'
import { writePrompt } from '@/api/tools'
import type { GenerationParams } from '@/api/types'
import { toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { WithPromptWords } from '@/i18n/prompts'
import { fillBlanks, readBlanks } from '@/lib/blanks'
import { isComposing } from '../keys'
import { Fill } from './Fill'
import { matching } from './order'
import { blanksOf, given, hintsOf, type ServerEntry, useServerPrompts } from './useServerPrompts'

type Entry = Prompt | ServerEntry

const none = new Set<never>()

export interface SlashHandle {
  /** Whether the list had use for a key: then nothing else may. */
  key(event: KeyboardEvent): boolean
}

interface SlashMenuProps {
  /** What was typed behind the `/`. */
  query: string
  /** Of the chat: they say which servers of tools are on. */
  params: GenerationParams
  /** Id of the listbox. */
  id: string
  /** The id of the option that Enter takes; null where there is none. */
  onActive(id: string | null): void
  onFill(text: string): void
  onClose(): void
  /** The form for the blanks has let go of the keyboard. */
  onLeft(): void
  handle: React.Ref<SlashHandle>
}

/** The prompts above the composer, while a message begins with `/`. The keyboard stays in the message. */
export default function SlashMenu(props: SlashMenuProps) {
  return (
    <WithPromptWords>
      <List {...props} />
    </WithPromptWords>
  )
}

function List({ query, params, id, onActive, onFill, onClose, onLeft, handle }: SlashMenuProps) {
  const t = useTranslations('slash')
  const { data } = useQuery(promptList())
  const offered = useServerPrompts(params)
  const found = useMemo(
    () => matching<Entry>([...(data ?? []), ...offered], query),
    [data, offered, query],
  )
  const [at, setAt] = useState(0)
  const [filling, setFilling] = useState<Entry | null>(null)
  const list = useRef<HTMLDivElement>(null)
  const index = Math.min(at, found.length - 1)
  const active = found[index] ?? null
  const activeId = active && `${id}-${active.id}`

  // biome-ignore lint/correctness/useExhaustiveDependencies: another query begins at its best hit
  useEffect(() => setAt(0), [query])
  useEffect(() => {
    onActive(activeId)
    if (activeId) document.getElementById(activeId)?.scrollIntoView({ block: 'nearest' })
    return () => onActive(null)
  }, [activeId, onActive])

  const written = (one: ServerEntry, values: Record<string, string>) =>
    writePrompt(one.server.id, one.prompt.name, given(values)).then(onFill, error =>
      toastError(error, t('notWritten')),
    )
  const choose = (one: Entry) => {
    if ('server' in one) {
      if (one.prompt.arguments.length > 0) setFilling(one)
      else void written(one, {})
      return
    }
    const { blanks, builtIns } = readBlanks(one.content)
    if (blanks.length > 0 || builtIns.size > 0) setFilling(one)
    else onFill(one.content)
  }
  useImperativeHandle(handle, () => ({
    key(event) {
      if (isComposing(event) || event.ctrlKey || event.metaKey || event.altKey) return false
      if (event.key === 'Escape') {
        onClose()
        return true
      }
      if (!active) return false
      const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
      if (step !== 0) {
        setAt((index + step + found.length) % found.length)
        return true
      }
      if ((event.key !== 'Enter' && event.key !== 'Tab') || event.shiftKey) return false
      choose(active)
      return true
    },
  }))

  if (filling && 'server' in filling) {
    return (
      <Fill
        name={filling.name}
        blanks={blanksOf(filling)}
        builtIns={none}
        hints={hintsOf(filling, t('optional'))}
        onFill={values => void written(filling, values)}
        onClose={onClose}
        onLeft={onLeft}
      />
    )
  }
  if (filling) {
    return (
      <Fill
        name={filling.name}
        {...readBlanks(filling.content)}
        onFill={(values, own) => onFill(fillBlanks(filling.content, values, own))}
        onClose={onClose}
        onLeft={onLeft}
      />
    )
  }
  const some = (data?.length ?? 0) + offered.length > 0
  if (!data || (found.length === 0 && (some || query !== ''))) return null
  return (
    <div className="absolute inset-x-0 bottom-full z-30 mb-2 overflow-hidden rounded-lg border border-line bg-raised text-control shadow-float">
      <p role="status" className="sr-only">
        {t('found', { count: found.length })}
      </p>
      {found.length === 0 ? (
        <p className="px-4 py-3 text-ink-soft">
          {t('empty')}{' '}
          <Link to="/prompts" className="text-accent underline underline-offset-4">
            {t('make')}
          </Link>
        </p>
      ) : (
        <div
          ref={list}
          id={id}
          role="listbox"
          aria-label={t('label')}
          className="max-h-[min(18rem,40dvh)] overflow-y-auto overscroll-contain p-1.5"
        >
          {found.map((prompt, position) => (
            <Option
              key={prompt.id}
              id={`${id}-${prompt.id}`}
              prompt={prompt}
              active={position === index}
              onPoint={() => setAt(position)}
              onChoose={() => choose(prompt)}
            />
          ))}
        </div>
      )}
    </div>
  )
}

interface OptionProps {
  id: string
  prompt: Entry
  active: boolean
  onPoint(): void
  onChoose(): void
}

function Option({ id, prompt, active, onPoint, onChoose }: OptionProps) {
  const t = useTranslations('prompts')
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the message has the keyboard and moves in this list
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={active}
      onPointerMove={onPoint}
      // The message keeps the focus.
      onMouseDown={event => event.preventDefault()}
      onClick={onChoose}
      className="flex min-h-10 cursor-pointer items-baseline gap-3 rounded-sm px-2.5 py-2 aria-selected:bg-hover touch:min-h-11"
    >
      <span className="shrink-0 font-medium">/{prompt.command}</span>
      <span className="min-w-0 flex-1 truncate text-ink-soft">
        {prompt.description || prompt.name}
      </span>
      {'server' in prompt && (
        <span className="max-w-32 shrink-0 truncate text-ink-faint text-mini">
          {prompt.server.name}
        </span>
      )}
      {!prompt.own && !('server' in prompt) && (
        <Users aria-label={t('theirs')} className="size-3.5 shrink-0 self-center text-ink-faint" />
      )}
    </div>
  )
}
