/** How a field of one line looks. 16 px on touch, or else phones zoom in on it. */
export const fieldLook =
  'h-9 w-full rounded-sm border border-line-strong bg-raised px-2.5 text-control text-ink transition-colors placeholder:text-ink-faint hover:border-ink-faint disabled:text-ink-faint aria-invalid:border-bad touch:h-11 touch:text-base'
