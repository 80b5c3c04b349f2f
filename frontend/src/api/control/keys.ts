import { modelKeys } from '../models'

/** What changes when an instance does stands below `models`: the live socket makes it be read again. */
export const controlKeys = {
  catalogue: [...modelKeys.all, 'catalogue'] as const,
  running: [...modelKeys.all, 'running'] as const,
  downloads: [...modelKeys.all, 'downloads'] as const,
  engines: ['engines'] as const,
  endpoints: ['endpoints'] as const,
}

/** One path segment. */
export const segment = encodeURIComponent
