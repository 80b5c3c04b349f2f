/** What to try where a start does not fit: each try is asked of the server before it is offered. */
import type {
  CatalogVariant,
  Forecast,
  LaunchField,
  LaunchOptions,
  StartRequest,
} from '@/api/control/types'

export type Way =
  | { kind: 'option'; name: string; value: number | string }
  | { kind: 'variant'; variant: CatalogVariant }

const shortest = 1024
/** Forms of keys and values from the largest to the smallest. */
const smallCaches = ['fp8', 'fp8_e5m2', 'q8_0', 'int8', 'q4_0', 'int4']

/** Shorter contexts, each half the one before. */
export function contexts(from: number): number[] {
  const found: number[] = []
  for (let context = Math.floor(from / 2); context >= shortest; context = Math.floor(context / 2)) {
    found.push(context)
  }
  return found
}

/** Groups of ways; of each group the first that fits is enough, as it costs least. */
export function waysOf(fields: LaunchField[], settled: LaunchOptions): Way[][] {
  const names = new Set(fields.map(field => field.name))
  const groups: Way[][] = []
  const option = (name: string, values: (number | string)[]) => {
    if (names.has(name) && values.length > 0) {
      groups.push(values.map(value => ({ kind: 'option', name, value })))
    }
  }
  option('context_length', contexts(settled.context_length ?? 0))
  const slots = settled.slots ?? 1
  option('slots', slots > 1 ? [...new Set([Math.floor(slots / 2), 1])] : [])
  const caches = fields.find(field => field.name === 'cache_type')?.choices ?? []
  option(
    'cache_type',
    smallCaches.filter(one => caches.includes(one) && one !== settled.cache_type),
  )
  return groups
}

/** The largest other form of the model that fits, if there is one. */
export function smaller(variants: CatalogVariant[], current: CatalogVariant): Way | null {
  const size = (variant: CatalogVariant) => variant.size_bytes ?? variant.fit?.needed_bytes ?? 0
  const [best] = variants
    .filter(one => one.id !== current.id && one.fit?.fits)
    .sort((a, b) => size(b) - size(a))
  return best ? { kind: 'variant', variant: best } : null
}

/** Ask about each way until one of its group fits; those that do, in order. */
export async function findWays(
  body: StartRequest,
  groups: Way[][],
  foresee: (body: StartRequest) => Promise<Forecast>,
): Promise<Way[]> {
  const found: Way[] = []
  for (const group of groups) {
    for (const way of group) {
      if (way.kind !== 'option') continue
      const answer = await foresee({ ...body, [way.name]: way.value }).catch(() => null)
      if (!answer?.fit.fits) continue
      found.push(way)
      break
    }
  }
  return found
}
