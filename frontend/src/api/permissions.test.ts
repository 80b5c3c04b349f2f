import { expect, test } from 'vitest'
import type { AuthStatus } from './accounts'
import { permissionsOf } from './permissions'

const status = (more: Partial<AuthStatus>): AuthStatus => ({
  accounts: true,
  setup: false,
  sign_up: 'closed',
  user: null,
  identity_provider: null,
  sharing: true,
  tool_programs: true,
  ...more,
})
const who = (role: 'admin' | 'user', scopes: ('chat' | 'admin')[]) =>
  permissionsOf(status({ user: { id: 'u', name: 'U', role, scopes } }))

test('administrators may all, others what the server lets them', () => {
  expect(who('admin', ['chat', 'admin'])).toEqual({
    known: true,
    runModels: true,
    readLogs: true,
    administer: true,
    share: true,
    addPrograms: true,
  })
  for (const few of [who('user', ['chat']), who('admin', ['chat']), permissionsOf(status({}))]) {
    expect(few).toEqual({
      known: true,
      runModels: false,
      readLogs: false,
      administer: false,
      share: true,
      addPrograms: false,
    })
  }
})

test('without accounts everybody may all, and nobody anything before that is known', () => {
  expect(permissionsOf(status({ accounts: false })).runModels).toBe(true)
  expect(permissionsOf(undefined)).toEqual({
    known: false,
    runModels: false,
    readLogs: false,
    administer: false,
    share: false,
    addPrograms: false,
  })
})

test('what is switched off for all, administrators may not either', () => {
  const off = permissionsOf(status({ accounts: false, sharing: false, tool_programs: false }))
  expect(off).toMatchObject({ administer: true, share: false, addPrograms: false })
})
