import { expect, test } from 'vitest'
import { linesOf, pairsOf } from './lines'

test('arguments are lines, kept as they are but for the space around them', () => {
  expect(linesOf(' -y \n\n@scope/server  \n--root=/a b\n')).toEqual([
    '-y',
    '@scope/server',
    '--root=/a b',
  ])
})

test('secrets are names with values, which may hold the sign themselves', () => {
  expect(pairsOf('Authorization: Bearer a:b\nX-Empty', ':')).toEqual({
    Authorization: 'Bearer a:b',
    'X-Empty': '',
  })
  expect(pairsOf('KEY=a=b', '=')).toEqual({ KEY: 'a=b' })
})
