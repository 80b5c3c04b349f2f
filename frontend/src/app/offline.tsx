import { CloudOff } from 'lucide-react'
import { useContact } from '@/api/contact'
import { useFormatter, useTranslations } from '@/i18n'
import { useDelayed } from '@/lib/delayed'

/** Says that the server does not answer, and since when. Short breaks are not worth a word. */
export function OfflineBar() {
  const t = useTranslations('app')
  const format = useFormatter()
  const { online, last } = useContact()
  const shown = useDelayed(!online, 1200)
  if (!shown) return null
  const time =
    last !== null &&
    format.dateTime(new Date(last), { hour: '2-digit', minute: '2-digit', second: '2-digit' })
  return (
    <div
      role="status"
      className="flex shrink-0 items-center justify-center gap-2 border-line border-b bg-bad-wash px-4 py-1.5 text-ink"
    >
      <CloudOff className="size-4 shrink-0 text-bad" aria-hidden />
      <span className="tabular">{time ? t('offline', { time }) : t('offlineNever')}</span>
      <span className="text-ink-soft">{t('retrying')}</span>
    </div>
  )
}
