import type { ModelInfo } from '@/api/types'

/** A model of the list by the name that chats and messages keep: its id, or another that means it. */
export function findModel(
  models: ModelInfo[],
  id: string | null | undefined,
): ModelInfo | undefined {
  if (!id) return undefined
  // As the server reads names: Ollama's `model:size` too.
  const plain = id.toLowerCase().replaceAll(':', '-')
  return (
    models.find(model => model.id === id) ??
    models.find(model => [model.id, ...model.aliases].some(name => name === id || name === plain))
  )
}

/** Whether a model was named that does not exist here; not before the list is known. */
export function isGone(models: ModelInfo[], id: string | null | undefined): id is string {
  return Boolean(id) && models.length > 0 && !findModel(models, id)
}

/** Whether a model may be shown images; a remote one of which nothing is known may. */
export function sees(model: ModelInfo | undefined): boolean {
  if (!model) return false
  const unknown = model.state === 'remote' && model.capabilities.length === 0
  return unknown || model.capabilities.includes('vision')
}

/** Whether a model can call tools; of a remote one nobody knows. */
export function callsTools(model: ModelInfo | undefined): boolean {
  return !model || model.state === 'remote' || model.capabilities.includes('tools')
}

/** What people call a model; its id where the list does not know it. */
export function modelName(models: ModelInfo[], id: string | null | undefined): string | null {
  return findModel(models, id)?.name ?? id ?? null
}

/** Tokens in few letters: 32768 → "32k", 1204 → "1.2k". Contexts are counted in powers of two. */
export function compact(tokens: number, locale: string): string {
  if (tokens < 1000) return new Intl.NumberFormat(locale).format(tokens)
  const thousands = tokens % 1024 === 0 ? tokens / 1024 : tokens / 1000
  const digits = thousands < 10 ? 1 : 0
  const [value, unit] = thousands >= 1000 ? [thousands / 1000, 'M'] : [thousands, 'k']
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value)}${unit}`
}
