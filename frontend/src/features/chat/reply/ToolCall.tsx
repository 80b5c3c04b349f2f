import { ChevronRight, Wrench } from 'lucide-react'
import { memo } from 'react'
import { useTranslations } from '@/i18n'
import type { Piece } from './view'

/** JSON with line breaks where it is JSON already. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

export const ToolCall = memo(function ToolCall({ piece }: { piece: Piece & { type: 'tool_use' } }) {
  const t = useTranslations('reply')
  const words = piece.open
    ? t('toolCalling', { name: piece.name })
    : t('toolCall', { name: piece.name })
  return (
    <details className="group/tool my-2 rounded-md border border-line text-control">
      <summary className="flex min-h-9 cursor-pointer list-none items-center gap-2 px-3 text-ink-soft touch:min-h-11">
        <Wrench aria-hidden className="size-4" />
        <span className="min-w-0 flex-1 truncate">{words}</span>
        <ChevronRight
          aria-hidden
          className="size-4 transition-transform group-open/tool:rotate-90"
        />
      </summary>
      <pre className="overflow-x-auto border-line border-t px-3 py-2 font-mono text-mini">
        {pretty(piece.text)}
      </pre>
    </details>
  )
})
