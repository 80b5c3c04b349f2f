/**
 * Formulas in running text: `$x$`, `\(x\)` and `\[x\]` as a micromark extension, so that code spans and
 * escapes are respected. `$$…$$` is remark-math's. For a single dollar Pandoc's rule holds: no space
 * inside either dollar and no digit after the second, so that "$5 and $10" stays money.
 */

import type { CompileContext, Extension as FromMarkdown, Token } from 'mdast-util-from-markdown'
import type { InlineMath } from 'mdast-util-math'
import { markdownLineEnding } from 'micromark-util-character'
import type {
  Code,
  Construct,
  Effects,
  Extension,
  State,
  TokenizeContext,
} from 'micromark-util-types'

declare module 'micromark-util-types' {
  interface TokenTypeMap {
    formula: 'formula'
    formulaText: 'formulaText'
  }
}

const dollar = 36
const backslash = 92
const space = 32
/** Where a formula without an end is given up, in characters: "costs $" must not scan a whole answer. */
const longest = 4000

const isSpace = (code: Code) => code === null || code === space || code < 0
const isDigit = (code: Code) => code !== null && code >= 48 && code <= 57

/** Consume a character of a formula. Line ends must be tokens of their own. */
function take(effects: Effects, code: Code): void {
  if (!markdownLineEnding(code)) {
    effects.consume(code)
    return
  }
  effects.exit('formulaText')
  effects.enter('lineEnding')
  effects.consume(code)
  effects.exit('lineEnding')
  effects.enter('formulaText')
}

function begin(effects: Effects, code: Code): void {
  effects.enter('formula')
  effects.enter('formulaText')
  effects.consume(code)
}

function end(effects: Effects): void {
  effects.exit('formulaText')
  effects.exit('formula')
}

function tokenizeDollar(this: TokenizeContext, effects: Effects, ok: State, nok: State): State {
  let before: Code = null
  let length = 0
  const first: State = code => (isSpace(code) || code === dollar ? nok(code) : inside(code))
  const inside: State = code => {
    if (code === null || ++length > longest) return nok(code)
    const closes = code === dollar && before !== backslash
    if (closes && isSpace(before)) return nok(code)
    before = code
    take(effects, code)
    return closes ? after : inside
  }
  const after: State = code => {
    if (isDigit(code) || code === dollar) return nok(code)
    end(effects)
    return ok(code)
  }
  return code => {
    begin(effects, code)
    return first
  }
}

function brackets(opening: number, closing: number): Construct {
  function tokenize(this: TokenizeContext, effects: Effects, ok: State, nok: State): State {
    let length = 0
    const inside: State = code => {
      if (code === null || ++length > longest) return nok(code)
      take(effects, code)
      return code === backslash ? command : inside
    }
    const command: State = code => {
      if (code === null) return nok(code)
      // What follows a backslash belongs to it, so `\\)` ends nothing.
      take(effects, code)
      return code === closing ? after : inside
    }
    const after: State = code => {
      end(effects)
      return ok(code)
    }
    const open: State = code => {
      if (code !== opening) return nok(code)
      effects.consume(code)
      return inside
    }
    return code => {
      begin(effects, code)
      return open
    }
  }
  return { name: 'formulaBrackets', tokenize }
}

/** The syntax. */
export function formulaSyntax(): Extension {
  return {
    text: {
      [dollar]: { name: 'formulaDollar', tokenize: tokenizeDollar },
      [backslash]: [brackets(40, 41), brackets(91, 93)],
    },
  }
}

function enterFormula(this: CompileContext, token: Token): undefined {
  const source = this.sliceSerialize(token)
  const mark = source.startsWith('$') ? 1 : 2
  const value = source.slice(mark, -mark).trim()
  const look = source.startsWith('\\[') ? 'math-display' : 'math-inline'
  const node: InlineMath = {
    type: 'inlineMath',
    value,
    data: {
      hName: 'code',
      hProperties: { className: ['language-math', look] },
      hChildren: [{ type: 'text', value }],
    },
  }
  this.enter(node, token)
}

function exitFormula(this: CompileContext, token: Token): undefined {
  this.exit(token)
}

/** Its place in the syntax tree: the node that remark-math makes of `$$x$$` too. */
export function formulaTree(): FromMarkdown {
  return { enter: { formula: enterFormula }, exit: { formula: exitFormula } }
}
