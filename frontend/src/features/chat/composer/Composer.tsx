import { ArrowUp, Square } from 'lucide-react'
import { lazy, Suspense, useId, useImperativeHandle, useMemo, useRef } from 'react'
import { ApiError } from '@/api/errors'
import { choosingTools, chosenTools } from '@/api/tools'
import { IconButton } from '@/components/button'
import { toast } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { toldShortly } from '@/i18n/errors'
import { cn } from '@/lib/cn'
import { useShortcuts } from '@/lib/shortcuts'
import { ModelPicker } from '../picker/ModelPicker'
import { findModel, isGone, sees } from '../picker/names'
import { preloadReplies } from '../preload'
import type { ComposerProps } from '../types'
import { Attachments } from './Attachments'
import { type Attachment, isImage, isLongPaste, partOf } from './attachments'
import { Blind } from './Blind'
import { Dictate } from './Dictate'
import { CameraButton, DropArea, FileButton } from './FileButtons'
import { Fits } from './Fits'
import { Gauge } from './Gauge'
import { Gone } from './Gone'
import { isComposing, isSending } from './keys'
import { compose } from './outgoing'
import { useSlash } from './slash/useSlash'
import { ToolsButton } from './ToolsButton'
import { useAttachments } from './useAttachments'
import { useContextCount } from './useContextCount'
import { useDraft } from './useDraft'

const SlashMenu = lazy(() => import('./slash/SlashMenu'))

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
  const slash = useSlash()
  const files = useAttachments(chatId)
  const model = findModel(models, modelId)
  const problem = useId()
  const busy = generationId !== null || pending
  const attached = useMemo(
    () => files.attachments.flatMap(one => partOf(one) ?? []),
    [files.attachments],
  )
  const moving = files.attachments.some(one => one.step === 'sending' || one.step === 'reading')
  const whole = files.attachments.every(one => one.step === 'ready')
  const blind = attached.some(isImage) && !sees(model)
  const use = useContextCount({
    model,
    chatId,
    parentId,
    systemPrompt: props.systemPrompt,
    params: props.params,
    content: draft.rested,
    files: attached,
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

  const { params, onParams } = props
  const withoutTools =
    onParams && chosenTools(params).length > 0
      ? () => onParams(choosingTools(params, []))
      : undefined

  const send = async () => {
    const words = box.current?.value ?? ''
    const outgoing = compose(words, files.attachments)
    if (!outgoing || busy || blind || !whole || !modelId) return
    const taken = files.attachments
    const settled = draft.take()
    slash.look('')
    files.setAttachments([])
    try {
      await onSend(outgoing)
      settled(true)
    } catch (error) {
      settled(false)
      files.giveBack(taken)
      const text = error instanceof ApiError ? toldShortly(error) : undefined
      toast({ title: t('notStored'), text, tone: 'bad' })
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

  const intoText = (one: Attachment) => {
    if (one.text === null) return
    files.remove(one)
    const before = box.current?.value ?? ''
    draft.replace(before ? `${before}\n\n${one.text}` : one.text)
    box.current?.focus()
  }

  const some = draft.filled || files.attachments.length > 0
  const ready = some && whole && !blind && modelId !== null
  return (
    <form
      className="w-full"
      onInput={preloadReplies}
      onSubmit={event => {
        event.preventDefault()
        void send()
      }}
    >
      <Problem id={problem}>
        {isGone(models, modelId) ? (
          <Gone model={modelId} models={models} onModel={props.onModel} />
        ) : blind ? (
          <Blind model={model} models={models} onModel={props.onModel} />
        ) : (
          <Fits
            use={use}
            model={model}
            models={models}
            files={attached}
            remedies={{ ...props.remedies, choose: props.onModel, withoutTools }}
            onPages={(id, pages) => {
              const one = files.attachments.find(attachment => attachment.file?.id === id)
              if (one) files.change(one.id, { pages })
            }}
          />
        )}
      </Problem>
      <DropArea onFiles={files.addFiles}>
        <Attachments
          attachments={files.attachments}
          onRemove={files.remove}
          onRetry={files.retry}
          onImages={sees(model) ? files.asImages : undefined}
          onIntoText={intoText}
          onWhole={one => files.change(one.id, { pages: null })}
        />
        {slash.query !== null && (
          <Suspense fallback={null}>
            <SlashMenu
              query={slash.query}
              params={props.params}
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
          aria-describedby={problem}
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
          <CameraButton onFiles={files.addFiles} />
          {props.onParams && (
            <ToolsButton
              params={props.params}
              onParams={props.onParams}
              model={model}
              onFiles={files.addFiles}
            />
          )}
          <Dictate box={box} onText={draft.replace} />
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
            moving={moving}
            onStop={onStop}
          />
        </div>
      </DropArea>
    </form>
  )
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

interface SendButtonProps {
  generating: boolean
  disabled: boolean
  /** Files are on their way: that is why it waits. */
  moving: boolean
  onStop(): void
}

/** Send, and in its place Stop while a reply is being written. */
function SendButton({ generating, disabled, moving, onStop }: SendButtonProps) {
  const t = useTranslations('composer')
  const f = useTranslations('files')
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
      title={moving ? f('moving') : undefined}
      disabled={disabled}
      className={cn(look, 'disabled:bg-line disabled:text-ink-faint disabled:hover:bg-line')}
    >
      <ArrowUp aria-hidden className="size-4.5" />
    </IconButton>
  )
}
