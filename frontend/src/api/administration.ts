import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import { address, request } from './client'
import type { components } from './schema.gen'

type Schemas = components['schemas']

export type Account = Schemas['Account']
export type UserLimits = Schemas['UserLimits']
export type UsageLine = Schemas['UsageLine']
export type RatedExchange = Schemas['RatedExchange']
export type AuditLine = Schemas['AuditLine']
export type Backup = Schemas['Backup']
type Thumb = Schemas['Thumb']

const keys = {
  users: ['admin', 'users'],
  usage: ['admin', 'usage'],
  feedback: ['admin', 'feedback'],
  audit: ['admin', 'audit'],
  backups: ['admin', 'backups'],
} as const

const segment = encodeURIComponent

// users

export function userList(q: string) {
  return queryOptions({
    queryKey: [...keys.users, q],
    queryFn: ({ signal }) =>
      request<Schemas['AccountList']>('/api/users', { query: { q }, signal }),
    placeholderData: keepPreviousData,
  })
}

function useUsers<T, R>(mutationFn: (given: T) => Promise<R>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn,
    onSettled: () => client.invalidateQueries({ queryKey: keys.users }),
  })
}

export const useCreateUser = () =>
  useUsers((body: Schemas['NewUser']) => request<Account>('/api/users', { method: 'POST', body }))

export const useChangeUser = () =>
  useUsers(({ id, ...body }: Schemas['UserChange'] & { id: string }) =>
    request<Account>(`/api/users/${segment(id)}`, { method: 'PATCH', body }),
  )

export const useSetPassword = () =>
  useUsers(({ id, password }: { id: string; password: string }) =>
    request<void>(`/api/users/${segment(id)}/password`, { method: 'PUT', body: { password } }),
  )

/** Make a link with which a user chooses another password; it is shown this once. */
export const useResetLink = () =>
  useUsers((id: string) =>
    request<Schemas['MadeReset']>(`/api/users/${segment(id)}/reset-link`, {
      method: 'POST',
      body: {},
    }),
  )

export const useSetLimits = () =>
  useUsers(({ id, limits }: { id: string; limits: UserLimits }) =>
    request<Account>(`/api/users/${segment(id)}/limits`, { method: 'PUT', body: limits }),
  )

export const useRemoveUser = () =>
  useUsers((id: string) => request<void>(`/api/users/${segment(id)}`, { method: 'DELETE' }))

// usage

export interface UsageFilter {
  /** Days as in ISO 8601. */
  from: string
  to: string
  user: string | null
  model: string | null
}

const usagePath = (own: boolean) => (own ? '/api/usage' : '/api/admin/usage')
const usageQuery = ({ user, ...filter }: UsageFilter, by: string, own: boolean) =>
  own ? { ...filter, by } : { ...filter, user, by }

export function usage(filter: UsageFilter, by: string, own: boolean) {
  return queryOptions({
    queryKey: [...keys.usage, own, filter, by],
    queryFn: ({ signal }) =>
      request<Schemas['UsageReport']>(usagePath(own), {
        query: usageQuery(filter, by, own),
        signal,
      }),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  })
}

/** Where the same can be had as a file. */
export const usageFile = (filter: UsageFilter, by: string, own: boolean) =>
  address(usagePath(own), { ...usageQuery(filter, by, own), format: 'csv' })

// feedback

export interface FeedbackFilter {
  rating: Thumb | null
  model: string | null
}

export function feedback(filter: FeedbackFilter) {
  return infiniteQueryOptions({
    queryKey: [...keys.feedback, 'list', filter],
    queryFn: ({ pageParam, signal }) =>
      request<Schemas['RatedPage']>('/api/admin/feedback', {
        query: { ...filter, cursor: pageParam, limit: 30 },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.next_cursor,
  })
}

export function opinions() {
  return queryOptions({
    queryKey: [...keys.feedback, 'models'],
    queryFn: ({ signal }) => request<Schemas['Opinions']>('/api/admin/feedback/models', { signal }),
  })
}

export const feedbackFile = (filter: FeedbackFilter, format: 'csv' | 'jsonl') =>
  address('/api/admin/feedback/export', { ...filter, format })

// the audit log

export interface AuditFilter {
  action: string | null
  failed: boolean | null
  since: string | null
}

export function audit(filter: AuditFilter) {
  return infiniteQueryOptions({
    queryKey: [...keys.audit, filter],
    queryFn: ({ pageParam, signal }) =>
      request<Schemas['AuditPage']>('/api/admin/audit', {
        query: { ...filter, cursor: pageParam, limit: 100 },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: page => page.next_cursor,
  })
}

export const auditFile = (filter: AuditFilter) => address('/api/admin/audit/export', { ...filter })

// backups

export function backups() {
  return queryOptions({
    queryKey: keys.backups,
    queryFn: ({ signal }) => request<Schemas['BackupList']>('/api/admin/backups', { signal }),
    refetchInterval: query =>
      query.state.data?.items.some(one => one.state === 'writing') ? 1000 : false,
  })
}

export const backupFile = (name: string) => `/api/admin/backups/${segment(name)}`

function useBackups<T, R>(mutationFn: (given: T) => Promise<R>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn,
    onSettled: () => client.invalidateQueries({ queryKey: keys.backups }),
  })
}

export const useCreateBackup = () =>
  useBackups((_: undefined) => request<Backup>('/api/admin/backups', { method: 'POST' }))

export const useRemoveBackup = () =>
  useBackups((name: string) => request<void>(backupFile(name), { method: 'DELETE' }))

/** Bring a file from this computer; it is sent as it is. */
export const useUploadBackup = () =>
  useBackups((file: File) =>
    request<Backup>('/api/admin/backups/upload', {
      method: 'POST',
      query: { name: file.name },
      file,
    }),
  )

/** Have the server start anew with a backup in place of everything. */
export const useRestoreBackup = () =>
  useBackups((name: string) => request<void>(`${backupFile(name)}/restore`, { method: 'POST' }))
