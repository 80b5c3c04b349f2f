import { ExternalLink, ImageIcon } from 'lucide-react'
import { createContext, type MouseEvent, useContext, useEffect, useRef } from 'react'
import { ApiError, OfflineError } from '@/api/errors'
import { buttonLook } from '@/components/button'
import { Enlarged } from '@/components/enlarged'
import { useTranslations } from '@/i18n'
import { imageSource } from './links'
import { cancelRemote, loadRemote, spoilRemote, useRemote } from './remote'

/** Whether an image stands inside a link: there it has none of its own. */
export const InLink = createContext(false)

/**
 * An image of an answer. One from elsewhere is fetched when the reader asks for it and not before: its
 * address may carry away what was said in the chat. The server fetches it, so that the page's policy can
 * go on admitting no other host.
 */
export function RemoteImage({ src, alt }: { src: unknown; alt?: string }) {
  const source = imageSource(src)
  if (!source) return <span className="text-ink-soft">{alt}</span>
  if (source.kind === 'inline') return <img src={source.src} alt={alt ?? ''} loading="lazy" />
  return <Remote address={source.src} host={source.host} alt={alt ?? ''} />
}

interface RemoteProps {
  address: string
  host: string
  alt: string
}

function Remote({ address, host, alt }: RemoteProps) {
  const t = useTranslations('reply')
  const state = useRemote(address)
  const name = alt || t('remoteImage', { host })
  // The button that was pressed gives its place to the image; the keyboard stays there.
  const asked = useRef(false)
  if (state?.step === 'loaded') {
    return <Loaded address={address} url={state.url} name={name} focus={asked} />
  }
  const loading = state?.step === 'loading'
  return (
    <span className="remote-image" data-step={state?.step ?? 'asked'}>
      <ImageIcon aria-hidden className="mt-0.5 size-4 shrink-0 text-ink-faint" />
      <span className="min-w-0 flex-1 basis-52">
        <span className="block font-medium">{name}</span>
        <span className="block break-all font-mono text-ink-faint text-mini">{address}</span>
        <span role="status" className="block text-mini">
          {loading && <span className="text-ink-soft">{t('loadingImage', { host })}</span>}
          {state?.step === 'failed' && <Failure error={state.error} host={host} />}
          {!state && <span className="text-ink-soft">{t('remoteImageHint', { host })}</span>}
        </span>
      </span>
      <span className="flex shrink-0 items-center gap-1">
        <button
          type="button"
          aria-label={state ? undefined : t('loadImageNamed', { name })}
          onClick={event => {
            stay(event)
            asked.current = !loading
            if (loading) cancelRemote(address)
            else loadRemote(address)
          }}
          className={buttonLook('line')}
        >
          {loading ? t('cancelImage') : state ? t('retryImage') : t('loadImage')}
        </button>
        <Beside address={address} />
      </span>
    </span>
  )
}

/** Opens the address itself, past this server. */
function Beside({ address }: { address: string }) {
  const t = useTranslations('reply')
  if (useContext(InLink)) return null
  return (
    <a
      href={address}
      target="_blank"
      rel="noopener noreferrer"
      aria-label={t('openImage')}
      title={t('openImage')}
      className="grid size-8 place-items-center rounded-sm text-ink-soft hover:bg-hover hover:text-ink touch:size-11"
    >
      <ExternalLink aria-hidden className="size-4" />
    </a>
  )
}

interface LoadedProps {
  address: string
  url: string
  name: string
  focus: React.RefObject<boolean>
}

/** The image, as wide as the text allows; pressing it shows it as large as the window. */
function Loaded({ address, url, name, focus }: LoadedProps) {
  const t = useTranslations('reply')
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (focus.current) button.current?.focus({ preventScroll: true })
    focus.current = false
  }, [focus])
  return (
    <Enlarged
      url={url}
      name={name}
      label={t('enlargeImage', { name })}
      close={t('closeImage')}
      className="loaded-image"
      button={button}
      onPress={stay}
    >
      <img src={url} alt={name} onError={() => spoilRemote(address)} />
    </Enlarged>
  )
}

/** What went wrong and what to do about it, in the reader's language; the server's own words below. */
function Failure({ error, host }: { error: unknown; host: string }) {
  const t = useTranslations('reply')
  const code = error instanceof ApiError ? error.code : ''
  const [what, remedy] =
    code === 'address_refused'
      ? [t('imageRefused', { host }), t('imageRefusedRemedy')]
      : code === 'fetch_too_large'
        ? [t('imageTooLarge'), t('imageTooLargeRemedy')]
        : code === 'fetch_timed_out'
          ? [t('imageTimedOut', { host }), t('imageFailedRemedy')]
          : error instanceof OfflineError
            ? [t('imageOffline'), '']
            : error
              ? [t('imageFailed', { host }), t('imageFailedRemedy')]
              : [t('imageBroken'), t('imageTooLargeRemedy')]
  return (
    <>
      <span className="block text-bad">{what}</span>
      {remedy && <span className="block text-ink-soft">{remedy}</span>}
      {code === 'fetch_failed' && error instanceof ApiError && (
        <span className="block text-ink-faint">{error.message}</span>
      )}
    </>
  )
}

/** Inside a link, a button of ours must not follow the link. */
function stay(event: MouseEvent): void {
  event.preventDefault()
}
