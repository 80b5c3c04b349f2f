import { Plus } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Button } from '@/components/button'
import { Section } from '@/components/section'

interface MadeListProps {
  title: string
  note: string
  /** Names the button that makes one more. */
  make: string
  /** Said where there is none. */
  none?: string
  rows: ReactNode[]
  /** Asks for what one more takes. */
  form(close: () => void): ReactNode
}

/** What somebody has made so far, and the way to one more. */
export function MadeList({ title, note, make, none, rows, form }: MadeListProps) {
  const [making, setMaking] = useState(false)
  return (
    <Section
      title={title}
      note={note}
      action={
        <Button onClick={() => setMaking(true)}>
          <Plus aria-hidden className="size-4" />
          {make}
        </Button>
      }
    >
      {rows.length > 0 && <ul className="flex flex-col gap-1">{rows}</ul>}
      {rows.length === 0 && none && <p className="text-ink-faint">{none}</p>}
      {making && form(() => setMaking(false))}
    </Section>
  )
}
