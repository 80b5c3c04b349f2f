import { expect, test } from 'vitest'
import { readFresh, turned } from './fresh'

test('what was read before a turn began is read again', async () => {
  const answers = ['old', 'new']
  const found = await readFresh('a', async () => {
    const answer = answers.shift()
    if (answer === 'old') turned('a')
    return answer
  })
  expect(found).toBe('new')
})

test('turns of other chats do not matter', async () => {
  let reads = 0
  await readFresh('a', async () => {
    reads += 1
    turned('b')
  })
  expect(reads).toBe(1)
})
