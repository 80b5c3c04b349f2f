import { cn } from '@/lib/cn'

/** The eight-ray star. It turns only while something is being generated. */
export function Mark({ turning = false, className }: { turning?: boolean; className?: string }) {
  return (
    <svg
      viewBox="0 0 24 24"
      aria-hidden="true"
      className={cn(
        'size-5 shrink-0 fill-current',
        turning && 'animate-[turn_6s_linear_infinite]',
        className,
      )}
    >
      <path d="M12 1L13.19 9.14L17.6 6.4L14.86 10.81L23 12L14.86 13.19L17.6 17.6L13.19 14.86L12 23L10.81 14.86L6.4 17.6L9.14 13.19L1 12L9.14 10.81L6.4 6.4L10.81 9.14Z" />
    </svg>
  )
}
