/**
 * Formulas in running text: `$x$`, `\(x\)` and `\[x\]` as a micromark extension, so that code spans and
 * escapes are respected. `$$…$$` is remark-math's. For a single dollar Pandoc's rule holds: no space
 * inside either dollar and no digit after the second, so that "$5 and $10" stays money.
 */

import type { CompileContext, Extension as FromMarkdown, Token } from 'mdast-util-from-markdown'
import type { InlineMath } from 'mdast-util-math'
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
  }
}

const dollar = 36
const backslash = 92
const space = 32
/** Where a formula without an end is given up, in characters: "costs $" must not scan a whole answer. */
const longest = 4000

const isSpace = (code: Code) => code === null || code === space || code < 0
const isDigit = (code: Code) => code !== null && code >= 48 && code <= 57

function tokenizeDollar(this: TokenizeContext, effects: Effects, ok: State, nok: State): State {
  let before: Code = null
  let length = 0
  const first: State = code => (isSpace(code) || code === dollar ? nok(code) : inside(code))
  const inside: State = code => {
    if (code === null || ++length > longest) return nok(code)
    const closes = code === dollar && before !== backslash
    if (closes && isSpace(before)) return nok(code)
    before = code
    effects.consume(code)
    return closes ? after : inside
  }
  const after: State = code => {
    if (isDigit(code) || code === dollar) return nok(code)
    effects.exit('formula')
    return ok(code)
  }
  return code => {
    effects.enter('formula')
    effects.consume(code)
    return first
  }
}

function brackets(opening: number, closing: number): Construct {
  function tokenize(this: TokenizeContext, effects: Effects, ok: State, nok: State): State {
    let length = 0
    const inside: State = code => {
      if (code === null || ++length > longest) return nok(code)
      effects.consume(code)
      return code === backslash ? command : inside
    }
    const command: State = code => {
      if (code === null) return nok(code)
      // What follows a backslash belongs to it, so `\\)` ends nothing.
      effects.consume(code)
      return code === closing ? end : inside
    }
    const end: State = code => {
      effects.exit('formula')
      return ok(code)
    }
    const open: State = code => {
      if (code !== opening) return nok(code)
      effects.consume(code)
      return inside
    }
    return code => {
      effects.enter('formula')
      effects.consume(code)
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
