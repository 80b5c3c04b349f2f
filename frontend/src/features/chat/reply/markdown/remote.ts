/**
 * Images from elsewhere that the reader has asked for. Kept beside the replies, because a reply is drawn
 * anew whenever it scrolls into view; gone with the page, so that a reload asks again.
 */
import { create } from 'zustand'
import { requestBytes } from '@/api/client'

export type RemoteState =
  | { step: 'loading'; abort: AbortController }
  | { step: 'loaded'; url: string }
  | { step: 'failed'; error: unknown }

/** So many are kept; the one loaded first goes first. */
const limit = 30

const useImages = create<{ images: ReadonlyMap<string, RemoteState> }>(() => ({
  images: new Map(),
}))

/** What is known of the image at an address; undefined where nobody asked for it. */
export function useRemote(address: string): RemoteState | undefined {
  return useImages(state => state.images.get(address))
}

function put(address: string, state: RemoteState | null): void {
  const images = new Map(useImages.getState().images)
  images.delete(address)
  if (state) images.set(address, state)
  const loaded = [...images].filter(([, one]) => one.step === 'loaded')
  for (const [old, one] of loaded.slice(0, Math.max(0, loaded.length - limit))) {
    images.delete(old)
    if (one.step === 'loaded') URL.revokeObjectURL(one.url)
  }
  useImages.setState({ images })
}

/** Have the server fetch an image, because the reader pressed Load. */
export async function loadRemote(address: string): Promise<void> {
  const known = useImages.getState().images.get(address)
  if (known?.step === 'loading' || known?.step === 'loaded') return
  const abort = new AbortController()
  put(address, { step: 'loading', abort })
  try {
    const bytes = await requestBytes('/api/images', {
      query: { url: address },
      signal: abort.signal,
    })
    put(address, { step: 'loaded', url: URL.createObjectURL(bytes) })
  } catch (error) {
    if (!abort.signal.aborted) put(address, { step: 'failed', error })
  }
}

/** Call off what `loadRemote` began. */
export function cancelRemote(address: string): void {
  const known = useImages.getState().images.get(address)
  if (known?.step !== 'loading') return
  known.abort.abort()
  put(address, null)
}

/** What came is no image that this browser can draw. */
export function spoilRemote(address: string): void {
  put(address, { step: 'failed', error: null })
}

/** For tests. */
export function forgetRemotes(): void {
  useImages.setState({ images: new Map() })
}
