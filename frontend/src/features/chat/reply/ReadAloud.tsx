import { CirclePause, CirclePlay, CircleStop, Volume2 } from 'lucide-react'
import { useEffect } from 'react'
import { IconButton } from '@/components/button'
import { useTranslations } from '@/i18n'
import {
  canReadAloud,
  goOnReading,
  pauseReading,
  readAloud,
  stopReading,
  useAloud,
} from '@/lib/aloud'
import { spoken } from './sentences'

/** Reads a reply aloud; while it does, pauses and stops. Nothing where the browser has no voices. */
export function ReadAloud({ id, text }: { id: string; text: string }) {
  const t = useTranslations('reply')
  const reading = useAloud(aloud => aloud.id === id)
  const paused = useAloud(aloud => aloud.paused)
  // Whoever leaves the chat does not want to hear it any more.
  useEffect(() => () => void (useAloud.getState().id === id && stopReading()), [id])
  if (!canReadAloud() || !text) return null
  if (!reading) {
    return (
      <IconButton
        label={t('readAloud')}
        onClick={() => readAloud(id, spoken(text, t('announceCode')))}
      >
        <Volume2 aria-hidden className="size-4" />
      </IconButton>
    )
  }
  return (
    <>
      <IconButton
        label={t(paused ? 'goOnReading' : 'pauseReading')}
        onClick={paused ? goOnReading : pauseReading}
      >
        {paused ? (
          <CirclePlay aria-hidden className="size-4" />
        ) : (
          <CirclePause aria-hidden className="size-4" />
        )}
      </IconButton>
      <IconButton label={t('stopReading')} onClick={stopReading}>
        <CircleStop aria-hidden className="size-4" />
      </IconButton>
    </>
  )
}
