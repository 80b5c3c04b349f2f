import { Code2, Workflow } from 'lucide-react'
import { memo, type RefObject, useEffect, useRef, useState } from 'react'
import { IconButton } from '@/components/button'
import { CopyButton } from '@/components/copy-button'
import { useTranslations } from '@/i18n'
import { Code } from './Code'

type Drawn = { url: string; width: number } | 'failed' | null

/** A finished Mermaid diagram, with its source one press away. */
export const Diagram = memo(function Diagram({ source }: { source: string }) {
  const t = useTranslations('reply')
  const [asSource, setAsSource] = useState(false)
  const dark = useDark()
  const place = useRef<HTMLDivElement>(null)
  const drawn = useDrawing(place, source, dark)
  if (asSource || drawn === 'failed') {
    return (
      <div>
        {drawn === 'failed' && <p className="text-ink-soft text-control">{t('diagramFailed')}</p>}
        <Code language="mermaid" code={source} done />
        {drawn !== 'failed' && (
          <button type="button" className="link text-control" onClick={() => setAsSource(false)}>
            <Workflow aria-hidden className="mr-1 inline size-4" />
            {t('showDiagram')}
          </button>
        )}
      </div>
    )
  }
  return (
    <figure className="code">
      <figcaption>
        <span>{t('diagram')}</span>
        <IconButton label={t('showSource')} onClick={() => setAsSource(true)}>
          <Code2 aria-hidden className="size-4" />
        </IconButton>
        <CopyButton label={t('copyCode')} text={() => source} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region needs focus */}
      <div ref={place} className="diagram" tabIndex={0}>
        {drawn ? (
          <img src={drawn.url} width={drawn.width} alt={source} />
        ) : (
          <pre>
            <code>{source}</code>
          </pre>
        )}
      </div>
    </figure>
  )
})

/**
 * The drawing as a blob that an <img> shows: whatever a diagram contains, in there no script runs and
 * nothing is fetched. Drawn once it is near the screen and the page has a moment: it takes long.
 */
function useDrawing(place: RefObject<HTMLElement | null>, source: string, dark: boolean): Drawn {
  const [drawn, setDrawn] = useState<Drawn>(null)
  useEffect(() => {
    const frame = place.current
    if (!frame) return
    let current = true
    let url: string | undefined
    const begin = async () => {
      try {
        const { draw } = await import('./mermaid')
        const { svg, width } = await draw(source, dark)
        if (!current) return
        url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }))
        setDrawn({ url, width })
      } catch {
        if (current) setDrawn('failed')
      }
    }
    const stop = whenSeen(frame, () => whenIdle(() => current && begin()))
    return () => {
      current = false
      stop()
      if (url) URL.revokeObjectURL(url)
    }
  }, [place, source, dark])
  return drawn
}

function whenSeen(element: HTMLElement, run: () => void): () => void {
  const watch = new IntersectionObserver(
    entries => {
      if (!entries.some(entry => entry.isIntersecting)) return
      watch.disconnect()
      run()
    },
    { rootMargin: '600px' },
  )
  watch.observe(element)
  return () => watch.disconnect()
}

function whenIdle(run: () => void): void {
  // Safari has no requestIdleCallback.
  if ('requestIdleCallback' in window) window.requestIdleCallback(run, { timeout: 3000 })
  else setTimeout(run, 200)
}

function useDark(): boolean {
  const [dark, setDark] = useState(() => document.documentElement.classList.contains('dark'))
  useEffect(() => {
    const root = document.documentElement
    const watch = new MutationObserver(() => setDark(root.classList.contains('dark')))
    watch.observe(root, { attributeFilter: ['class'] })
    return () => watch.disconnect()
  }, [])
  return dark
}
