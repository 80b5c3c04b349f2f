import { ArrowUp, Paperclip, Square } from 'lucide-react'
import { lazy, Suspense, useId, useImperativeHandle, useMemo, useRef, useState } from 'react'
import { IconButton } from '@/components/button'
import { toast } from '@/components/toast'
import { useLocale, useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { formatNumber } from '@/lib/format'
import { useShortcuts } from '@/lib/shortcuts'
import { ModelPicker } from '../picker/ModelPicker'
import { findModel } from '../picker/names'
import type { ComposerProps } from '../types'
import { Attachments } from './Attachments'
import { isLongPaste } from './attachments'
import { Gauge } from './Gauge'
import { isComposing, isSending } from './keys'
import { compose } from './outgoing'
import { useSlash } from './slash/useSlash'
import { useAttachments } from './useAttachments'
import { type ContextUse, useContextCount } from './useContextCount'
import { useDraft } from './useDraft'

const SlashMenu = lazy(() => import('./slash/SlashMenu'))

/** Fetch what draws replies while the person still types. */
function preload(): void {
  import('../reply').then(reply => reply.preloadMarkdown()).catch(() => undefined)
}

/** The last message of the person's own that can be edited now opens for it. */
function editLast(): boolean {
  const buttons = document.querySelectorAll<HTMLButtonElement>('[data-edit]:not(:disabled)')
  const last = buttons[buttons.length - 1]
  last?.click()
  return last !== undefined
}

/** Where messages are written. Enter sends, Shift-Enter breaks the line, Escape stops. */
export function Composer(props: ComposerProps) {
  const { chatId, parentId, model: modelId, models, generationId, pending, onSend, onStop } = props
  const t = useTranslations('composer')
  const box = useRef<HTMLTextAreaElement>(null)
  const draft = useDraft(box, chatId)
  const files = useAttachments()
  const slash = useSlash()
  const model = findModel(models, modelId)
  const problem = useId()
  const busy = generationId !== null || pending
  const blind = files.attachments.some(one => one.kind === 'image') && !sees(model)
  const full = useMemo(() => {
    const outgoing = compose(draft.rested, files.attachments)
    return typeof outgoing?.content === 'string' ? outgoing.content : draft.rested
  }, [draft.rested, files.attachments])
  const use = useContextCount({
    model,
    chatId,
    parentId,
    systemPrompt: props.systemPrompt,
    content: full,
  })

  const fill = (text: string) => {
    draft.replace(text)
    slash.look(text)
    box.current?.focus()
  }
  const leaveSlash = () => {
    slash.close()
    box.current?.focus()
  }
  useImperativeHandle(props.handle, () => ({ focus: () => box.current?.focus(), fill }))
  useShortcuts(generationId ? [{ key: 'escape', whileTyping: true, run: onStop }] : [])

  const send = async () => {
    const words = box.current?.value ?? ''
    const outgoing = compose(words, files.attachments)
    if (!outgoing || busy || blind || !modelId) return
    const attached = files.attachments
    draft.replace('')
    slash.look('')
    files.setAttachments([])
    try {
      await onSend(outgoing)
    } catch {
      // Whatever was typed meanwhile stays; what was not stored comes back before it.
      const meanwhile = box.current?.value ?? ''
      draft.replace(meanwhile ? `${words}\n\n${meanwhile}` : words)
      files.setAttachments(added => [...attached, ...added])
      toast({ title: t('notStored'), tone: 'bad' })
    }
  }

  const keyDown = (event: React.KeyboardEvent<HTMLTextAreaElement>) => {
    const key = event.nativeEvent
    if (slash.takes(key)) {
      event.preventDefault()
    } else if (isSending(key)) {
      event.preventDefault()
      void send()
    } else if (key.key === 'ArrowUp' && !isComposing(key) && event.currentTarget.value === '') {
      if (editLast()) event.preventDefault()
    }
  }

  const paste = (event: React.ClipboardEvent) => {
    if (event.clipboardData.files.length > 0) {
      event.preventDefault()
      void files.addFiles(event.clipboardData.files)
      return
    }
    const text = event.clipboardData.getData('text/plain')
    if (!isLongPaste(text)) return
    event.preventDefault()
    files.addText(text)
  }

  const intoText = (id: string) => {
    const one = files.attachments.find(attachment => attachment.id === id)
    if (one?.kind !== 'text') return
    files.remove(id)
    const before = box.current?.value ?? ''
    draft.replace(before ? `${before}\n\n${one.text}` : one.text)
    box.current?.focus()
  }

  const ready = (draft.filled || files.attachments.length > 0) && !blind && modelId !== null
  const over = excess(use)
  return (
    <form
      className="w-full"
      onInput={preload}
      onSubmit={event => {
        event.preventDefault()
        void send()
      }}
    >
      <Problem id={problem}>
        {blind && t('noVision', { model: model?.name ?? modelId ?? '' })}
        {over > 0 && !blind && <Over over={over} name={model?.name ?? ''} />}
      </Problem>
      <DropArea onFiles={files.addFiles}>
        <Attachments
          attachments={files.attachments}
          onRemove={files.remove}
          onIntoText={intoText}
        />
        {slash.query !== null && (
          <Suspense fallback={null}>
            <SlashMenu
              query={slash.query}
              id={slash.id}
              onActive={slash.setActive}
              onFill={fill}
              onClose={leaveSlash}
              onLeft={() => box.current?.focus()}
              handle={slash.menu}
            />
          </Suspense>
        )}
        <textarea
          ref={box}
          rows={1}
          aria-label={t('label')}
          aria-describedby={blind || over > 0 ? problem : undefined}
          placeholder={model ? t('placeholderModel', { model: model.name }) : t('placeholder')}
          enterKeyHint="send"
          autoComplete="off"
          // biome-ignore lint/a11y/noAutofocus: the room asks for it where writing is what one came for
          autoFocus={props.autoFocus}
          aria-autocomplete="list"
          aria-controls={slash.active ? slash.id : undefined}
          aria-activedescendant={slash.active ?? undefined}
          onInput={event => {
            draft.changed()
            slash.look(event.currentTarget.value)
          }}
          onKeyDown={keyDown}
          onPaste={paste}
          className="field-sizing-content block max-h-[40dvh] min-h-12 w-full resize-none bg-transparent px-4 pt-3 pb-1 text-reading outline-none touch:text-base"
        />
        <div className="flex items-center gap-1 px-2 pb-2">
          <FileButton label={t('attach')} onFiles={files.addFiles} />
          <div className="min-w-0 flex-1">
            <ModelPicker
              models={models}
              value={modelId}
              onChange={props.onModel}
              persona={props.persona}
              variant="chip"
            />
          </div>
          {use && use.used > 0 && <Gauge use={use} />}
          <SendButton
            generating={generationId !== null}
            disabled={!ready || pending}
            onStop={onStop}
          />
        </div>
      </DropArea>
    </form>
  )
}

/** Tokens beyond the context; an estimate must be well beyond before it alarms anybody. */
function excess(use: ContextUse | null): number {
  if (!use?.total) return 0
  const limit = use.exact ? use.total : use.total * 1.25
  return use.used > limit ? use.used - use.total : 0
}

function sees(model: ReturnType<typeof findModel>): boolean {
  return model?.capabilities.includes('vision') ?? false
}

function Problem({ id, children }: { id: string; children: React.ReactNode }) {
  return (
    <div
      id={id}
      role="status"
      className="text-control text-ink-soft [&:not(:empty)]:px-4 [&:not(:empty)]:pb-2"
    >
      {children}
    </div>
  )
}

function Over({ over, name }: { over: number; name: string }) {
  const t = useTranslations('composer')
  const locale = useLocale()
  return t('gaugeOver', { over: formatNumber(over, locale), model: name })
}

interface SendButtonProps {
  generating: boolean
  disabled: boolean
  onStop(): void
}

/** Send, and in its place Stop while a reply is being written. */
function SendButton({ generating, disabled, onStop }: SendButtonProps) {
  const t = useTranslations('composer')
  const look = 'rounded-full bg-accent text-accent-ink hover:bg-accent/90 hover:text-accent-ink'
  if (generating) {
    return (
      <IconButton
        key="stop"
        label={t('stop')}
        keys="Esc"
        side="top"
        className={look}
        onClick={onStop}
      >
        <Square aria-hidden className="size-3.5 fill-current" />
      </IconButton>
    )
  }
  return (
    <IconButton
      key="send"
      type="submit"
      label={t('send')}
      keys={t('keysSend')}
      side="top"
      disabled={disabled}
      className={cn(look, 'disabled:bg-line disabled:text-ink-faint disabled:hover:bg-line')}
    >
      <ArrowUp aria-hidden className="size-4.5" />
    </IconButton>
  )
}

interface FilesProps {
  onFiles(files: Iterable<File>): void
}

function FileButton({ label, onFiles }: FilesProps & { label: string }) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <IconButton label={label} side="top" onClick={() => input.current?.click()}>
        <Paperclip aria-hidden className="size-4" />
      </IconButton>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        tabIndex={-1}
        onChange={event => {
          onFiles(Array.from(event.currentTarget.files ?? []))
          event.currentTarget.value = ''
        }}
      />
    </>
  )
}

/** The composer's frame; files can be dropped on it. */
function DropArea({ onFiles, children }: FilesProps & { children: React.ReactNode }) {
  const t = useTranslations('composer')
  const [over, setOver] = useState(false)
  const carries = (event: React.DragEvent) => event.dataTransfer.types.includes('Files')
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping has a button that does the same
    <div
      onDragOver={event => {
        if (!carries(event)) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={event => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false)
      }}
      onDrop={event => {
        setOver(false)
        if (!carries(event)) return
        event.preventDefault()
        onFiles(Array.from(event.dataTransfer.files))
      }}
      className={cn(
        'relative rounded-lg border border-line-strong bg-raised shadow-float transition-[border-color,box-shadow] focus-within:border-accent/70 focus-within:ring-3 focus-within:ring-accent-wash',
        over && 'border-accent',
      )}
    >
      {children}
      {over && (
        <div className="pointer-events-none absolute inset-0 grid place-items-center rounded-lg bg-raised/90 text-accent text-control">
          {t('dropHere')}
        </div>
      )}
    </div>
  )
}
