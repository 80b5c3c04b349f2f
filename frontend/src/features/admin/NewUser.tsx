import { type FormEvent, useState } from 'react'
import { useCreateUser } from '@/api/administration'
import { Button } from '@/components/button'
import { fieldLook } from '@/components/field'
import { toastError } from '@/components/toast'
import { useTranslations } from '@/i18n'
import { refusalAt } from '@/i18n/errors'
import { Labelled } from '../platform/Form'
import { Sheet } from '../platform/Sheet'
import { RoleField } from './RoleField'

const fields = ['name', 'email', 'password']

/** Makes a user with a password of the administrator's choice. */
export function NewUser({ onClose }: { onClose(): void }) {
  const t = useTranslations('adminUsers')
  const admin = useTranslations('admin')
  const create = useCreateUser()
  const [role, setRole] = useState<'user' | 'admin'>('user')
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    const text = (name: string) => String(given.get(name) ?? '')
    create.mutate(
      { name: text('name'), email: text('email') || null, password: text('password'), role },
      {
        onSuccess: onClose,
        onError: error => refusalAt(error, ...fields) ?? toastError(error, admin('failed')),
      },
    )
  }
  return (
    <Sheet title={t('add')} intro={t('addNote')} onClose={onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Labelled label={t('name')} error={refusalAt(create.error, 'name')}>
          {ids => (
            <input
              {...ids}
              name="name"
              required
              maxLength={64}
              autoComplete="off"
              className={fieldLook}
            />
          )}
        </Labelled>
        <Labelled label={t('email')} hint={t('emailHint')} error={refusalAt(create.error, 'email')}>
          {ids => (
            <input
              {...ids}
              name="email"
              type="email"
              maxLength={255}
              autoComplete="off"
              className={fieldLook}
            />
          )}
        </Labelled>
        <Labelled
          label={t('password')}
          hint={t('passwordHint')}
          error={refusalAt(create.error, 'password')}
        >
          {ids => (
            <input
              {...ids}
              name="password"
              type="password"
              required
              autoComplete="new-password"
              className={fieldLook}
            />
          )}
        </Labelled>
        <RoleField role={role} onRole={setRole} />
        <div className="flex justify-end gap-2">
          <Button look="plain" onClick={onClose}>
            {admin('cancel')}
          </Button>
          <Button look="solid" type="submit" disabled={create.isPending}>
            {t('add')}
          </Button>
        </div>
      </form>
    </Sheet>
  )
}
