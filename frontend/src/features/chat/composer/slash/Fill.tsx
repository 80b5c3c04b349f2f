import { Dialog } from 'radix-ui'
import { type FormEvent, useEffect, useId, useState } from 'react'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { useLocale, useTranslations } from '@/i18n'
import { nameOf } from '@/i18n/languages'
import type { Blank, BuiltIn } from '@/lib/blanks'
import { cn } from '@/lib/cn'

interface FillProps {
  name: string
  blanks: Blank[]
  builtIns: ReadonlySet<BuiltIn>
  /** What stands below a field, by the name of its blank. */
  hints?: Record<string, string>
  onFill(values: Record<string, string>, own: Partial<Record<BuiltIn, string>>): void
  onClose(): void
  /** The form has let go of the keyboard. */
  onLeft(): void
}

/** What fills itself; the clipboard only where the browser lets it be read (undefined: not known yet). */
function useOwn(wanted: ReadonlySet<BuiltIn>) {
  const locale = useLocale()
  const [clipboard, setClipboard] = useState<string | null | undefined>(
    wanted.has('clipboard') ? undefined : null,
  )
  useEffect(() => {
    if (clipboard !== undefined) return
    const reading = navigator.clipboard?.readText?.() ?? Promise.reject(new Error('no clipboard'))
    reading.then(setClipboard, () => setClipboard(null))
  }, [clipboard])
  const now = new Date()
  const own: Partial<Record<BuiltIn, string>> = {
    date: new Intl.DateTimeFormat(locale, { dateStyle: 'long' }).format(now),
    time: new Intl.DateTimeFormat(locale, { timeStyle: 'short' }).format(now),
    language: nameOf(locale),
  }
  return { own, clipboard }
}

/** Asks for the blanks of a prompt; one that has none to ask for is filled at once. */
export function Fill({ name, blanks, builtIns, hints, onFill, onClose, onLeft }: FillProps) {
  const t = useTranslations('slash')
  const common = useTranslations('common')
  const { own, clipboard } = useOwn(builtIns)
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(blanks.map(blank => [blank.name, blank.initial])),
  )
  const [pasted, setPasted] = useState('')
  const asksClipboard = builtIns.has('clipboard') && clipboard === null
  const ready = clipboard !== undefined
  const fill = () => {
    onFill(values, { ...own, clipboard: clipboard ?? pasted })
  }
  const nothingToAsk = ready && blanks.length === 0 && !asksClipboard
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when all is known
  useEffect(() => {
    if (nothingToAsk) fill()
  }, [nothingToAsk])
  if (!ready || nothingToAsk) return null
  return (
    <Dialog.Root open onOpenChange={open => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-[appear_var(--quick)_ease-out] bg-veil" />
        <Dialog.Content
          aria-describedby={undefined}
          onCloseAutoFocus={event => {
            event.preventDefault()
            onLeft()
          }}
          className="safe-bottom fixed inset-x-0 bottom-(--keyboard) z-50 flex max-h-[calc(92dvh-var(--keyboard))] flex-col rounded-t-lg border border-line bg-raised shadow-float outline-none md:inset-x-auto md:top-[14%] md:bottom-auto md:left-1/2 md:max-h-[76dvh] md:w-[30rem] md:max-w-[calc(100vw-3rem)] md:-translate-x-1/2 md:rounded-lg"
        >
          <Dialog.Title className="px-5 pt-4 font-semibold text-title">
            {t('fillTitle', { name })}
          </Dialog.Title>
          <form
            className="flex min-h-0 flex-1 flex-col"
            onSubmit={(event: FormEvent) => {
              event.preventDefault()
              // the composer is a form around this one, as far as React is concerned, and would send
              event.stopPropagation()
              fill()
            }}
          >
            <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-5 py-4">
              {blanks.map(blank => (
                <BlankField
                  key={blank.name}
                  blank={blank}
                  hint={hints?.[blank.name]}
                  value={values[blank.name] ?? ''}
                  onChange={value => setValues(kept => ({ ...kept, [blank.name]: value }))}
                  onDone={fill}
                />
              ))}
              {asksClipboard && (
                <BlankField
                  blank={{ name: t('clipboard'), kind: 'text', options: [], initial: '' }}
                  hint={t('clipboardHint')}
                  value={pasted}
                  onChange={setPasted}
                  onDone={fill}
                />
              )}
            </div>
            <div className="flex justify-end gap-2 px-5 pt-1 pb-4">
              <Button look="plain" onClick={onClose}>
                {common('cancel')}
              </Button>
              <Button look="solid" type="submit">
                {t('insert')}
              </Button>
            </div>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

interface BlankFieldProps {
  blank: Blank
  hint?: string
  value: string
  onChange(value: string): void
  onDone(): void
}

function BlankField({ blank, hint, value, onChange, onDone }: BlankFieldProps) {
  const id = useId()
  return (
    <div>
      <label htmlFor={id} className="mb-1 block break-words font-medium">
        {blank.name}
      </label>
      {blank.kind === 'select' ? (
        <select
          id={id}
          value={value}
          onChange={event => onChange(event.target.value)}
          className={fieldLook}
        >
          {blank.options.map(option => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </select>
      ) : (
        <textarea
          id={id}
          rows={1}
          value={value}
          aria-describedby={hint && `${id}-hint`}
          onChange={event => onChange(event.target.value)}
          onKeyDown={event => {
            if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
            if (event.nativeEvent.keyCode === 229) return
            event.preventDefault()
            onDone()
          }}
          className={cn(
            fieldLook,
            'field-sizing-content block h-auto! max-h-48 min-h-9 resize-none py-2',
          )}
        />
      )}
      {hint && (
        <p id={`${id}-hint`} className="mt-1 text-ink-faint text-mini">
          {hint}
        </p>
      )}
    </div>
  )
}
