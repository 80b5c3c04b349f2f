import { useState } from 'react'
import { fieldLook } from '@/components/field'
import { useTranslations } from '@/i18n'
import { refusalAt } from '@/i18n/errors'
import { Labelled, Switch } from '../platform/Form'

const isAddress = (text: string) => /^https?:\/\/[^\s/]+/.test(text)

/** Whether a key that was given for one address may be sent to the other. */
function sameOrigin(one: string, other: string): boolean {
  try {
    return new URL(one).origin === new URL(other.trim()).origin
  } catch {
    return false
  }
}

interface Stored {
  base_url: string
  has_key: boolean
}

/** Where a server is and its key, while they are written. A stored key is never shown: it is kept, replaced, or forgotten. */
export function useConnection(stored: Stored | null) {
  const [address, setAddress] = useState(stored?.base_url ?? '')
  const [key, setKey] = useState('')
  const [forgotten, setForgotten] = useState(false)
  const base_url = address.trim()
  const body = {
    base_url,
    ...(forgotten ? { api_key: '' } : key ? { api_key: key } : {}),
  }
  return {
    stored,
    address,
    setAddress,
    key,
    setKey,
    forgotten,
    setForgotten,
    /** As the server takes it. */
    body,
    complete: isAddress(address),
    changed: base_url !== stored?.base_url || 'api_key' in body,
  }
}

interface Asked {
  error: Error | null
  reset(): void
}

/** What the server refuses of what is saved or tried is said at its field, until something is changed. */
export function useRefusals(save: Asked, test: Asked) {
  return {
    at: (...fields: string[]) =>
      refusalAt(save.error, ...fields) ?? refusalAt(test.error, ...fields),
    forget() {
      save.reset()
      test.reset()
    },
  }
}

interface ConnectionFieldsProps {
  connection: ReturnType<typeof useConnection>
  /** What the server has against a field. */
  at(field: string): string | null
  onChange(): void
}

/** The address and the key of a server of models. */
export function ConnectionFields({ connection, at, onChange }: ConnectionFieldsProps) {
  const t = useTranslations('connection')
  const { stored, address, key, forgotten, complete } = connection
  const [left, setLeft] = useState(false)
  const change = (set: () => void) => {
    set()
    onChange()
  }
  const moved = stored?.has_key && complete && !sameOrigin(stored.base_url, address)
  return (
    <>
      <Labelled
        label={t('url')}
        hint={t('urlHint')}
        error={left && address !== '' && !complete ? t('urlBad') : at('base_url')}
      >
        {ids => (
          <input
            {...ids}
            value={address}
            inputMode="url"
            placeholder="https://api.example.com/v1"
            autoComplete="off"
            spellCheck={false}
            maxLength={2048}
            onChange={event => change(() => connection.setAddress(event.target.value))}
            onBlur={() => setLeft(true)}
            className={fieldLook}
          />
        )}
      </Labelled>
      <Labelled
        label={t('key')}
        hint={t(moved ? 'keyMoved' : stored?.has_key ? 'keyKept' : 'keyHint')}
        error={at('api_key')}
      >
        {ids => (
          <input
            {...ids}
            type="password"
            value={key}
            disabled={forgotten}
            autoComplete="new-password"
            onChange={event => change(() => connection.setKey(event.target.value))}
            className={fieldLook}
          />
        )}
      </Labelled>
      {stored?.has_key && (
        <Switch
          label={t('keyRemove')}
          checked={forgotten}
          onChange={next => change(() => connection.setForgotten(next))}
        />
      )}
    </>
  )
}
