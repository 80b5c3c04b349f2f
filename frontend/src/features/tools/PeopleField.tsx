import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { userList } from '@/api/administration'
import { fieldLook } from '@/components/field'
import { useTranslations } from '@/i18n'
import { cn } from '@/lib/cn'
import { Toggle } from '../platform/Form'

interface PeopleFieldProps {
  /** Ids of those who may; null: everybody. */
  value: string[] | null
  error: string | null
  onChange(value: string[] | null): void
}

/** More people than this are worth a search. */
const many = 8

/** Who may use something: everybody, or people picked by name. */
export function PeopleField({ value, error, onChange }: PeopleFieldProps) {
  const t = useTranslations('toolServers')
  const id = useId()
  const [sought, setSought] = useState('')
  const { data } = useQuery(userList(''))
  const people = data?.items ?? []
  const wanted = sought.trim().toLowerCase()
  const found = people.filter(one =>
    [one.name, one.email ?? ''].some(text => text.toLowerCase().includes(wanted)),
  )
  // Who has gone since is no name any more, and must not stay unseen.
  const gone = data ? (value ?? []).filter(one => !people.some(known => known.id === one)) : []
  // Without accounts everybody is the one person.
  if (people.length === 0 && value === null) return null
  const set = (user: string, may: boolean) =>
    onChange([...(value ?? []).filter(one => one !== user), ...(may ? [user] : [])])
  return (
    <fieldset aria-describedby={error ? `${id}-error` : undefined}>
      <legend className="pb-1.5 font-medium">{t('users')}</legend>
      <div className="flex flex-wrap gap-2">
        <Toggle pressed={value === null} onClick={() => onChange(null)}>
          {t('everybody')}
        </Toggle>
        <Toggle pressed={value !== null} onClick={() => onChange(value ?? [])}>
          {t('onlyThese')}
        </Toggle>
      </div>
      {value !== null && (
        <div className="mt-2 rounded-sm border border-line">
          {people.length > many && (
            <input
              type="search"
              aria-label={t('searchPeople')}
              placeholder={t('searchPeople')}
              value={sought}
              onChange={event => setSought(event.target.value)}
              className={cn(fieldLook, 'rounded-b-none border-0 border-line border-b')}
            />
          )}
          <ul className="max-h-56 overflow-y-auto p-1.5">
            {found.map(one => (
              <Person
                key={one.id}
                name={one.name}
                note={one.email}
                may={value.includes(one.id)}
                onChange={may => set(one.id, may)}
              />
            ))}
            {gone.map(one => (
              <Person
                key={one}
                name={t('goneUser')}
                note={one}
                may
                onChange={may => set(one, may)}
              />
            ))}
          </ul>
          {value.length === 0 && (
            <p className="border-line border-t px-3 py-1.5 text-ink-soft text-mini">
              {t('nobody')}
            </p>
          )}
        </div>
      )}
      {error && (
        <p id={`${id}-error`} role="alert" className="mt-1 text-bad text-mini">
          {error}
        </p>
      )}
    </fieldset>
  )
}

interface PersonProps {
  name: string
  note: string | null
  may: boolean
  onChange(may: boolean): void
}

function Person({ name, note, may, onChange }: PersonProps) {
  return (
    <li>
      <label className="flex min-h-8 cursor-pointer items-center gap-2.5 rounded-sm px-2 hover:bg-hover touch:min-h-11">
        <input
          type="checkbox"
          checked={may}
          onChange={event => onChange(event.target.checked)}
          className="size-4 shrink-0 accent-(--accent)"
        />
        <span className="min-w-0 truncate">{name}</span>
        {note && <span className="ml-auto min-w-0 truncate text-ink-faint text-mini">{note}</span>}
      </label>
    </li>
  )
}
