import { ExternalLink } from 'lucide-react'
import { useTranslations } from '@/i18n'
import { imageSource } from './links'

/**
 * An image of an answer. One from elsewhere is never fetched into the page: its address may carry away what
 * was said in the chat, and the page's policy admits no other host. The reader can open it beside.
 */
export function RemoteImage({ src, alt }: { src: unknown; alt?: string }) {
  const t = useTranslations('reply')
  const source = imageSource(src)
  if (!source) return <span className="text-ink-soft">{alt}</span>
  if (source.kind === 'inline') return <img src={source.src} alt={alt ?? ''} loading="lazy" />
  return (
    <span className="remote-image">
      <span className="min-w-0 flex-1">
        <span className="block font-medium">{alt || t('remoteImage', { host: source.host })}</span>
        <span className="block break-all font-mono text-ink-faint text-mini">{source.src}</span>
        <span className="block text-ink-soft text-mini">
          {t('openImageHint', { host: source.host })}
        </span>
      </span>
      <a href={source.src} target="_blank" rel="noopener noreferrer" className="link text-control">
        <ExternalLink aria-hidden className="mr-1 inline size-4" />
        {t('openImage')}
      </a>
    </span>
  )
}
