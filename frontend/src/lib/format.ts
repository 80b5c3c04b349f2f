/** Numbers for people, in the page's language. Pure; the locale is given. */

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** 2_469_606_195 → "2.5 GB" (decimal units, as disks and downloads count). */
export function formatBytes(bytes: number, locale: string): string {
  const power = Math.min(
    units.length - 1,
    Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)),
  )
  const value = bytes / 1000 ** power
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: units[power],
    unitDisplay: 'short',
    maximumFractionDigits: value < 10 && power > 1 ? 1 : 0,
  }).format(value)
}

/** 0.43 → "43 %", as the language writes it. */
export function formatPercent(share: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(share)
}

export function formatNumber(value: number, locale: string, digits = 0): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value)
}

/** Milliseconds → "40 ms", "0.31 s", "12 s", "3 min 20 s". */
export function formatDuration(ms: number, locale: string): string {
  const as = (value: number, unit: string, digits: number) => {
    // English has "s" only as a narrow form, and that without its space.
    const unitDisplay = unit !== 'minute' && locale.startsWith('en') ? 'narrow' : 'short'
    const fraction = { minimumFractionDigits: digits, maximumFractionDigits: digits }
    return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay, ...fraction })
      .format(value)
      .replace(/(\d)(m?s)$/, '$1\u00a0$2')
  }
  if (ms < 100) return as(Math.round(ms), 'millisecond', 0)
  if (ms < 1_000) return as(ms / 1000, 'second', 2)
  if (ms < 10_000) return as(ms / 1000, 'second', 1)
  if (ms < 59_500) return as(ms / 1000, 'second', 0)
  const seconds = Math.round(ms / 1000)
  const minutes = as(Math.floor(seconds / 60), 'minute', 0)
  return seconds % 60 === 0 ? minutes : `${minutes} ${as(seconds % 60, 'second', 0)}`
}

/** "⌘" on Apple's systems, "Ctrl" elsewhere. */
export const modKey = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl'

/** 7_600_000_000 → "7.6B", as model names write it. */
export function formatParameters(count: number): string {
  const [value, unit] = count >= 1e9 ? [count / 1e9, 'B'] : [count / 1e6, 'M']
  return `${value >= 100 ? Math.round(value) : Number(value.toPrecision(2))}${unit}`
}

/** Sentences one after the other; what ends in a full-width stop brings its own space along. */
export function inARow(...sentences: (string | null | undefined | false)[]): string {
  return sentences
    .filter(Boolean)
    .join(' ')
    .replace(/([。！？]) /g, '$1')
}
