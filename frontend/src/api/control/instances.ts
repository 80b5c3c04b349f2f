import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { readEvents } from '@/lib/sse'
import { control } from '../client'
import { modelKeys } from '../models'
import { controlKeys, segment } from './keys'
import type { History, InstancePatch, RunningInstance, StopReport, Verification } from './types'

const path = (runId: string, rest = '') => `/models/running/${segment(runId)}${rest}`

/** What runs. Told anew by the live socket; numbers that it does not tell are read every few seconds. */
export function instanceList() {
  return queryOptions({
    queryKey: controlKeys.running,
    queryFn: ({ signal }) => control<RunningInstance[]>('/models/running', { signal }),
    staleTime: 2_000,
    refetchInterval: 4_000,
  })
}

/** Speed, memory and queue of an instance over time. */
export function instanceHistory(runId: string) {
  return queryOptions({
    queryKey: ['instance', runId, 'history'],
    queryFn: ({ signal }) => control<History>(path(runId, '/history'), { signal }),
    refetchInterval: query => (query.state.status === 'error' ? false : 4_000),
    retry: false,
  })
}

/** What a probe after the start found to work. */
export function instanceVerification(runId: string) {
  return queryOptions({
    queryKey: ['instance', runId, 'verification'],
    queryFn: ({ signal }) => control<Verification>(path(runId, '/verification'), { signal }),
    refetchInterval: query =>
      query.state.data && query.state.data.verified_at === null ? 5_000 : false,
    staleTime: 60_000,
    retry: false,
  })
}

export function useStopInstance() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (runId: string) => control<StopReport>(path(runId, '/stop'), { method: 'POST' }),
    onSettled: () => client.invalidateQueries({ queryKey: modelKeys.all }),
  })
}

export function useRestartInstance() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (runId: string) =>
      control<RunningInstance>(path(runId, '/restart'), { method: 'POST' }),
    onSettled: () => client.invalidateQueries({ queryKey: modelKeys.all }),
  })
}

/** Change what can be changed while it serves. */
export function usePatchInstance() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ runId, ...change }: InstancePatch & { runId: string }) =>
      control<RunningInstance>(path(runId), { method: 'PATCH', body: change }),
    onSettled: () => client.invalidateQueries({ queryKey: modelKeys.all }),
  })
}

/** Give each line that the engine writes from now on, after the last `tail`, until `signal`. */
export async function followLogs(
  runId: string,
  tail: number,
  signal: AbortSignal,
  each: (line: string) => void,
): Promise<void> {
  const url = `/api/v1${path(runId, '/logs')}?tail=${tail}&follow=true`
  await readEvents(url, { signal }, data => each(lineOf(data)))
}

/** The last lines an engine wrote. */
export async function readLogs(
  runId: string,
  tail: number,
  signal: AbortSignal,
): Promise<string[]> {
  const { lines } = await control<{ lines: string[] }>(path(runId, '/logs'), {
    query: { tail },
    signal,
  })
  return lines
}

function lineOf(data: string): string {
  try {
    const found: unknown = JSON.parse(data)
    if (typeof found === 'string') return found
    const { line } = found as { line?: unknown }
    return typeof line === 'string' ? line : data
  } catch {
    return data
  }
}
