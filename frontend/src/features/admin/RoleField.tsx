import { fieldLook } from '@/components/field'
import { useTranslations } from '@/i18n'
import { Labelled } from '../platform/Form'

type Role = 'admin' | 'user'

/** Whether a person administers this server. */
export function RoleField({ role, onRole }: { role: Role; onRole(role: Role): void }) {
  const t = useTranslations('adminUsers')
  return (
    <Labelled label={t('role')} hint={t('roleNote', { role })}>
      {ids => (
        <select
          {...ids}
          value={role}
          onChange={event => onRole(event.target.value === 'admin' ? 'admin' : 'user')}
          className={fieldLook}
        >
          {(['user', 'admin'] as const).map(one => (
            <option key={one} value={one}>
              {t('roleOf', { role: one })}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  )
}
