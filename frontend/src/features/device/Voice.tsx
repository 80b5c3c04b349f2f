import { useEffect, useId, useState } from 'react'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { Line, Section } from '@/components/section'
import { useLocale, useTranslations } from '@/i18n'
import { canReadAloud, readAloud } from '@/lib/aloud'
import { canDictate } from '@/lib/dictation'
import { formatNumber } from '@/lib/format'
import { setPreferences, usePreferences } from '@/lib/preferences'

/** What recognition commonly knows; the page's own language stands first. */
const spokenLanguages = [
  'en-US',
  'en-GB',
  'zh-CN',
  'zh-TW',
  'yue-Hant-HK',
  'de-DE',
  'es-ES',
  'fr-FR',
  'ja-JP',
  'ko-KR',
]

/** How the page listens and how it reads aloud. */
export function Voice() {
  const t = useTranslations('voice')
  return (
    <Section title={t('title')}>
      {canDictate() ? <DictationField /> : <p className="text-ink-soft">{t('noDictation')}</p>}
      {canReadAloud() ? <Reading /> : <p className="text-ink-soft">{t('noReading')}</p>}
    </Section>
  )
}

function DictationField() {
  const t = useTranslations('voice')
  const id = useId()
  const names = new Intl.DisplayNames(useLocale(), { type: 'language' })
  const chosen = usePreferences(kept => kept.dictation)
  return (
    <Line label={t('dictation')} htmlFor={id} hint={t('dictationHint')}>
      <select
        id={id}
        value={chosen ?? ''}
        onChange={event => setPreferences({ dictation: event.target.value || null })}
        className={fieldLook}
      >
        <option value="">{t('automatic')}</option>
        {spokenLanguages.map(tag => (
          <option key={tag} value={tag}>
            {names.of(tag) ?? tag}
          </option>
        ))}
      </select>
    </Line>
  )
}

/** The browser's voices; some browsers tell them only after a while. */
function useVoices(): SpeechSynthesisVoice[] {
  const [voices, setVoices] = useState(() => speechSynthesis.getVoices())
  useEffect(() => {
    const told = () => setVoices(speechSynthesis.getVoices())
    speechSynthesis.addEventListener?.('voiceschanged', told)
    return () => speechSynthesis.removeEventListener?.('voiceschanged', told)
  }, [])
  return voices
}

function Reading() {
  const t = useTranslations('voice')
  const locale = useLocale()
  const id = useId()
  const voices = useVoices()
  const rate = usePreferences(kept => kept.rate)
  return (
    <>
      <VoiceField language="en" voices={voices} />
      <VoiceField language="zh" voices={voices} />
      <Line label={t('rate')} htmlFor={id}>
        <div className="flex items-center gap-3">
          <input
            id={id}
            type="range"
            min={0.5}
            max={2}
            step={0.1}
            value={rate}
            aria-valuetext={t('rateValue', { rate: formatNumber(rate, locale) })}
            onChange={event => setPreferences({ rate: Number(event.target.value) })}
            className="min-w-0 flex-1 accent-accent"
          />
          <span className="tabular w-9 text-ink-soft">
            {t('rateValue', { rate: formatNumber(rate, locale) })}
          </span>
          <Button
            onClick={() => readAloud('sample', samples[locale.startsWith('zh') ? 'zh' : 'en'])}
          >
            {t('sample')}
          </Button>
        </div>
      </Line>
    </>
  )
}

const samples = {
  en: 'This is how answers sound. 中文的句子由另一个声音来读。',
  zh: '回答听起来就是这样。English sentences are read by another voice.',
}

interface VoiceFieldProps {
  language: 'en' | 'zh'
  voices: SpeechSynthesisVoice[]
}

function VoiceField({ language, voices }: VoiceFieldProps) {
  const t = useTranslations('voice')
  const id = useId()
  const field = language === 'zh' ? 'chineseVoice' : 'englishVoice'
  const chosen = usePreferences(kept => kept[field])
  const fitting = voices.filter(voice => voice.lang.toLowerCase().startsWith(language))
  return (
    <Line label={t(language === 'zh' ? 'chinese' : 'english')} htmlFor={id}>
      <select
        id={id}
        value={chosen ?? ''}
        onChange={event => setPreferences({ [field]: event.target.value || null })}
        className={fieldLook}
      >
        <option value="">{t('anyVoice')}</option>
        {fitting.map(voice => (
          <option key={voice.voiceURI} value={voice.name}>
            {voice.name}
          </option>
        ))}
      </select>
    </Line>
  )
}
