/**
 * Markdown to a tree of safe elements. There is no HTML parser in this pipeline: a model's HTML becomes
 * text (apart from `<br>` and a few bare inline tags), so there is nothing to sanitize and forget.
 */
import type { Element, Root as Hast } from 'hast'
import type { Break, Html, Link, PhrasingContent, Root, RootContent, Text } from 'mdast'
import { cjkFriendlyExtension } from 'micromark-extension-cjk-friendly'
import remarkGfm from 'remark-gfm'
import remarkMath from 'remark-math'
import remarkParse from 'remark-parse'
import remarkRehype from 'remark-rehype'
import { type Processor, unified } from 'unified'
import { SKIP, visit } from 'unist-util-visit'
import { formulaSyntax, formulaTree } from './math'

function formulas(this: Processor): undefined {
  const data = this.data()
  const { micromarkExtensions = [], fromMarkdownExtensions = [] } = data
  data.micromarkExtensions = [...micromarkExtensions, formulaSyntax(), cjkFriendlyExtension()]
  data.fromMarkdownExtensions = [...fromMarkdownExtensions, formulaTree()]
}

const parser = unified()
  .use(remarkParse)
  .use(remarkGfm)
  .use(remarkMath, { singleDollarTextMath: false })
  .use(formulas)
  .freeze()

const lineBreak = /^<br\s*\/?>$/i
const inlineTag = /^<(\/?)(sub|sup|kbd|mark|u|s|b|i|em|strong|small)>$/i

/** Give a pair of bare inline tags its meaning; all other HTML is shown as the text it is. */
function htmlAsText(tree: Root): void {
  visit(tree, 'html', (node: Html, index, parent) => {
    if (!parent || index === undefined) return
    const value = node.value.trim()
    if (lineBreak.test(value)) {
      parent.children[index] = { type: 'break' } satisfies Break
      return SKIP
    }
    const opening = inlineTag.exec(value)
    if (opening && !opening[1]) {
      const closing = `</${opening[2]?.toLowerCase()}>`
      const end = parent.children.findIndex(
        (other, at) =>
          at > index && other.type === 'html' && other.value.trim().toLowerCase() === closing,
      )
      if (end > 0) {
        const inner = parent.children.slice(index + 1, end) as PhrasingContent[]
        const wrapped: PhrasingContent = {
          type: 'emphasis',
          children: inner,
          data: { hName: opening[2]?.toLowerCase() },
        }
        parent.children.splice(index, end - index + 1, wrapped)
        return index
      }
    }
    const text: Text = { type: 'text', value: node.value }
    const block =
      parent.type === 'root' || parent.type === 'listItem' || parent.type === 'blockquote'
    parent.children[index] = block ? { type: 'paragraph', children: [text] } : text
    return SKIP
  })
}

/** Chinese and Japanese punctuation and letters: a bare address ends before them. */
const wide = /[\u3000-\u303f\u3040-\u30ff\u3400-\u9fff\uff00-\uffef]/

/** "见 https://a.example。谢谢": cut the bare address where the other script begins. */
function cutWideAddresses(tree: Root): void {
  visit(tree, 'link', (node: Link, index, parent) => {
    const only = node.children.length === 1 ? node.children[0] : undefined
    if (!parent || index === undefined || only?.type !== 'text') return
    const at = only.value.search(wide)
    if (at <= 0 || !/^(?:https?:\/\/|www\.)/i.test(only.value)) return
    const rest = only.value.slice(at)
    if (!decodeURI(node.url).endsWith(rest)) return
    const shown = only.value.slice(0, at)
    node.url = shown.startsWith('www.') ? `http://${shown}` : shown
    only.value = shown
    parent.children.splice(index + 1, 0, { type: 'text', value: rest })
    return [SKIP, index + 2]
  })
}

/** Parse Markdown into its syntax tree. */
export function parse(source: string): Root {
  return parser.parse(source)
}

const toHast = unified().use(remarkRehype).freeze()

/**
 * Turn blocks of a syntax tree into elements. `prefix` keeps the footnotes of several answers apart.
 * The blocks themselves are changed: give each of them once.
 */
export function elements(blocks: RootContent[], prefix: string): Hast {
  const tree: Root = { type: 'root', children: blocks }
  htmlAsText(tree)
  cutWideAddresses(tree)
  const processor = prefix ? withPrefix(prefix) : toHast
  return processor.runSync(tree) as Hast
}

function withPrefix(prefix: string) {
  return unified().use(remarkRehype, { clobberPrefix: `${prefix}-` })
}

/** The text inside an element, as a reader sees it. */
export function textOf(node: Element | Hast): string {
  let text = ''
  visit(node, 'text', child => {
    text += child.value
  })
  return text
}
