/** A start as steps that are done, going on, or to come. Pure. */
import type {
  RunningInstance,
  StartProgress,
  StartRequest,
  Step,
  Transfer,
} from '@/api/control/types'
import type { ErrorInfo } from '@/api/types'

type StepName = Exclude<Step, 'error'>
const stepNames: StepName[] = ['resolve', 'download', 'launch', 'load', 'ready']

export interface Start {
  variant: string
  /** What people call it. */
  name: string
  /** What was asked for; null where another tab or an earlier visit began it. */
  body: StartRequest | null
  /** Milliseconds since the epoch. */
  begunAt: number
  /** When each step was first heard of. */
  reached: Partial<Record<Step, number>>
  step: Step
  download: Transfer | null
  instance: RunningInstance | null
  error: ErrorInfo | null
}

export function begin(variant: string, name: string, body: StartRequest, now: number): Start {
  return {
    variant,
    name,
    body,
    begunAt: now,
    reached: { resolve: now },
    step: 'resolve',
    download: null,
    instance: null,
    error: null,
  }
}

export function advance(start: Start, progress: StartProgress, now: number): Start {
  return {
    ...start,
    step: progress.step,
    reached: { ...start.reached, [progress.step]: start.reached[progress.step] ?? now },
    download: progress.download ?? start.download,
    instance: progress.instance ?? start.instance,
    error: progress.error,
  }
}

export function isOver(start: Start): boolean {
  return start.step === 'ready' || start.step === 'error'
}

const stepOfState: Partial<Record<RunningInstance['state'], Step>> = {
  starting: 'launch',
  restarting: 'launch',
  loading: 'load',
  ready: 'ready',
  failed: 'error',
  unreachable: 'error',
}

/** The start of an instance that this tab did not begin, as far as its state tells. */
export function ofInstance(instance: RunningInstance): Start | null {
  const step = stepOfState[instance.state]
  if (!step) return null
  const begunAt = instance.started_at ? Date.parse(instance.started_at) : Date.now()
  return {
    variant: instance.variant,
    name: instance.name,
    body: null,
    begunAt,
    reached: {},
    step,
    download: null,
    instance,
    error: instance.error,
  }
}

/** What is known of a start: what its stream told, corrected by what runs now where the stream ended. */
export function current(
  start: Start | undefined,
  instance: RunningInstance | undefined,
): Start | null {
  const seen = instance ? ofInstance(instance) : null
  if (!start) return seen
  if (!seen || start.step === 'resolve' || start.step === 'download') return start
  if (start.step === 'error' && seen.step !== 'ready') return start
  return { ...start, step: seen.step, instance: seen.instance, error: seen.error }
}

type StepState = 'done' | 'now' | 'failed' | 'todo'

export interface Line {
  step: StepName
  state: StepState
  /** 0 to 1; null while nobody knows. */
  share: number | null
  /** How long it took, in milliseconds; null where it was not seen. */
  tookMs: number | null
}

/** Where the start broke off. */
function failedAt(start: Start): StepName {
  if (start.instance) {
    return start.reached.load || start.instance.loading ? 'load' : 'launch'
  }
  return start.download ? 'download' : 'resolve'
}

export function timelineOf(start: Start): Line[] {
  const at = start.step === 'error' ? failedAt(start) : start.step
  const position = stepNames.indexOf(at)
  return stepNames
    .filter(step => step !== 'download' || start.download !== null || at === 'download')
    .map(step => {
      const place = stepNames.indexOf(step)
      const state: StepState =
        place < position || at === 'ready'
          ? 'done'
          : place > position
            ? 'todo'
            : start.step === 'error'
              ? 'failed'
              : 'now'
      return { step, state, share: shareOf(start, step), tookMs: tookMs(start, step) }
    })
}

function shareOf(start: Start, step: StepName): number | null {
  if (step === 'download') {
    const { download } = start
    return download?.bytes_total ? download.bytes_done / download.bytes_total : null
  }
  return step === 'load' ? (start.instance?.loading?.progress ?? null) : null
}

function tookMs(start: Start, step: StepName): number | null {
  const from = start.reached[step]
  if (from === undefined) return null
  const later = stepNames
    .slice(stepNames.indexOf(step) + 1)
    .map(next => start.reached[next])
    .find(time => time !== undefined)
  return later === undefined ? null : later - from
}
