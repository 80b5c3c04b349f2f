/** Which models of the catalogue are shown, and how each stands. Pure. */
import type { CatalogModel, CatalogVariant } from '@/api/control/types'
import type { ErrorInfo } from '@/api/types'

export const kinds = ['chat', 'embedding', 'rerank'] as const
export type Kind = (typeof kinds)[number]

export interface Filters {
  query: string
  kind: Kind
  engine: string
  capability: string
  /** Only what fits into this machine now. */
  fits: boolean
  downloaded: boolean
}

export const noFilters: Filters = {
  query: '',
  kind: 'chat',
  engine: '',
  capability: '',
  fits: false,
  downloaded: false,
}

/** Whether anything but the tab is chosen. */
export function isFiltered({ kind: _, ...chosen }: Filters): boolean {
  return Object.values(chosen).some(Boolean)
}

export function filtered(models: CatalogModel[], filters: Filters): CatalogModel[] {
  const words = filters.query.toLowerCase().split(/\s+/).filter(Boolean)
  return models.filter(model => {
    if (model.kind !== filters.kind) return false
    if (filters.engine && !model.engines.includes(filters.engine)) return false
    if (filters.capability && !model.capabilities.includes(filters.capability)) return false
    if (filters.fits && !model.variants.some(variant => variant.fit?.fits)) return false
    if (filters.downloaded && !model.variants.some(variant => variant.downloaded)) return false
    const said = searched(model)
    return words.every(word => said.includes(word))
  })
}

function searched(model: CatalogModel): string {
  return [
    model.id,
    model.name,
    model.description,
    model.description_zh,
    ...model.sizes,
    ...model.quantizations,
    ...model.engines,
    ...model.capabilities,
  ]
    .join(' ')
    .toLowerCase()
}

/** The description in the page's language; the catalogue's own where it has no other. */
export function describe(
  model: Pick<CatalogModel, 'description' | 'description_zh'>,
  locale: string,
): string {
  return (locale.startsWith('zh') && model.description_zh) || model.description
}

export type Standing =
  | { how: 'running' | 'moving' | 'failed' | 'downloaded'; variant: CatalogVariant }
  | { how: 'fits'; variant: CatalogVariant }
  | { how: 'tooLarge'; variant: CatalogVariant; reason: string | null }
  | { how: 'engine'; variant: CatalogVariant; error: ErrorInfo | null }
  | { how: 'unknown' }

const moving = new Set(['starting', 'loading', 'restarting', 'downloading', 'stopping'])

const bySize = (a: CatalogVariant, b: CatalogVariant) =>
  (a.size_bytes ?? a.fit?.needed_bytes ?? 0) - (b.size_bytes ?? b.fit?.needed_bytes ?? 0)

/** Whether nothing is wrong with it but that none of its engines is here. */
export function lacksEngine(variant: CatalogVariant): boolean {
  return variant.error?.code === 'engine_missing'
}

/** The one thing that is worth saying of a model first. */
export function standing(model: CatalogModel): Standing {
  const { variants } = model
  const running = variants.find(one => one.state === 'ready')
  if (running) return { how: 'running', variant: running }
  const going = variants.find(one => moving.has(one.state))
  if (going) return { how: 'moving', variant: going }
  const failed = variants.find(one => one.state === 'failed' || one.state === 'unreachable')
  if (failed) return { how: 'failed', variant: failed }
  const here = variants.find(one => one.downloaded)
  if (here) return { how: 'downloaded', variant: here }
  const judged = variants.filter(one => one.fit).sort(bySize)
  const fitting = judged.find(one => one.fit?.fits)
  if (fitting) return { how: 'fits', variant: fitting }
  const [smallest] = judged
  if (smallest) {
    return { how: 'tooLarge', variant: smallest, reason: smallest.fit?.reason ?? null }
  }
  const lacking = variants.find(lacksEngine)
  if (lacking) return { how: 'engine', variant: lacking, error: lacking.error ?? null }
  return { how: 'unknown' }
}

/** How one size of a model stands: the best of its variants. */
export function sizeStanding(
  model: CatalogModel,
  size: string,
): 'here' | 'fits' | 'tooLarge' | 'engine' | 'unknown' {
  const variants = model.variants.filter(variant => (variant.size ?? '') === size)
  if (variants.some(variant => variant.downloaded)) return 'here'
  if (variants.some(variant => variant.fit?.fits)) return 'fits'
  if (variants.some(variant => variant.fit)) return 'tooLarge'
  return variants.some(lacksEngine) ? 'engine' : 'unknown'
}
