import { expect, test } from 'vitest'
import { fillBlanks, readBlanks } from './blanks'

test('finds each blank once, in the order of the text', () => {
  const { blanks } = readBlanks(
    '{{ who }} writes {{tone:select:kind| strict |}} to {{who}} of {{x:text:a b}}',
  )
  expect(blanks).toEqual([
    { name: 'who', kind: 'text', options: [], initial: '' },
    { name: 'tone', kind: 'select', options: ['kind', 'strict'], initial: 'kind' },
    { name: 'x', kind: 'text', options: [], initial: 'a b' },
  ])
})

test('knows what fills itself, by our names and Open WebUI’s', () => {
  const { blanks, builtIns } = readBlanks(
    '{{date}} {{CLIPBOARD}} {{USER_LANGUAGE}} {{time:text:noon}}',
  )
  expect([...builtIns]).toEqual(['date', 'clipboard', 'language'])
  expect(blanks.map(one => one.name)).toEqual(['time'])
})

test('a select without anything to choose is a text', () => {
  expect(readBlanks('{{a:select:}}').blanks[0]).toMatchObject({ kind: 'text' })
})

test('leaves alone what is no blank', () => {
  for (const text of ['{a}', '{{}}', '{{ }}', '{{a\nb}}', '\\frac{{a}', 'f({{a:1, b:2}})']) {
    expect(readBlanks(text).blanks, text).toEqual([])
    expect(fillBlanks(text, { a: 'x' }, {})).toBe(text)
  }
})

test('fills every mention, word for word', () => {
  const text = '{{名字}} and {{名字}}: {{tone:select:kind|strict}} on {{date}}, {{missing}}'
  expect(fillBlanks(text, { 名字: '$& {{date}}', tone: 'strict' }, { date: 'today' })).toBe(
    '$& {{date}} and $& {{date}}: strict on today, {{missing}}',
  )
})
