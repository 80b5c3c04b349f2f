import { type FormEvent, useState } from 'react'
import { type Prompt, useSavePrompt } from '@/api/prompts'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { useTranslations } from '@/i18n'
import { refusalAt } from '@/i18n/errors'
import { readBlanks } from '@/lib/blanks'
import { Labelled, Switch, TextArea } from '../platform/Form'
import { Sheet } from '../platform/Sheet'
import { infoOf, Problem } from '../platform/States'

/** A prompt to be changed, or one to begin a new one with. */
export type Edited = { id: string | null; from: Partial<Prompt> }

const fields = ['name', 'command', 'description', 'content']

interface PromptSheetProps {
  edited: Edited
  onClose(): void
}

/** Writes a prompt or changes one, and says which blanks it has while it is being written. */
export function PromptSheet({ edited: { id, from }, onClose }: PromptSheetProps) {
  const t = useTranslations('prompts')
  const common = useTranslations('common')
  const save = useSavePrompt()
  const [name, setName] = useState(from.name ?? '')
  const [command, setCommand] = useState(from.command ?? '')
  const [description, setDescription] = useState(from.description ?? '')
  const [content, setContent] = useState(from.content ?? '')
  const [shared, setShared] = useState(from.shared ?? false)
  const at = (field: string) => refusalAt(save.error, field)
  const change = (set: (text: string) => void) => (event: { target: { value: string } }) => {
    set(event.target.value)
    save.reset()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const words = command.trim()
    const body = { name, description, content, shared, ...(words && { command: words }) }
    save.mutate({ id, body }, { onSuccess: onClose })
  }
  return (
    <Sheet title={id ? t('editTitle') : t('newTitle')} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Labelled label={t('name')} error={at('name')}>
          {ids => (
            <input
              {...ids}
              value={name}
              maxLength={100}
              autoComplete="off"
              onChange={change(setName)}
              className={fieldLook}
            />
          )}
        </Labelled>
        <Labelled label={t('command')} hint={t('commandHint')} error={at('command')}>
          {ids => (
            <div className="relative">
              <span
                aria-hidden
                className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-ink-faint"
              >
                /
              </span>
              <input
                {...ids}
                value={command}
                maxLength={64}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                onChange={change(setCommand)}
                className={`${fieldLook} pl-5.5`}
              />
            </div>
          )}
        </Labelled>
        <Labelled
          label={t('content')}
          hint={t('contentHint', {
            text: '{{topic}}',
            preset: '{{topic:text:bees}}',
            choice: '{{tone:select:kind|strict}}',
            own: '{{date}} {{time}} {{USER_LANGUAGE}} {{clipboard}}',
          })}
          error={at('content')}
        >
          {ids => <TextArea {...ids} rows={6} value={content} onChange={change(setContent)} />}
        </Labelled>
        <Blanks text={content} />
        <Labelled label={t('description')} error={at('description')}>
          {ids => (
            <input
              {...ids}
              value={description}
              maxLength={1000}
              autoComplete="off"
              onChange={change(setDescription)}
              className={fieldLook}
            />
          )}
        </Labelled>
        <Switch label={t('shared')} checked={shared} onChange={setShared} />
        {save.isError && !refusalAt(save.error, ...fields) && (
          <Problem error={infoOf(save.error, t('saveFailed'))} label={t('saveFailed')} />
        )}
        <div className="flex justify-end gap-2">
          <Button look="plain" onClick={onClose}>
            {common('cancel')}
          </Button>
          <Button
            look="solid"
            type="submit"
            disabled={name.trim() === '' || content === '' || save.isPending}
          >
            {common('save')}
          </Button>
        </div>
      </form>
    </Sheet>
  )
}

/** What will be asked for, and what fills itself. */
function Blanks({ text }: { text: string }) {
  const t = useTranslations('prompts')
  const { blanks, builtIns } = readBlanks(text)
  if (blanks.length === 0 && builtIns.size === 0) return null
  return (
    <div role="status" className="-mt-2 text-ink-soft text-mini">
      {blanks.length > 0 && (
        <p>{t('blanks', { names: blanks.map(one => one.name).join(' · ') })}</p>
      )}
      {builtIns.size > 0 && <p>{t('fills', { names: [...builtIns].join(' · ') })}</p>}
    </div>
  )
}
