import type { ModelInfo } from '@/api/types'

/**
 * The model a chat goes on with: its own, the person's usual one, or the server's choice. A name that the
 * catalogue does not know is kept: the server says better than we what is wrong with it.
 */
export function chooseModel(
  models: ModelInfo[],
  own: string | null,
  usual: string | null,
): string | null {
  if (own) return own
  if (usual && models.some(model => model.id === usual && isThere(model))) return usual
  return models.find(model => model.default)?.id ?? null
}

/** Whether a model can be written to without a download. */
function isThere(model: ModelInfo): boolean {
  return (
    model.state !== 'not_downloaded' && model.state !== 'downloading' && model.state !== 'failed'
  )
}
