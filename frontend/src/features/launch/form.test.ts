import { expect, test } from 'vitest'
import type { CatalogVariant, LaunchField, LaunchOptions } from '@/api/control/types'
import { bodyOf, defaultOf, likeliest, readAll, readField, valuesOf } from './form'

const field = (name: string, type: LaunchField['type'], more: Partial<LaunchField> = {}) =>
  ({ name, type, minimum: null, maximum: null, choices: [], ...more }) as LaunchField

const variant = (id: string, more: object = {}) =>
  ({
    id,
    size: '4b',
    quantization: 'q8_0',
    format: 'gguf',
    state: 'not_downloaded',
    downloaded: false,
    fit: null,
    ...more,
  }) as CatalogVariant

test('every type of option is read as its engine takes it', () => {
  const fields = [
    field('context_length', 'integer', { minimum: 1, maximum: 8192 }),
    field('gpu_memory_utilization', 'number', { maximum: 1 }),
    field('thinking', 'boolean'),
    field('cache_type', 'choice', { choices: ['f16', 'q8_0'] }),
    field('gpus', 'list', { minimum: 0 }),
    field('lora', 'list'),
    field('slots', 'integer'),
  ]
  const { options, problems } = readAll(fields, {
    context_length: ' 4096 ',
    gpu_memory_utilization: '0.5',
    thinking: 'false',
    cache_type: 'q8_0',
    gpus: '0, 2',
    lora: '/a.gguf\n\n/b.gguf',
    slots: '',
  })
  expect(problems).toEqual({})
  expect(options).toEqual({
    context_length: 4096,
    gpu_memory_utilization: 0.5,
    thinking: false,
    cache_type: 'q8_0',
    gpus: [0, 2],
    lora: ['/a.gguf', '/b.gguf'],
  })
})

test('what is out of bounds is told and not sent', () => {
  const context = field('context_length', 'integer', { minimum: 1, maximum: 8192 })
  expect(readField(context, '9000')).toEqual({
    problem: { kind: 'range', minimum: 1, maximum: 8192 },
  })
  expect(readField(context, '1.5')).toEqual({ problem: { kind: 'integer' } })
  expect(readField(context, 'many')).toEqual({ problem: { kind: 'number' } })
  expect(readField(field('gpus', 'list'), '0, x')).toEqual({ problem: { kind: 'integer' } })
  expect(readField(field('cache_type', 'choice', { choices: ['f16'] }), 'q4')).toEqual({
    problem: { kind: 'choice' },
  })
  expect(readAll([context], { context_length: '0' }).options).toEqual({})
})

test('the body names all that was chosen, and nothing that was not', () => {
  expect(bodyOf(variant('v'), 'vllm', { slots: 2 })).toEqual({
    model_id: 'v',
    engine_type: 'vllm',
    size: '4b',
    quantization: 'q8_0',
    format: 'gguf',
    slots: 2,
  })
  expect(bodyOf(variant('v', { size: '', quantization: null }), null, {})).toEqual({
    model_id: 'v',
    format: 'gguf',
  })
})

test('what runs, is here, or fits is proposed first', () => {
  const fits = { fits: true, needed_bytes: 1, free_bytes: 2, reason: null, devices: [] }
  const large = variant('large', { fit: { ...fits, fits: false } })
  const fitting = variant('fits', { fit: fits })
  const here = variant('here', { downloaded: true })
  const running = variant('running', { downloaded: true, state: 'ready' })
  expect(likeliest([large, fitting])?.id).toBe('fits')
  expect(likeliest([large, fitting, here])?.id).toBe('here')
  expect(likeliest([large, here, running])?.id).toBe('running')
})

test('the engine’s own choice is shown, and settled options can be changed', () => {
  const options = { slots: 4, gpus: [0, 1], lora: ['/a', '/b'], pinned: false } as LaunchOptions
  expect(defaultOf(field('slots', 'integer'), options)).toBe('4')
  expect(defaultOf(field('threads', 'integer'), options)).toBeNull()
  expect(valuesOf([field('gpus', 'list'), field('lora', 'list')], options)).toEqual({
    gpus: '0, 1',
    lora: '/a\n/b',
  })
})
