/** Which addresses of a model's answer may become links or images. Everything else stays text. */

const linkProtocols = new Set(['http:', 'https:', 'mailto:'])

function parse(address: unknown): URL | null {
  if (typeof address !== 'string') return null
  try {
    // No base on purpose: a relative address would point into this application.
    return new URL(address)
  } catch {
    return null
  }
}

/** The address a link may have: absolute http(s), or mailto; null for all others. */
export function safeLink(address: unknown): string | null {
  const url = parse(address)
  if (!url || !linkProtocols.has(url.protocol)) return null
  // `https://bank.example@evil.example` reads like the wrong host.
  if (url.username || url.password) return null
  return url.href
}

/** Inline raster images. SVG is left out: it is a document, and its text can be a trap even in <img>. */
const inlineImage = /^data:image\/(?:png|jpe?g|gif|webp|avif|bmp);base64,[a-z0-9+/=\s]*$/i

export type ImageSource =
  | { kind: 'inline'; src: string }
  | { kind: 'remote'; src: string; host: string }

/** How an image may be shown: at once, after a click, or (null) not at all. */
export function imageSource(address: unknown): ImageSource | null {
  if (typeof address === 'string' && inlineImage.test(address)) {
    return { kind: 'inline', src: address }
  }
  const url = parse(address)
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null
  if (url.username || url.password) return null
  return { kind: 'remote', src: url.href, host: url.host }
}

/** Whether an `href` leads to a footnote of the same answer. */
export function isFootnote(address: unknown): address is string {
  return typeof address === 'string' && /^#[\w-]+-fn(?:ref)?-[\w-]+$/.test(address)
}
