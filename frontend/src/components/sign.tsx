import { cn } from '@/lib/cn'

interface SignProps {
  letter: string
  /** One of the named colours of tokens.css. */
  colour: string
  className?: string
}

/** The sign of a persona: its letter on its colour. The name stands beside it. */
export function Sign({ letter, colour, className }: SignProps) {
  const ink = `var(--sign-${colour})`
  return (
    <span
      aria-hidden
      className={cn(
        'grid size-6 shrink-0 select-none place-items-center overflow-hidden rounded-full font-semibold text-mini leading-none',
        className,
      )}
      style={{ color: ink, background: `color-mix(in oklch, ${ink} 15%, transparent)` }}
    >
      {letter}
    </span>
  )
}

export const signColours = [
  'blue',
  'teal',
  'green',
  'olive',
  'amber',
  'red',
  'pink',
  'violet',
  'grey',
] as const
export type SignColour = (typeof signColours)[number]
