import { Mic } from 'lucide-react'
import { type RefObject, useEffect, useRef, useState } from 'react'
import { IconButton } from '@/components/button'
import { toast } from '@/components/toast'
import { useLocale, useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { canDictate, type Dictation, dictate, joined } from '@/lib/dictation'
import { usePreferences } from '@/lib/preferences'

interface DictateProps {
  box: RefObject<HTMLTextAreaElement | null>
  onText(text: string): void
}

/** Writes what is spoken behind what is there. Nothing where the browser cannot. */
export function Dictate({ box, onText }: DictateProps) {
  const t = useTranslations('composer')
  const locale = useLocale()
  const chosen = usePreferences(kept => kept.dictation)
  const [listening, setListening] = useState(false)
  const running = useRef<Dictation | null>(null)
  useEffect(() => () => running.current?.stop(), [])
  if (!canDictate()) return null
  const begin = () => {
    let before = box.current?.value ?? ''
    const heard = (words: string, final: boolean) => {
      const text = joined(before, words)
      if (final) before = text
      onText(text)
    }
    const ended = (error: string | null) => {
      running.current = null
      setListening(false)
      const blocked = error === 'not-allowed' || error === 'service-not-allowed'
      if (error) toast({ title: t(blocked ? 'dictationBlocked' : 'dictationFailed'), tone: 'bad' })
    }
    running.current = dictate(chosen ?? (locale === 'en' ? 'en-US' : locale), { heard, ended })
    setListening(true)
  }
  return (
    <IconButton
      label={t(listening ? 'stopDictating' : 'dictate')}
      side="top"
      aria-pressed={listening}
      onClick={() => (running.current ? running.current.stop() : begin())}
    >
      <Mic aria-hidden className={cn('size-4', listening && 'text-live')} />
    </IconButton>
  )
}
