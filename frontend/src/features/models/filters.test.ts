import { expect, test } from 'vitest'
import type { CatalogModel, CatalogVariant } from '@/api/control/types'
import {
  filtered,
  isFiltered,
  noFilters,
  describe as said,
  sizeStanding,
  standing,
} from './filters'

function variant(id: string, more: Partial<CatalogVariant> = {}): CatalogVariant {
  return {
    id,
    name: id,
    size: '4b',
    quantization: 'q4_k_m',
    format: 'gguf',
    context_length: 4096,
    size_bytes: null,
    downloaded: false,
    state: 'not_downloaded',
    run_id: null,
    fit: null,
    error: null,
    ...more,
  } as CatalogVariant
}

const judged = (fits: boolean, needed_bytes = 1) => ({
  fits,
  needed_bytes,
  free_bytes: 5,
  reason: fits ? null : 'It needs more.',
  devices: [],
  weights_bytes: 0,
  context_bytes: 0,
  overhead_bytes: 0,
  ways: [],
})

function model(id: string, more: Partial<CatalogModel> = {}): CatalogModel {
  return {
    id,
    name: id,
    description: '',
    description_zh: '',
    official_url: '',
    kind: 'chat',
    demonstration: false,
    sizes: ['4b'],
    engines: ['llamacpp'],
    quantizations: ['q4_k_m'],
    formats: ['gguf'],
    capabilities: [],
    variants: [variant(id)],
    ...more,
  } as CatalogModel
}

const models = [
  model('qwen', { engines: ['llamacpp', 'vllm'], capabilities: ['tools'] }),
  model('gemma', {
    description: 'sees well',
    capabilities: ['vision'],
    variants: [variant('g', { fit: judged(false) })],
  }),
  model('bge', { kind: 'embedding' }),
  model('here', { variants: [variant('h', { downloaded: true, fit: judged(true) })] }),
]
const ids = (more: Partial<typeof noFilters>) =>
  filtered(models, { ...noFilters, ...more }).map(one => one.id)

test('the tab is the kind', () => {
  expect(ids({})).toEqual(['qwen', 'gemma', 'here'])
  expect(ids({ kind: 'embedding' })).toEqual(['bge'])
})

test('engine, ability, fit and download narrow the list', () => {
  expect(ids({ engine: 'vllm' })).toEqual(['qwen'])
  expect(ids({ capability: 'vision' })).toEqual(['gemma'])
  expect(ids({ fits: true })).toEqual(['here'])
  expect(ids({ downloaded: true })).toEqual(['here'])
})

test('every word of the search must stand somewhere', () => {
  expect(ids({ query: 'SEES gem' })).toEqual(['gemma'])
  expect(ids({ query: 'sees qwen' })).toEqual([])
  expect(isFiltered(noFilters)).toBe(false)
  expect(isFiltered({ ...noFilters, query: 'x' })).toBe(true)
})

test('what runs is said first, then what moves, failed, is here, fits', () => {
  const states = [
    variant('fits', { fit: judged(true) }),
    variant('here', { downloaded: true }),
    variant('bad', { state: 'failed' }),
    variant('loads', { state: 'loading' }),
    variant('runs', { state: 'ready' }),
  ]
  const how = (count: number) => standing(model('m', { variants: states.slice(0, count) })).how
  expect([1, 2, 3, 4, 5].map(how)).toEqual(['fits', 'downloaded', 'failed', 'moving', 'running'])
})

test('what does not fit says why, of its smallest form', () => {
  const large = variant('large', { fit: judged(false, 90), size_bytes: 90 })
  const small = variant('small', { fit: judged(false, 9), size_bytes: 9 })
  expect(standing(model('m', { variants: [large, small] }))).toEqual({
    how: 'tooLarge',
    variant: small,
    reason: 'It needs more.',
  })
})

test('a size stands as its best form does', () => {
  const one = model('m', {
    variants: [
      variant('a', { size: '1b', fit: judged(false) }),
      variant('b', { size: '1b', fit: judged(true) }),
      variant('c', { size: '2b', fit: judged(false) }),
      variant('d', { size: '3b' }),
    ],
  })
  expect(['1b', '2b', '3b'].map(size => sizeStanding(one, size))).toEqual([
    'fits',
    'tooLarge',
    'unknown',
  ])
})

test('the description is in the page’s language where there is one', () => {
  const one = model('m', { description: 'small', description_zh: '小' })
  expect(said(one, 'zh-CN')).toBe('小')
  expect(said(one, 'en')).toBe('small')
})
