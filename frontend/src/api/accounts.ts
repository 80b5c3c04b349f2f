import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { request } from './client'
import type { components } from './schema.gen'
import { leave } from './session'

type Schemas = components['schemas']

export type AuthStatus = Schemas['AuthStatus']
export type User = Schemas['UserShown']
export type LoginSession = Schemas['Session']
export type ApiKey = Schemas['Key']
export type MadeKey = Schemas['MadeKey']
export type Scope = Schemas['Scope']
export type Invitation = Schemas['InvitationShown']
export type MadeInvitation = Schemas['MadeInvitation']

export interface Entry {
  name: string
  email?: string
  password: string
  invitation?: string
}

const key = {
  status: ['auth', 'status'],
  me: ['auth', 'me'],
  sessions: ['auth', 'sessions'],
  keys: ['auth', 'keys'],
  invitations: ['auth', 'invitations'],
} as const

/** Whether one has to log in here, and who one is. */
export function authStatus() {
  return queryOptions({
    queryKey: key.status,
    queryFn: ({ signal }) => request<AuthStatus>('/api/auth/status', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

/** The same, asked anew by whoever stands before the door: what was known is out of date. */
export function freshStatus() {
  return queryOptions({
    queryKey: ['auth', 'asked'],
    queryFn: ({ signal }) => request<AuthStatus>('/api/auth/status', { signal }),
    gcTime: 0,
  })
}

const post = <T>(path: string, body?: unknown) =>
  request<T>(`/api/auth/${path}`, { method: 'POST', body })

export const setUp = (entry: Entry) => post<User>('setup', entry)
export const signUp = (entry: Entry) => post<User>('signup', entry)
export const logIn = ({ name, password }: Entry) => post<User>('login', { name, password })
export const logOut = () => post<void>('logout').then(leave)

/** What an invitation is good for; refused where it is good for nothing. */
export function invitation(secret: string) {
  return queryOptions({
    queryKey: [...key.invitations, secret],
    queryFn: () => post<Schemas['InvitationFor']>('invitation', { invitation: secret }),
    retry: false,
  })
}

/** Whose password a link of an administrator resets; refused where it is good for nothing. */
export function resetLink(secret: string) {
  return queryOptions({
    queryKey: ['auth', 'reset', secret],
    queryFn: () => post<Schemas['ResetFor']>('reset', { secret }),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  })
}

/** Choose another password with such a link, and be logged in. */
export const chooseAnother = (secret: string, password: string) =>
  post<User>('reset/password', { secret, password })

/** Delete one's own account: confirmed by its password, or by its name where it has none. */
export function useLeave() {
  return useMutation({
    mutationFn: (proof: { password: string } | { name: string }) =>
      post<void>('me/delete', proof).then(leave),
  })
}

export function me() {
  return queryOptions({
    queryKey: key.me,
    queryFn: ({ signal }) => request<User>('/api/auth/me', { signal }),
  })
}

export function useChangeProfile() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: { name?: string; email?: string }) =>
      request<User>('/api/auth/me', { method: 'PATCH', body }),
    onSuccess: user => {
      client.setQueryData(key.me, user)
      return client.invalidateQueries({ queryKey: key.status })
    },
  })
}

/** Change one's password; all other logins end. */
export function useChangePassword() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: { old_password: string; new_password: string }) =>
      post<void>('password', body),
    onSuccess: () => client.invalidateQueries({ queryKey: key.sessions }),
  })
}

export function sessionList() {
  return queryOptions({
    queryKey: key.sessions,
    queryFn: ({ signal }) => request<LoginSession[]>('/api/auth/sessions', { signal }),
  })
}

/** End one login, or with null all of them, this one too. */
export function useEndSession() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string | null) =>
      id
        ? request<void>(`/api/auth/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' })
        : request<void>('/api/auth/sessions', { method: 'DELETE' }).then(leave),
    onSuccess: () => client.invalidateQueries({ queryKey: key.sessions }),
  })
}

export function keyList() {
  return queryOptions({
    queryKey: key.keys,
    queryFn: ({ signal }) => request<ApiKey[]>('/api/auth/keys', { signal }),
  })
}

/** Make a key; the answer is the only time that it is shown. */
export function useCreateKey() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: { name: string; scopes: Scope[]; expires_at: string | null }) =>
      request<MadeKey>('/api/auth/keys', { method: 'POST', body }),
    onSuccess: () => client.invalidateQueries({ queryKey: key.keys }),
  })
}

export function useRevokeKey() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) =>
      request<void>(`/api/auth/keys/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSettled: () => client.invalidateQueries({ queryKey: key.keys }),
  })
}

export function invitationList() {
  return queryOptions({
    queryKey: key.invitations,
    queryFn: ({ signal }) => request<Invitation[]>('/api/invitations', { signal }),
  })
}

/** Make an invitation; its link is shown this once. */
export function useInvite() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: { note: string; expires_in_hours: number; role: 'admin' | 'user' }) =>
      request<MadeInvitation>('/api/invitations', { method: 'POST', body }),
    onSuccess: () => client.invalidateQueries({ queryKey: key.invitations }),
  })
}

export function useRemoveInvitation() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) =>
      request<void>(`/api/invitations/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSettled: () => client.invalidateQueries({ queryKey: key.invitations }),
  })
}
