/** Which models can be compared, and which are compared at first. Pure but for what this browser remembers. */
import type { ModelInfo } from '@/api/types'

export const least = 2
export const most = 4
const key = 'stellarchat.compare'

/** Models that can be asked without a download, the ones that run first. */
export function comparable(models: readonly ModelInfo[]): ModelInfo[] {
  const rank = (model: ModelInfo) =>
    model.state === 'ready' || model.state === 'remote' ? 0 : model.state === 'failed' ? 2 : 1
  return models
    .filter(
      model =>
        model.kind === 'chat' && model.state !== 'not_downloaded' && model.state !== 'downloading',
    )
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
}

/** The models of the last time as far as they are there, filled up with others. */
export function firstChoice(models: readonly ModelInfo[], before: readonly string[]): string[] {
  const known = new Set(models.map(model => model.id))
  const kept = before.filter(id => known.has(id)).slice(0, most)
  const others = models.map(model => model.id).filter(id => !kept.includes(id))
  return [...kept, ...others.slice(0, Math.max(0, least - kept.length))]
}

export function remembered(): string[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    return Array.isArray(found) ? found.filter(one => typeof one === 'string') : []
  } catch {
    return []
  }
}

export function remember(models: readonly string[]): void {
  try {
    localStorage.setItem(key, JSON.stringify(models))
  } catch {
    // Storage is full or blocked: next time begins anew.
  }
}
