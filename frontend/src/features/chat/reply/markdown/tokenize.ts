/** Colours code with shiki and its JavaScript regular expressions: the page's CSP allows no WebAssembly. */
import { createCssVariablesTheme, createHighlighterCore, type HighlighterCore } from 'shiki/core'
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript'
import { grammars } from './grammars'
import type { Language } from './languages'

/** A piece of a line and the CSS variable of its colour; '' is the colour of plain text. */
export type Piece = [text: string, color: string]

const plain = 'var(--code-foreground)'
const theme = createCssVariablesTheme({ name: 'page', variablePrefix: '--code-', fontStyle: false })

let highlighter: Promise<HighlighterCore> | undefined

/** Lines of coloured pieces. */
export async function tokenize(code: string, language: Language): Promise<Piece[][]> {
  highlighter ??= createHighlighterCore({
    themes: [theme],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  })
  const shiki = await highlighter
  if (!shiki.getLoadedLanguages().includes(language)) {
    await shiki.loadLanguage(grammars[language]())
  }
  const options = {
    lang: language,
    theme: 'page',
    tokenizeMaxLineLength: 2000,
    tokenizeTimeLimit: 200,
  }
  return shiki.codeToTokensBase(code, options).map(line => {
    const pieces: Piece[] = []
    for (const token of line) {
      const color = token.color && token.color !== plain ? token.color : ''
      const last = pieces.at(-1)
      // White space has no colour: it joins what stands before it, which halves the elements.
      if (last && (last[1] === color || token.content.trim() === '')) last[0] += token.content
      else pieces.push([token.content, color])
    }
    return pieces
  })
}
