import { expect, test } from 'vitest'
import { languageOf, languages } from './languages'
import { tokenize } from './tokenize'

test('code comes back whole, in coloured pieces', async () => {
  const code = 'def f(x):\n    # why\n    return "红" + x\n'
  const lines = await tokenize(code, 'python')
  expect(lines.map(line => line.map(([text]) => text).join('')).join('\n')).toBe(code)
  const colours = new Map(lines.flat().map(([text, colour]) => [text.trim(), colour]))
  expect(colours.get('# why')).toBe('var(--code-token-comment)')
  expect(colours.get('return')).toBe('var(--code-token-keyword)')
})

test.each(languages)('%s has a grammar that the JavaScript engine can run', async language => {
  const lines = await tokenize('a = "b" // c\n', language)
  expect(lines[0]?.map(([text]) => text).join('')).toBe('a = "b" // c')
})

test('languages are known by their usual names', () => {
  expect(languageOf('PY')).toBe('python')
  expect(languageOf('c++')).toBe('cpp')
  expect(languageOf('brainfuck')).toBeNull()
  expect(languageOf('constructor')).toBeNull()
  expect(languageOf('')).toBeNull()
})
