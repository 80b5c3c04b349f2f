import { ExternalLink, ImageDown } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/components/button'
import { useTranslations } from '@/i18n'
import { imageSource } from './links'

/**
 * An image of an answer. One from elsewhere is fetched only when the reader says so: its address may
 * carry away what was said in the chat.
 */
export function RemoteImage({ src, alt }: { src: unknown; alt?: string }) {
  const t = useTranslations('reply')
  const [state, setState] = useState<'asked' | 'loading' | 'failed'>('asked')
  const source = imageSource(src)
  if (!source) return <span className="text-ink-soft">{alt}</span>
  if (source.kind === 'inline') return <img src={source.src} alt={alt ?? ''} loading="lazy" />
  if (state === 'loading') {
    return (
      <img
        src={source.src}
        alt={alt ?? ''}
        referrerPolicy="no-referrer"
        onError={() => setState('failed')}
      />
    )
  }
  return (
    <span className="remote-image">
      <span className="min-w-0 flex-1">
        <span className="block font-medium">{alt || t('remoteImage', { host: source.host })}</span>
        <span className="block break-all font-mono text-ink-faint text-mini">{source.src}</span>
        <span className="block text-ink-soft text-mini">
          {state === 'failed' ? t('imageFailed') : t('loadImageHint', { host: source.host })}
        </span>
      </span>
      {state === 'failed' ? (
        <a
          href={source.src}
          target="_blank"
          rel="noopener noreferrer"
          className="link text-control"
        >
          <ExternalLink aria-hidden className="mr-1 inline size-4" />
          {t('openImage')}
        </a>
      ) : (
        <Button onClick={() => setState('loading')}>
          <ImageDown aria-hidden className="size-4" />
          {t('loadImage')}
        </Button>
      )}
    </span>
  )
}
