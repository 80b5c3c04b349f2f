import { GitFork, Pencil } from 'lucide-react'
import { memo, useLayoutEffect, useRef, useState } from 'react'
import type { Message } from '@/api/types'
import { Button, IconButton } from '@/components/button'
import { CopyButton } from '@/components/copy-button'
import type { UserMessageProps } from '@/features/chat/types'
import { useTranslations } from '@/i18n'
import { isSending } from '../composer/keys'
import { isLocal } from '../room/branch'
import { BranchPicker } from './BranchPicker'
import { Files } from './Files'
import { imageSource } from './markdown/links'

/** What the person said, on a raised ground at the right. */
export const UserMessage = memo(function UserMessage(props: UserMessageProps) {
  const { message, actions, editable } = props
  const t = useTranslations('reply')
  const [editing, setEditing] = useState(false)
  const edit = useRef<HTMLButtonElement>(null)
  const close = () => {
    setEditing(false)
    // The box had the focus; it goes back to where it came from.
    requestAnimationFrame(() => edit.current?.focus())
  }
  if (editing) {
    return (
      <Editor
        text={message.content}
        onCancel={close}
        onSave={text => {
          close()
          if (text !== message.content) actions.edit(message, text)
        }}
      />
    )
  }
  return (
    <article aria-label={t('you')} className="group/said flex flex-col items-end">
      <Images message={message} />
      <Files message={message} />
      {message.content && <Said text={message.content} />}
      <div className="-mr-2 mt-0.5 flex min-h-8 items-center opacity-0 transition-opacity focus-within:opacity-100 group-hover/said:opacity-100 touch:-mr-3.5 touch:opacity-100">
        {message.content && <CopyButton label={t('copy')} text={() => message.content} />}
        <IconButton
          ref={edit}
          label={t('edit')}
          disabled={!editable}
          onClick={() => setEditing(true)}
          data-edit={message.id}
        >
          <Pencil aria-hidden className="size-4" />
        </IconButton>
        <IconButton
          label={t('fork')}
          // A message that the server has not stored yet has no id there.
          disabled={isLocal(message)}
          onClick={() => actions.fork(message)}
        >
          <GitFork aria-hidden className="size-4" />
        </IconButton>
        <BranchPicker message={message} onShow={actions.showSibling} />
      </div>
    </article>
  )
})

/** Longer texts are folded; what is pasted can be a whole book. */
const foldAbove = { characters: 1500, lines: 18 }

function folded(text: string): string | null {
  let at = -1
  for (let line = 0; line < foldAbove.lines; line += 1) {
    at = text.indexOf('\n', at + 1)
    if (at < 0) break
  }
  if (at >= 0) return text.slice(0, Math.min(at, foldAbove.characters))
  return text.length > foldAbove.characters ? text.slice(0, foldAbove.characters) : null
}

function Said({ text }: { text: string }) {
  const t = useTranslations('reply')
  const [all, setAll] = useState(false)
  const short = folded(text)
  return (
    <div className="max-w-[85%] rounded-lg bg-said px-4 py-2.5 text-reading">
      <div className="whitespace-pre-wrap break-words">
        {short !== null && !all ? `${short}…` : text}
      </div>
      {short !== null && (
        <button
          type="button"
          aria-expanded={all}
          onClick={() => setAll(!all)}
          className="mt-1 min-h-6 font-medium text-accent text-control hover:underline touch:min-h-11"
        >
          {all ? t('showLess') : t('showMore')}
        </button>
      )}
    </div>
  )
}

/** Images a person attached: data of theirs, or files on this server. */
function own(url: string): boolean {
  return imageSource(url)?.kind === 'inline' || /^(?:blob:|\/(?!\/))/.test(url)
}

function Images({ message }: { message: Message }) {
  const t = useTranslations('reply')
  const urls = message.parts.flatMap(part =>
    part.type === 'image' && own(part.url) ? [part.url] : [],
  )
  if (urls.length === 0) return null
  return (
    <div className="mb-1.5 flex max-w-[85%] flex-wrap justify-end gap-2">
      {urls.map((url, index) => (
        <img
          // biome-ignore lint/suspicious/noArrayIndexKey: a stored message does not change
          key={index}
          src={url}
          alt={t('image', { number: String(index + 1) })}
          className="max-h-60 max-w-full rounded-md border border-line object-contain"
        />
      ))}
    </div>
  )
}

interface EditorProps {
  text: string
  onSave(text: string): void
  onCancel(): void
}

function Editor({ text, onSave, onCancel }: EditorProps) {
  const t = useTranslations('reply')
  const box = useRef<HTMLTextAreaElement>(null)
  const [empty, setEmpty] = useState(!text.trim())
  useLayoutEffect(() => {
    const area = box.current
    area?.focus()
    area?.setSelectionRange(area.value.length, area.value.length)
  }, [])
  const save = () => {
    const value = box.current?.value.trim()
    if (value) onSave(value)
  }
  return (
    <form
      className="mb-4 ml-auto w-full rounded-lg border border-accent/70 bg-raised p-3 ring-3 ring-accent-wash"
      onSubmit={event => {
        event.preventDefault()
        save()
      }}
    >
      <textarea
        ref={box}
        aria-label={t('editLabel')}
        defaultValue={text}
        onInput={event => setEmpty(!event.currentTarget.value.trim())}
        onKeyDown={event => {
          if (event.key === 'Escape' && !event.nativeEvent.isComposing) {
            event.stopPropagation()
            onCancel()
          } else if (isSending(event.nativeEvent)) {
            event.preventDefault()
            save()
          }
        }}
        className="field-sizing-content max-h-[40vh] min-h-16 w-full resize-none px-1 text-reading outline-none touch:text-base"
      />
      <div className="mt-2 flex flex-wrap items-center gap-2">
        <p className="min-w-0 flex-1 text-ink-faint text-mini">{t('editHint')}</p>
        <Button look="plain" onClick={onCancel}>
          {t('cancel')}
        </Button>
        <Button look="solid" type="submit" disabled={empty}>
          {t('save')}
        </Button>
      </div>
    </form>
  )
}
