import { type ClassValue, clsx } from 'clsx'
import { extendTailwindMerge } from 'tailwind-merge'

// The theme's own font sizes, so that `text-control text-ink` is not taken for two sizes or two colours.
const merge = extendTailwindMerge({
  extend: { theme: { text: ['mini', 'control', 'reading', 'title', 'display'] } },
})

/** Join class names; of two that set the same property the last one wins. */
export function cn(...classes: ClassValue[]): string {
  return merge(clsx(classes))
}
