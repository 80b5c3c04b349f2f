import { type ReactNode, useRef } from 'react'
import { CopyButton } from '@/components/copy-button'
import { useTranslations } from '@/i18n'

/** A table that scrolls by itself and can be copied into a spreadsheet. */
export function Table({ children }: { children?: ReactNode }) {
  const t = useTranslations('reply')
  const table = useRef<HTMLTableElement>(null)
  return (
    <div className="table-frame group/table">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region needs focus */}
      <div className="table-scroll" tabIndex={0}>
        <table ref={table}>{children}</table>
      </div>
      <CopyButton
        label={t('copyTable')}
        text={() => (table.current ? tabSeparated(table.current) : '')}
        className="table-copy"
      />
    </div>
  )
}

/** Cells between tabs, rows between line breaks: what spreadsheets take. */
function tabSeparated(table: HTMLTableElement): string {
  return Array.from(table.rows, row =>
    Array.from(row.cells, cell => (cell.textContent ?? '').trim().replace(/\s+/g, ' ')).join('\t'),
  ).join('\n')
}
