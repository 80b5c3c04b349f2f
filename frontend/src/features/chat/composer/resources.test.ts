import { expect, test } from 'vitest'
import { filesOf, nameOf } from './resources'

test('a resource is named by what it is', () => {
  expect(nameOf({ name: 'notes.txt', uri: 'x://1' }, 'text/markdown')).toBe('notes.txt')
  expect(nameOf({ name: 'Today', uri: 'note://today' }, 'text/markdown')).toBe('Today.md')
  expect(nameOf({ name: 'a/b', uri: 'file:///a/b.rs' }, null)).toBe('a-b.rs')
  expect(nameOf({ name: 'Today', uri: 'note://today' }, null)).toBe('Today.txt')
})

test('texts and bytes become files', async () => {
  const resource = { uri: 'x://y', name: 'Y', description: '', media_type: 'image/png', size: null }
  const [picture, words] = filesOf(resource, [
    { text: null, data: btoa('\x89PNG'), media_type: null },
    { text: 'hello', data: null, media_type: 'text/plain' },
    { text: null, data: null, media_type: null },
  ])
  expect([picture?.name, picture?.type, picture?.size]).toEqual(['Y.png', 'image/png', 4])
  expect(await words?.text()).toBe('hello')
})
