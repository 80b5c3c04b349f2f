import { ArrowUp } from 'lucide-react'
import { type ClipboardEvent, type FormEvent, type ReactNode, useId, useRef } from 'react'
import type { ModelInfo } from '@/api/types'
import { Button } from '@/components/button'
import { useTranslations } from '@/i18n'
import type { Ask } from '../../compare/live'
import { sees } from '../picker/names'
import { Attachments } from './Attachments'
import { type Attachment, isImage, isLongPaste } from './attachments'
import { readDraft, writeDraft } from './drafts'
import { CameraButton, DropArea, FileButton } from './FileButtons'
import { isSending } from './keys'
import { compose } from './outgoing'
import { useAttachments } from './useAttachments'

/** Where one message for several models is written. Enter sends, but not an input method's. */
export function AskForm({ draft, label, hint, send, disabled, models, onAsk }: Ask) {
  const t = useTranslations('composer')
  const id = useId()
  const box = useRef<HTMLTextAreaElement>(null)
  const files = useAttachments(draft)
  const whole = files.attachments.every(one => one.step === 'ready')
  const pictured = files.attachments.some(one => one.file !== null && isImage(one.file))
  const blind = pictured ? models.filter(one => !sees(one)) : []
  const ready = !disabled && whole && blind.length === 0
  const ask = async () => {
    const area = box.current
    const content = area && compose(area.value, files.attachments)?.content
    if (!content || !ready) return
    try {
      await onAsk(content)
      area.value = ''
      files.setAttachments([])
      writeDraft(draft, '')
    } catch {
      // It has been said; the words and the files stay.
    }
  }
  const paste = (event: ClipboardEvent) => {
    const text = event.clipboardData.getData('text/plain')
    if (event.clipboardData.files.length > 0) files.addFiles(event.clipboardData.files)
    else if (isLongPaste(text)) files.addText(text)
    else return
    event.preventDefault()
  }
  const intoText = (one: Attachment) => {
    if (one.text === null || !box.current) return
    files.remove(one)
    box.current.value = [box.current.value, one.text].filter(Boolean).join('\n\n')
    writeDraft(draft, box.current.value)
    box.current.focus()
  }
  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault()
        void ask()
      }}
    >
      <label htmlFor={id} className="mb-1 block font-medium">
        {label}
      </label>
      <DropArea onFiles={files.addFiles}>
        <Attachments
          attachments={files.attachments}
          onRemove={files.remove}
          onRetry={files.retry}
          onIntoText={intoText}
          onWhole={one => files.change(one.id, { pages: null })}
        />
        <textarea
          ref={box}
          id={id}
          rows={2}
          defaultValue={readDraft(draft)}
          aria-describedby={`${id}-hint`}
          enterKeyHint="send"
          onInput={event => writeDraft(draft, event.currentTarget.value)}
          onPaste={paste}
          onKeyDown={event => {
            if (!isSending(event.nativeEvent)) return
            event.preventDefault()
            void ask()
          }}
          className="field-sizing-content block max-h-[40dvh] min-h-18 w-full resize-none bg-transparent px-4 pt-3 pb-1 text-reading outline-none touch:text-base"
        />
        <div className="flex items-center gap-1 px-2 pb-2">
          <FileButton label={t('attach')} onFiles={files.addFiles} />
          <CameraButton onFiles={files.addFiles} />
          <Button look="solid" type="submit" disabled={!ready} className="ml-auto shrink-0">
            <ArrowUp className="size-4" aria-hidden />
            {send}
          </Button>
        </div>
      </DropArea>
      <div id={`${id}-hint`} className="mt-1.5 text-ink-faint text-mini">
        <Blind models={blind}>{hint}</Blind>
      </div>
    </form>
  )
}

/** Says which models would see no picture; otherwise the hint. */
function Blind({ models, children }: { models: ModelInfo[]; children: ReactNode }) {
  const t = useTranslations('files')
  if (models.length === 0) return <p>{children}</p>
  return (
    <p role="status" className="text-bad">
      {t('seesNone', { model: models.map(one => one.name).join(' · ') })}
    </p>
  )
}
