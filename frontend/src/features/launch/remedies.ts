/** What to try where a start does not fit. Pure. */
import type { CatalogVariant, Fit, LaunchField } from '@/api/control/types'

export type Way =
  | { kind: 'option'; name: string; value: number | string }
  | { kind: 'variant'; variant: CatalogVariant }

const shortest = 1024

/** Shorter contexts, each half the one before. */
export function contexts(from: number): number[] {
  const found: number[] = []
  for (let context = Math.floor(from / 2); context >= shortest; context = Math.floor(context / 2)) {
    found.push(context)
  }
  return found
}

/** What the server says would fit, as far as the form can do it; else the largest other form that fits. */
export function waysOf(
  fit: Fit,
  fields: LaunchField[],
  variants: CatalogVariant[],
  current: CatalogVariant,
): Way[] {
  const names = new Set(fields.map(field => field.name))
  const found: Way[] = []
  for (const { option, value } of fit.ways) {
    const variant = option === 'variant' && variants.find(one => one.id === value)
    if (variant) found.push({ kind: 'variant', variant })
    else if (names.has(option)) found.push({ kind: 'option', name: option, value })
  }
  if (found.some(way => way.kind === 'variant')) return found
  const other = smaller(variants, current)
  return other ? [...found, other] : found
}

/** The largest other form of the model that fits, if there is one. */
export function smaller(variants: CatalogVariant[], current: CatalogVariant): Way | null {
  const size = (variant: CatalogVariant) => variant.size_bytes ?? variant.fit?.needed_bytes ?? 0
  const [best] = variants
    .filter(one => one.id !== current.id && one.fit?.fits)
    .sort((a, b) => size(b) - size(a))
  return best ? { kind: 'variant', variant: best } : null
}
