/** For tests: Markdown as HTML text. */
import { toHtml as write } from 'hast-util-to-html'
import { elements, parse } from './pipeline'

export function toHtml(source: string): string {
  return write(elements(parse(source).children, ''))
}
