/** The model list in groups, by what it takes to use one. Pure. */
import type { ModelInfo } from '@/api/types'

type GroupName = 'running' | 'startable' | 'downloadable' | 'endpoints'

export interface Group {
  name: GroupName
  models: ModelInfo[]
  /** How many there are besides. */
  more: number
}

// Every row costs the browser time before the list is open, and nobody reads hundreds: who wants one types.
const MOST = 40

// What can be used now comes first; the catalogue is long.
const order: GroupName[] = ['running', 'startable', 'endpoints', 'downloadable']

/** What it takes to talk to this model. */
function groupOf(model: ModelInfo): GroupName {
  switch (model.state) {
    case 'remote':
      return 'endpoints'
    case 'ready':
    case 'loading':
    case 'starting':
    case 'restarting':
    case 'stopping':
      return 'running'
    case 'unreachable':
      return model.endpoint ? 'endpoints' : 'running'
    case 'not_downloaded':
    case 'downloading':
      return 'downloadable'
    case 'stopped':
    case 'failed':
      return model.downloaded ? 'startable' : 'downloadable'
  }
}

const readyFirst = (model: ModelInfo) => (model.state === 'ready' ? 0 : 1)
const fittingFirst = (model: ModelInfo) => (model.fit?.fits === false ? 1 : 0)

const family = (model: ModelInfo) => model.model_id ?? model.name

const strength = (model: ModelInfo) => model.parameters ?? 0
const hope = (model: ModelInfo) => (model.fit ? (model.fit.fits ? 2 : 0) : 1)
const weight = (model: ModelInfo) => model.fit?.needed_bytes ?? 0

/** Of two of a family the one to offer comes last: the strongest that fits, in its lightest form, else the least. */
function forOffer(a: ModelInfo, b: ModelInfo): number {
  return (
    hope(a) - hope(b) ||
    (strength(a) - strength(b)) * (hope(a) === 2 ? 1 : -1) ||
    weight(b) - weight(a)
  )
}

/** One of each family, and what is on its way. */
function samples(models: ModelInfo[]): ModelInfo[] {
  const best = new Map([...models].sort(forOffer).map(model => [family(model), model]))
  return models.filter(
    model => model.state !== 'not_downloaded' || best.get(family(model)) === model,
  )
}

/**
 * Chat models in their groups, empty groups left out, each with the most useful first. What would have to
 * be fetched is only for those who may, and without a query one of each family speaks for all.
 */
export function grouped(models: ModelInfo[], query = '', mayFetch = true): Group[] {
  const chat = models.filter(model => model.kind === 'chat')
  const names = order.filter(name => mayFetch || name !== 'downloadable')
  return names.flatMap((name): Group[] => {
    const mine = chat
      .filter(model => groupOf(model) === name && matches(model.id, query, keywords(model)))
      .sort(
        (a, b) =>
          readyFirst(a) - readyFirst(b) ||
          fittingFirst(a) - fittingFirst(b) ||
          family(a).localeCompare(family(b)) ||
          (a.parameters ?? 0) - (b.parameters ?? 0) ||
          a.name.localeCompare(b.name) ||
          (a.size_bytes ?? 0) - (b.size_bytes ?? 0),
      )
    const some = name === 'downloadable' && !query.trim() ? samples(mine) : mine
    const shown = some.slice(0, MOST)
    return mine.length > 0 ? [{ name, models: shown, more: mine.length - shown.length }] : []
  })
}

/** The words a model is found by besides its name. */
export function keywords(model: ModelInfo): string[] {
  return [
    model.name,
    model.id,
    model.model_id,
    model.size,
    model.quantization,
    model.engine,
    model.endpoint,
    ...model.capabilities,
  ].filter((word): word is string => Boolean(word))
}

/** Every word of the query must stand somewhere, the way people search; cmdk's 1 or 0. */
export function matches(_value: string, query: string, words: string[] = []): number {
  const all = words.join(' ').toLowerCase()
  return query
    .toLowerCase()
    .split(/\s+/)
    .every(word => all.includes(word))
    ? 1
    : 0
}
