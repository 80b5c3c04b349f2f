import { expect, test } from 'vitest'
import { nextSentences, spoken } from './sentences'

/** Everything that is said while `text` arrives in pieces of `step` characters. */
function said(text: string, step: number, locale = 'en'): string[] {
  const all: string[] = []
  let from = 0
  for (let to = step; to < text.length; to += step) {
    const { speech, upTo } = nextSentences(text.slice(0, to), from, false, locale, 'Code.')
    from = upTo
    if (speech) all.push(speech)
  }
  const rest = nextSentences(text, from, true, locale, 'Code.').speech
  return rest ? [...all, rest] : all
}

test('whole sentences are said as they come, each once', () => {
  expect(said('One is here. Two is there. And three', 1)).toEqual([
    'One is here.',
    'Two is there.',
    'And three',
  ])
})

test('a number is not cut at its point', () => {
  expect(said('Pi is 3.14 or so. Yes.', 1)).toEqual(['Pi is 3.14 or so.', 'Yes.'])
})

test('Chinese sentences end at their own stop', () => {
  expect(said('天空是蓝色的。因为散射。好', 1, 'zh-CN')).toEqual(['天空是蓝色的。', '因为散射。好'])
})

test('code is announced and not read out', () => {
  const text = 'Look at this.\n\n```py\nx = 1. y = 2.\n```\n\nIt is done. Good.'
  expect(said(text, 3).join(' ')).toBe('Look at this. Code. It is done. Good.')
})

test('the marks of Markdown are silent', () => {
  expect(spoken('## A **bold** [link](https://x.y)\n\n- `item`', 'Code.')).toBe(
    'A bold link\n\n item',
  )
})
