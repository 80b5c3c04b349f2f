import { expect, test } from 'vitest'
import { fakeModel } from '../testing'
import { grouped, keywords, matches } from './groups'
import { compact } from './names'

test('models stand by what it takes to use them', () => {
  const models = [
    fakeModel('far', { state: 'remote', endpoint: 'Zhipu' }),
    fakeModel('big', {
      state: 'not_downloaded',
      downloaded: false,
      fit: { fits: false, needed_bytes: 1, free_bytes: 0, reason: null },
    }),
    fakeModel('fitting', { state: 'not_downloaded', downloaded: false }),
    fakeModel('resting', { state: 'stopped' }),
    fakeModel('broken', { state: 'failed' }),
    fakeModel('loading', { state: 'loading' }),
    fakeModel('ready'),
    fakeModel('words', { kind: 'embedding' }),
  ]
  const shown = grouped(models).map(group => [group.name, group.models.map(model => model.id)])
  expect(shown).toEqual([
    ['running', ['ready', 'loading']],
    ['startable', ['broken', 'resting']],
    ['endpoints', ['far']],
    ['downloadable', ['fitting', 'big']],
  ])
  expect(grouped(models, '', false).map(group => group.name)).toEqual([
    'running',
    'startable',
    'endpoints',
  ])
})

test('of what is not here one of each family stands for all, until somebody types', () => {
  const away = (id: string, parameters: number, fits = true, needed_bytes = 1) =>
    fakeModel(id, {
      state: 'not_downloaded',
      downloaded: false,
      model_id: 'qwen3',
      parameters,
      fit: { fits, needed_bytes, free_bytes: 1, reason: null },
    })
  const models = [
    away('small', 1e9),
    away('good', 4e9),
    away('heavy', 4e9, true, 2),
    away('huge', 30e9, false),
    { ...away('unknown', 90e9), fit: null },
    { ...away('coming', 2e9), state: 'downloading' as const },
    { ...away('other', 70e9, false), model_id: 'llama' },
    { ...away('least', 60e9, false), model_id: 'llama' },
  ]
  const ids = (query?: string) =>
    grouped(models, query).map(group => [group.models.map(model => model.id), group.more])
  expect(ids()).toEqual([[['coming', 'good', 'least'], 5]])
  expect(ids('qwen3')).toEqual([[['small', 'coming', 'good', 'heavy', 'unknown', 'huge'], 0]])
})

test('an endpoint with hundreds of models has a list of some', () => {
  const many = Array.from({ length: 100 }, (_, index) =>
    fakeModel(`m${index}`, { state: 'remote', endpoint: 'Far' }),
  )
  const [first] = grouped(many)
  expect([first?.models.length, first?.more]).toEqual([40, 60])
  expect(grouped(many, 'm77')[0]?.models.map(model => model.id)).toEqual(['m77'])
})

test('every word of a search must be found somewhere', () => {
  const words = keywords(fakeModel('qwen3-4b-q4', { name: 'Qwen3 4B', capabilities: ['vision'] }))
  expect(matches('', 'qwen q4', words)).toBe(1)
  expect(matches('', 'vision llamacpp', words)).toBe(1)
  expect(matches('', 'qwen q8', words)).toBe(0)
})

test('contexts are counted in powers of two, other tokens in tens', () => {
  expect(compact(32_768, 'en')).toBe('32k')
  expect(compact(1_204, 'en')).toBe('1.2k')
  expect(compact(860, 'en')).toBe('860')
  expect(compact(1_048_576, 'en')).toBe('1M')
})
