import { useState } from 'react'
import { Button } from '@/components/button'
import { Line, Section } from '@/components/section'
import { useTranslations } from '@/i18n'
import { install, useInstall } from '@/lib/install'
import { setPreferences, usePreferences } from '@/lib/preferences'
import { worker } from '@/lib/worker'
import { Switch } from '../platform/Form'

type Permission = NotificationPermission | 'unsupported'

const permission = (): Permission =>
  'Notification' in window ? Notification.permission : 'unsupported'

/** Notices of finished answers, and the page as a program of its own. */
export function Notices() {
  const t = useTranslations('notices')
  const { notify, sound } = usePreferences()
  const [allowed, setAllowed] = useState(permission)
  const on = notify && allowed === 'granted'
  const change = async (wanted: boolean) => {
    if (!wanted) return setPreferences({ notify: false })
    // Only this switch asks: nobody is asked out of the blue.
    const answer = await Notification.requestPermission()
    setAllowed(answer)
    setPreferences({ notify: answer === 'granted' })
    if (answer === 'granted') void worker()
  }
  const problem =
    allowed === 'denied' ? t('blocked') : allowed === 'unsupported' ? t('unsupported') : null
  return (
    <Section title={t('title')}>
      <Line label={t('notify')} hint={problem ?? t('notifyHint')}>
        <Switch
          label={t('notify')}
          hidden
          checked={on}
          disabled={problem !== null}
          onChange={change}
        />
      </Line>
      {on && (
        <Line label={t('sound')}>
          <Switch
            label={t('sound')}
            hidden
            checked={sound}
            onChange={next => setPreferences({ sound: next })}
          />
        </Line>
      )}
      <Install />
    </Section>
  )
}

function Install() {
  const t = useTranslations('notices')
  const { offer, installed } = useInstall()
  return (
    <Line label={t('install')} hint={offer || installed ? t('installHint') : t('installElsewhere')}>
      {installed ? (
        <span className="text-ink-soft">{t('installed')}</span>
      ) : (
        offer && <Button onClick={install}>{t('install')}</Button>
      )}
    </Line>
  )
}
