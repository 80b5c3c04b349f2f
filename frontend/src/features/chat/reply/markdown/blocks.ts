/**
 * Cuts a growing answer into blocks, so that only its end is parsed and drawn again while it streams.
 * A block is settled once two more have begun after it (a list may still go on past a paragraph), or at
 * once before a top-level code fence, which is read without a Markdown parser: code is often long.
 */
import type { List, RootContent } from 'mdast'
import remend from 'remend'
import { parse } from './pipeline'

interface MarkdownBlock {
  kind: 'markdown'
  /** Where the block begins in the text; identifies it for good. */
  start: number
  /** The Markdown, healed where it is unfinished. Equal source means equal looks. */
  source: string
  nodes: RootContent[]
  done: boolean
}

interface CodeBlock {
  kind: 'code'
  start: number
  language: string
  source: string
  done: boolean
}

export type Block = MarkdownBlock | CodeBlock

export interface Split {
  text: string
  /** How many characters the settled blocks take. */
  settledLength: number
  settled: Block[]
  blocks: Block[]
  finished: boolean
}

export const nothing: Split = {
  text: '',
  settledLength: 0,
  settled: [],
  blocks: [],
  finished: false,
}

const opening = /^ {0,3}(`{3,}|~{3,})[ \t]*([^\n`]*)(?:\n|$)/
/** A reference can stand anywhere and change blocks before it, so such a text is one block. */
const reference = /^ {0,3}\[[^\]\n]+\]:/m

// What these two do would move the text behind them, and neither is needed for an unfinished end.
const healing = { comparisonOperators: false, singleTilde: false, linkMode: 'text-only' } as const

interface Fence {
  language: string
  code: string
  /** Length of the fence with its closing line, or null while it is open. */
  length: number | null
}

function readFence(text: string): Fence | null {
  const match = opening.exec(text)
  if (!match) return null
  const [head, marks = '', info = ''] = match
  const closing = new RegExp(`^ {0,3}\\${marks[0]}{${marks.length},}[ \\t]*$`, 'm')
  const body = text.slice(head.length)
  const end = closing.exec(body)
  const language = info.trim().split(/\s/)[0] ?? ''
  if (!end) return { language, code: body, length: null }
  const code = body.slice(0, end.index).replace(/\n$/, '')
  return { language, code, length: head.length + end.index + end[0].length }
}

/** Split `text`; what `before` has settled is kept where `text` only goes on from it. */
export function split(before: Split, text: string, finished: boolean): Split {
  if (before.text === text && before.finished === finished) return before
  // A finished text has settled its end too; where it is continued, that end goes on.
  const goesOn = !before.finished && text.startsWith(before.text)
  let settled = goesOn ? before.settled : []
  let at = goesOn ? before.settledLength : 0
  if (finished && reference.test(text)) {
    return { text, finished, settledLength: 0, settled: [], blocks: [whole(text)] }
  }
  const open: Block[] = []
  while (at < text.length) {
    const gap = /^(?:[ \t]*\n)+/.exec(text.slice(at, at + 200))
    if (gap) {
      at += gap[0].length
      continue
    }
    const fence = readFence(text.slice(at))
    if (fence) {
      const done = fence.length !== null || finished
      const block: Block = {
        kind: 'code',
        start: at,
        language: fence.language,
        source: fence.code,
        done,
      }
      if (fence.length === null) {
        open.push(block)
        break
      }
      settled = [...settled, block]
      at += fence.length
      continue
    }
    const step = readMarkdown(text, at, finished)
    settled = step.settled.length > 0 ? [...settled, ...step.settled] : settled
    open.push(...step.open)
    at = step.next
    if (!step.fence) break
  }
  const settledLength = open[0]?.start ?? at
  return { text, finished, settledLength, settled, blocks: [...settled, ...open] }
}

interface Step {
  settled: Block[]
  open: Block[]
  next: number
  /** The text goes on with a code fence. */
  fence: boolean
}

function readMarkdown(text: string, at: number, finished: boolean): Step {
  const rest = text.slice(at)
  const tail = finished ? rest : remend(rest, healing)
  const nodes = parse(tail).children
  const start = (node: RootContent) => node.position?.start.offset ?? 0
  // The parser's own indented code is not a fence; only what `readFence` can read is left to it.
  const fenceAt = nodes.findIndex(
    node => node.type === 'code' && opening.test(tail.slice(lineStart(tail, start(node)))),
  )
  const fence = fenceAt >= 0
  const all = finished ? nodes : cutLongList(nodes)
  const mine = fence ? all.slice(0, fenceAt) : all
  const blocks = mine.map((node, index): Block => {
    const following = all[index + 1]
    const end = following ? lineStart(tail, start(following)) : tail.length
    const begin = lineStart(tail, start(node))
    return {
      kind: 'markdown',
      start: at + begin,
      source: tail.slice(begin, end),
      nodes: [node],
      done: true,
    }
  })
  const fenceNode = nodes[fenceAt]
  if (fence && fenceNode) {
    return { settled: blocks, open: [], next: at + lineStart(tail, start(fenceNode)), fence }
  }
  if (finished) return { settled: blocks, open: [], next: text.length, fence }
  // The first part of a list that was cut is settled for sure.
  const keep = Math.max(0, blocks.length - (all.length > nodes.length ? 1 : 2))
  const open = blocks.slice(keep)
  const last = open.at(-1)
  if (last) last.done = false
  return { settled: blocks.slice(0, keep), open, next: text.length, fence }
}

/** A list longer than this is cut while it grows: parsed again at each token, it would hold up frames. */
const longList = 28
/** How many items stay together with the growing end. */
const keptItems = 6

function cutLongList(nodes: RootContent[]): RootContent[] {
  const list = nodes.at(-1)
  if (list?.type !== 'list' || list.children.length <= longList) return nodes
  const at = list.children.length - keptItems
  const next = list.children[at]
  if (!next) return nodes
  const head: List = { ...list, children: list.children.slice(0, at) }
  const rest: List = {
    ...list,
    start: list.ordered ? (list.start ?? 1) + at : list.start,
    children: list.children.slice(at),
    position: next.position,
  }
  return [...nodes.slice(0, -1), head, rest]
}

/** A node's position leaves out its indentation, which belongs to it all the same. */
function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

function whole(text: string): Block {
  const nodes = parse(text).children
  return { kind: 'markdown', start: 0, source: text, nodes, done: true }
}
