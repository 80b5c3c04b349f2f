import mermaid from 'mermaid'
import { withoutTags } from './diagrams'

/** Mermaid reads no OKLCH: let the browser paint a token's colour and take it from the pixel. */
function colour(token: string): string {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  if (!context) return '#808080'
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(token).trim()
  context.fillRect(0, 0, 1, 1)
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data
  return `#${[red, green, blue].map(part => part.toString(16).padStart(2, '0')).join('')}`
}

const protectedKeys = [
  'secure',
  'securityLevel',
  'startOnLoad',
  'maxTextSize',
  'maxEdges',
  'suppressErrorRendering',
  'htmlLabels',
  'dompurifyConfig',
  'fontFamily',
  'altFontFamily',
  'themeCSS',
  'themeVariables',
] as const

function configure(dark: boolean): void {
  const ink = colour('--ink')
  const line = colour('--ink-faint')
  const raised = colour('--raised')
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    // What a diagram's own directives may not change, besides what Mermaid protects by itself.
    secure: [...protectedKeys],
    suppressErrorRendering: true,
    // Labels as SVG text: in an <img> foreign HTML would need fonts and styles it cannot have.
    htmlLabels: false,
    flowchart: { htmlLabels: false },
    maxTextSize: 50_000,
    maxEdges: 500,
    theme: 'base',
    fontFamily: 'system-ui, "Noto Sans SC", sans-serif',
    themeVariables: {
      darkMode: dark,
      background: raised,
      primaryColor: colour('--sunken'),
      primaryTextColor: ink,
      primaryBorderColor: line,
      lineColor: line,
      textColor: ink,
      fontSize: '14px',
    },
  })
}

interface Drawing {
  /** A whole SVG document. */
  svg: string
  /** Its natural width in CSS pixels. */
  width: number
}

const kept = 40
const drawings = new Map<string, Promise<Drawing>>()
let last = 0
let queue: Promise<unknown> = Promise.resolve()

/** Draw a diagram as a document of its own. Mermaid keeps global state, so one at a time. */
export function draw(source: string, dark: boolean): Promise<Drawing> {
  const key = `${dark} ${source}`
  const known = drawings.get(key)
  if (known) return known
  const turn = queue.then(async () => {
    configure(dark)
    const { svg } = await mermaid.render(`diagram-${++last}`, withoutTags(source))
    return standalone(svg)
  })
  queue = turn.catch(() => undefined)
  drawings.set(key, turn)
  const oldest = drawings.size > kept ? drawings.keys().next().value : undefined
  if (oldest !== undefined) drawings.delete(oldest)
  return turn
}

function standalone(markup: string): Drawing {
  const page = new DOMParser().parseFromString(markup, 'text/html')
  const svg = page.querySelector('svg')
  if (!svg) throw new Error('mermaid made no drawing')
  const [, , width = 600, height = 400] = (svg.getAttribute('viewBox') ?? '')
    .split(/[\s,]+/)
    .map(Number)
  svg.setAttribute('width', String(Math.ceil(width)))
  svg.setAttribute('height', String(Math.ceil(height)))
  svg.style.maxWidth = ''
  return { svg: new XMLSerializer().serializeToString(svg), width: Math.ceil(width) }
}
