/** Which buttons mend an error. Pure. */
import type { Permissions } from '@/api/permissions'
import type { ErrorInfo, ModelInfo } from '@/api/types'

export type Remedy =
  | { kind: 'retry' }
  | { kind: 'continue' }
  | { kind: 'useModel'; model: ModelInfo }
  | { kind: 'longer'; context: number }
  | { kind: 'logs' }
  | { kind: 'models' }
  | { kind: 'params' }

type Kind = Remedy['kind']

const byCode: Record<string, Kind[]> = {
  context_length_exceeded: ['longer', 'useModel', 'params'],
  invalid_value: ['params'],
  engine_rejected: ['params', 'retry'],
  payload_too_large: [],
  invalid_api_key: [],
  forbidden: [],
  model_not_found: ['useModel', 'models'],
  engine_missing: ['useModel', 'models'],
  rate_limit_exceeded: ['retry'],
  queue_full: ['retry', 'useModel'],
  engine_busy: ['retry', 'useModel'],
  engine_died: ['retry', 'useModel', 'logs'],
  engine_error: ['retry', 'useModel', 'logs'],
  engine_refused: ['retry', 'useModel', 'logs'],
  engine_stalled: ['retry', 'useModel', 'logs'],
  engine_malformed: ['retry', 'useModel', 'logs'],
  engine_not_ready: ['retry', 'useModel', 'logs'],
  launch_failed: ['retry', 'useModel', 'logs'],
  branch_busy: ['retry'],
  store_unavailable: ['retry'],
  shutting_down: ['retry'],
}

const readiness = (model: ModelInfo) => {
  if (model.state === 'ready') return 0
  if (model.state === 'remote') return 1
  return model.state === 'stopped' ? 2 : 3
}

/** Another model that could answer instead, the readiest first; undefined where there is none. */
export function otherModel(
  models: ModelInfo[],
  current: string | null,
  error: ErrorInfo,
): ModelInfo | undefined {
  const own = models.find(model => model.id === current)
  const longer = error.code === 'context_length_exceeded'
  return (
    models
      .filter(model => model.kind === 'chat' && model.id !== current && readiness(model) < 3)
      // of a model whose context nobody knows, nobody knows which is longer
      .filter(
        model =>
          !longer ||
          (model.context_length ?? 0) > (own?.context_length ?? Number.POSITIVE_INFINITY),
      )
      .sort(
        (a, b) =>
          readiness(a) - readiness(b) ||
          // A demonstration answers anything badly: only where nothing else is there.
          Number(a.demonstration) - Number(b.demonstration) ||
          (b.parameters ?? 0) - (a.parameters ?? 0),
      )[0]
  )
}

/** Twice the context a model has now, at most `limit`; null where there is no more to have. */
function longerContext(own: ModelInfo | undefined, limit: number): number | null {
  if (!own?.context_length || own.state === 'remote') return null
  const longer = Math.min(own.context_length * 2, limit)
  return longer > own.context_length ? longer : null
}

interface Circumstances {
  models: ModelInfo[]
  /** The model that was to answer. */
  current: string | null
  /** Part of the answer is there. */
  interrupted: boolean
  /** The longest context that the current model knows; 0 until that is known. */
  limit?: number
  may: Pick<Permissions, 'runModels' | 'readLogs'>
  /** It stands in no chat, whose model, parameters and drawer could help. */
  bare?: boolean
}

/** What helps anywhere. */
const anywhere: readonly Kind[] = ['retry', 'models']

/** The buttons for an error that this person may press, in the order in which they are likely to help. */
export function remediesOf(
  error: ErrorInfo,
  { models, current, interrupted, limit = 0, may, bare = false }: Circumstances,
): Remedy[] {
  const kinds = byCode[error.code] ?? ['retry']
  const own = models.find(model => model.id === current)
  return kinds.flatMap((kind): Remedy[] => {
    if (bare && !anywhere.includes(kind)) return []
    if (kind === 'useModel') {
      const model = otherModel(models, current, error)
      return model ? [{ kind, model }] : []
    }
    // Remote models have no log here.
    if (kind === 'logs' && !(may.readLogs && own?.run_id)) return []
    if (kind === 'longer') {
      const context = may.runModels ? longerContext(own, limit) : null
      return context ? [{ kind, context }] : []
    }
    if (kind === 'retry' && interrupted) return [{ kind: 'continue' }, { kind }]
    return [{ kind }]
  })
}
