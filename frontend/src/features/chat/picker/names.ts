import type { ModelInfo } from '@/api/types'

/** A model of the list by the name that chats and messages keep. */
export function findModel(
  models: ModelInfo[],
  id: string | null | undefined,
): ModelInfo | undefined {
  return id ? models.find(model => model.id === id) : undefined
}

/** What people call a model; its id where the list does not know it. */
export function modelName(models: ModelInfo[], id: string | null | undefined): string | null {
  return findModel(models, id)?.name ?? id ?? null
}
