import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { control } from '../client'
import { modelKeys } from '../models'
import { controlKeys, segment } from './keys'
import type { CatalogModel, EngineInfo, Inspected, InspectedFile, Origin } from './types'

/** All models that can be launched, with their variants. */
export function catalogue() {
  return queryOptions({
    queryKey: controlKeys.catalogue,
    queryFn: ({ signal }) => control<CatalogModel[]>('/models', { signal }),
    staleTime: 10_000,
  })
}

/** Which engines can be used here, and if not, why. */
export function engineList() {
  return queryOptions({
    queryKey: controlKeys.engines,
    queryFn: ({ signal }) => control<EngineInfo[]>('/engines', { signal }),
    staleTime: 10_000,
  })
}

/** Look at what is there. @throws ApiError naming the field that is wrong. */
export function inspect(origin: Origin, signal?: AbortSignal): Promise<Inspected> {
  return control('/models/inspect', { method: 'POST', body: origin, signal })
}

/** What is added: the place, the file chosen of it, and how it is to be called. */
export interface Addition {
  id: string
  name: string
  origin: Origin
  /** Null where there was nothing to look at. */
  found: Inspected | null
  file: InspectedFile | null
}

/** The place of the one file that was chosen. */
function placeOf(origin: Origin, file: InspectedFile | null): Origin {
  if (!file?.file) return origin
  if (origin.hf_repo) return { ...origin, hf_file: file.file }
  if (!origin.path || origin.path.endsWith(file.file)) return origin
  return { path: `${origin.path.replace(/\/+$/, '')}/${file.file}` }
}

export function useAddModel() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, name, origin, found, file }: Addition) =>
      control<CatalogModel>('/models', {
        method: 'POST',
        body: {
          id,
          name,
          ...(found && { kind: found.kind }),
          // one repository may have the folder and GGUFs: which one is meant has to be said
          ...(file && { format: file.format, quantization: file.quantization }),
          ...placeOf(origin, file),
        },
      }),
    onSettled: () => client.invalidateQueries({ queryKey: modelKeys.all }),
  })
}

/** Take a model of one's own out again. */
export function useRemoveModel() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => control(`/models/${segment(id)}`, { method: 'DELETE' }),
    onSettled: () => client.invalidateQueries({ queryKey: modelKeys.all }),
  })
}

/** Delete the downloaded weights of a variant. */
export function useRemoveWeights() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (variant: string) =>
      control(`/models/${segment(variant)}/weights`, { method: 'DELETE' }),
    onSettled: () => client.invalidateQueries({ queryKey: modelKeys.all }),
  })
}
