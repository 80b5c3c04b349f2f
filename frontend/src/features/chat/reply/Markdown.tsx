import { lazy, memo, Suspense } from 'react'
import { CrashBoundary } from './CrashBoundary'

const load = () => import('./markdown/Rendered')
const Rendered = lazy(load)

/** Fetch the renderer before it is needed. */
export function preloadMarkdown(): void {
  load().catch(() => undefined)
}

interface MarkdownProps {
  text: string
  /** The text will not grow any more. */
  finished: boolean
  /** Unique on the page. */
  id: string
}

/** An answer's Markdown; its plain text, in the same measure, until the renderer has arrived. */
export const Markdown = memo(function Markdown(props: MarkdownProps) {
  const plain = <div className="whitespace-pre-wrap break-words text-reading">{props.text}</div>
  return (
    <CrashBoundary fallback={plain}>
      <Suspense fallback={plain}>
        <Rendered {...props} />
      </Suspense>
    </CrashBoundary>
  )
})
