import { Code2, Workflow } from 'lucide-react'
import { memo, useEffect, useState } from 'react'
import { IconButton } from '@/components/button'
import { useTranslations } from '@/i18n'
import { CopyButton } from '../CopyButton'
import { Code } from './Code'

type Drawn = { url: string; width: number } | 'failed' | null

/** A finished Mermaid diagram, with its source one press away. */
export const Diagram = memo(function Diagram({ source }: { source: string }) {
  const t = useTranslations('reply')
  const [asSource, setAsSource] = useState(false)
  const dark = useDark()
  const drawn = useDrawing(source, dark)
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
      <div className="diagram" tabIndex={0}>
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
 * nothing is fetched.
 */
function useDrawing(source: string, dark: boolean): Drawn {
  const [drawn, setDrawn] = useState<Drawn>(null)
  useEffect(() => {
    let current = true
    let url: string | undefined
    import('./mermaid')
      .then(({ draw }) => draw(source, dark))
      .then(({ svg, width }) => {
        if (!current) return
        url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }))
        setDrawn({ url, width })
      })
      .catch(() => current && setDrawn('failed'))
    return () => {
      current = false
      if (url) URL.revokeObjectURL(url)
    }
  }, [source, dark])
  return drawn
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
