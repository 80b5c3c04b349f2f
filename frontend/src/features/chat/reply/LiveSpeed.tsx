import { useEffect, useState } from 'react'
import { liveGeneration, speedOf } from '@/features/chat/live'
import { useLocale, useTranslations } from '@/i18n'
import { formatSpeed } from './readout'

/** A figure that changes faster than this cannot be read, in milliseconds. */
const every = 500

/** `38 tok/s` while a reply is being written, where its figures will stand afterwards. */
export function LiveSpeed({ generationId }: { generationId: string }) {
  const t = useTranslations('reply')
  const locale = useLocale()
  const [speed, setSpeed] = useState<number | null>(null)
  useEffect(() => {
    const look = () => {
      const live = liveGeneration(generationId)
      setSpeed(live && speedOf(live.pace, Date.now()))
    }
    const timer = setInterval(look, every)
    return () => clearInterval(timer)
  }, [generationId])
  if (speed === null) return null
  return (
    <span
      aria-hidden
      className="tabular animate-[appear_var(--calm)_ease-out] text-ink-faint text-mini"
    >
      {t('speed', { speed: formatSpeed(speed, locale) })}
    </span>
  )
}
