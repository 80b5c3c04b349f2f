import { expect, test } from 'vitest'
import { readFresh, turning } from './fresh'

test('what was read before a turn was stored is read again', async () => {
  const answers = ['old', 'new']
  const found = await readFresh('a', async () => {
    const answer = answers.shift()
    if (answer === 'old') turning('a')()
    return answer
  })
  expect(found).toBe('new')
})

test('nothing is read while a turn is on its way', async () => {
  const [first, second] = [turning('a'), turning('a')]
  const read: string[] = []
  const found = readFresh('a', async () => read.push('now'))
  await Promise.resolve()
  first()
  await Promise.resolve()
  expect(read).toEqual([])
  second()
  await found
  expect(read).toEqual(['now'])
})

test('turns of other chats do not matter', async () => {
  let reads = 0
  const over = turning('b')
  await readFresh('a', async () => {
    reads += 1
    turning('b')()
  })
  over()
  expect(reads).toBe(1)
})
