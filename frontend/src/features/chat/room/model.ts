import type { ModelInfo } from '@/api/types'

/**
 * The model a chat goes on with: its own, the person's usual one, or the best that can be had now. A name
 * that the catalogue does not know is kept: the server says better than we what is wrong with it.
 */
export function chooseModel(
  models: ModelInfo[],
  own: string | null,
  usual: string | null,
): string | null {
  if (own) return own
  const chat = models.filter(model => model.kind === 'chat')
  if (usual && chat.some(model => model.id === usual && isThere(model))) return usual
  const order = [
    chat.find(model => model.state === 'ready' && !model.demonstration),
    chat.find(model => model.state === 'remote'),
    chat.find(model => isThere(model) && !model.demonstration),
    chat.find(model => isThere(model)),
  ]
  return order.find(model => model !== undefined)?.id ?? null
}

/** Whether a model can be written to without a download. */
export function isThere(model: ModelInfo): boolean {
  return (
    model.state !== 'not_downloaded' && model.state !== 'downloading' && model.state !== 'failed'
  )
}
