import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Check, Copy, ExternalLink } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'
import { type ChatLink, chatLink, linkKey, revokeLink, shareChat } from '@/api/sharing'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { toast, toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { setUi } from '@/lib/ui'
import { Sheet } from '../../platform/Sheet'
import { WithChatsWords } from '../words'

interface ShareDialogProps {
  chatId: string
  /** The last message that is shown; left out: the last one there is. */
  messageId?: string
}

/** Makes the link of a chat, changes what it shows, and takes it back. */
export default function ShareDialog(props: ShareDialogProps) {
  return (
    <WithChatsWords>
      <Share {...props} />
    </WithChatsWords>
  )
}

function Share({ chatId, messageId }: ShareDialogProps) {
  const t = useTranslations('share')
  const { data: link, isPending } = useQuery(chatLink(chatId))
  return (
    <Sheet title={t('title')} intro={t('intro')} onClose={() => setUi({ share: null })}>
      {isPending ? (
        // The form itself, unseen: the dialog is as high as it will be while it looks.
        <div aria-hidden inert className="invisible">
          <Terms chatId={chatId} messageId={messageId} link={null} />
        </div>
      ) : (
        <Terms chatId={chatId} messageId={messageId} link={link ?? null} />
      )}
    </Sheet>
  )
}

function Terms({ chatId, messageId, link }: ShareDialogProps & { link: ChatLink | null }) {
  const t = useTranslations('share')
  const client = useQueryClient()
  const author = useId()
  const [busy, setBusy] = useState(false)
  const known = (found: ChatLink | null) => client.setQueryData(linkKey(chatId), found)

  const make = async (form: FormData) => {
    setBusy(true)
    try {
      const made = await shareChat(chatId, {
        mode: form.get('mode') === 'live' ? 'live' : 'snapshot',
        message_id: messageId ?? null,
        author: String(form.get('author') ?? ''),
        models: form.has('models'),
        system_prompt: form.has('prompt'),
        documents: form.has('documents'),
      })
      known(made)
    } catch (error) {
      toastError(error, t('failed'))
    } finally {
      setBusy(false)
    }
  }
  const revoke = async () => {
    setBusy(true)
    try {
      await revokeLink(chatId)
      known(null)
      toast({ title: t('revoked') })
    } catch (error) {
      toastError(error, t('failed'))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={event => {
        event.preventDefault()
        make(new FormData(event.currentTarget))
      }}
    >
      {link && <Address link={link} />}
      <fieldset>
        <legend className="font-medium">{t('what')}</legend>
        <Choice
          kind="radio"
          name="mode"
          value="snapshot"
          checked={link?.mode !== 'live'}
          label={messageId ? t('upTo') : t('snapshot')}
          hint={t('snapshotHint')}
        />
        <Choice
          kind="radio"
          name="mode"
          value="live"
          checked={link?.mode === 'live'}
          label={t('live')}
          hint={t('liveHint')}
        />
      </fieldset>
      <div>
        <Choice kind="checkbox" name="models" checked={link?.models ?? true} label={t('models')} />
        <Choice
          kind="checkbox"
          name="prompt"
          checked={link?.system_prompt ?? false}
          label={t('prompt')}
        />
        <Choice
          kind="checkbox"
          name="documents"
          checked={link?.documents ?? true}
          label={t('documents')}
          hint={t('documentsHint')}
        />
        <p className="mt-1 text-ink-faint text-mini">{t('branches')}</p>
      </div>
      <div>
        <label htmlFor={author} className="font-medium">
          {t('author')}
        </label>
        <input
          id={author}
          name="author"
          maxLength={100}
          defaultValue={link?.author ?? ''}
          autoComplete="off"
          className={`${fieldLook} mt-1`}
        />
      </div>
      <div className="flex flex-wrap justify-end gap-2">
        {link && (
          <Button look="plain" className="mr-auto text-bad" disabled={busy} onClick={revoke}>
            {t('revoke')}
          </Button>
        )}
        <Button look={link ? 'line' : 'solid'} type="submit" disabled={busy}>
          {link ? t('change') : t('make')}
        </Button>
      </div>
    </form>
  )
}

interface ChoiceProps {
  kind: 'radio' | 'checkbox'
  name: string
  value?: string
  checked: boolean
  label: ReactNode
  hint?: string
}

function Choice({ kind, name, value, checked, label, hint }: ChoiceProps) {
  return (
    <label className="-mx-2 flex cursor-pointer items-start gap-2.5 rounded-sm px-2 py-1.5 hover:bg-hover touch:min-h-11">
      <input
        type={kind}
        name={name}
        value={value}
        defaultChecked={checked}
        className="mt-0.75 size-4 shrink-0 accent-(--accent)"
      />
      <span>
        {label}
        {hint && <span className="block text-ink-faint text-mini">{hint}</span>}
      </span>
    </label>
  )
}

function Address({ link }: { link: ChatLink }) {
  const t = useTranslations('share')
  const id = useId()
  const [copied, setCopied] = useState(false)
  const url = new URL(link.path, location.href).href
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(url)
      setCopied(true)
      setTimeout(() => setCopied(false), 2000)
    } catch {
      // Without a secure context there is no clipboard; the field can be selected.
    }
  }
  return (
    <div>
      <label htmlFor={id} className="font-medium">
        {t('link')}
      </label>
      <div className="mt-1 flex gap-2">
        <input
          id={id}
          readOnly
          value={url}
          onFocus={event => event.currentTarget.select()}
          className={`${fieldLook} tabular min-w-0`}
        />
        <Button look="solid" className="h-9" onClick={copy}>
          {copied ? (
            <Check className="size-4" aria-hidden />
          ) : (
            <Copy className="size-4" aria-hidden />
          )}
          {copied ? t('copied') : t('copy')}
        </Button>
      </div>
      <a
        href={link.path}
        target="_blank"
        rel="noreferrer"
        className="mt-1.5 inline-flex min-h-6 items-center gap-1.5 font-medium text-accent hover:underline touch:min-h-11"
      >
        <ExternalLink className="size-3.5" aria-hidden />
        {t('open')}
      </a>
    </div>
  )
}
