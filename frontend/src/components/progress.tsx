import { cn } from '@/lib/cn'

interface ProgressProps {
  /** 0 to 1; null while nobody knows. */
  value: number | null
  label: string
  className?: string
}

/** A thin bar in the colour of what is going on. */
export function Progress({ value, label, className }: ProgressProps) {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={value === null ? undefined : Math.round(value * 100)}
      className={cn('h-1 overflow-hidden rounded-full bg-pressed', className)}
    >
      <div
        className={cn(
          'h-full origin-left rounded-full bg-live transition-transform',
          value === null && 'animate-pulse',
        )}
        style={{ transform: `scaleX(${value === null ? 1 : Math.min(1, Math.max(0, value))})` }}
      />
    </div>
  )
}
