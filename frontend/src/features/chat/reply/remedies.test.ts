import { expect, test } from 'vitest'
import { fakeModel } from '../testing'
import { otherModel, remediesOf } from './remedies'

const models = [
  fakeModel('own', { context_length: 4096, run_id: 'own-1' }),
  fakeModel('demo', { demonstration: true, context_length: 2048 }),
  fakeModel('rest', { state: 'stopped', context_length: 32_768 }),
  fakeModel('other', { context_length: 8192 }),
  fakeModel('gone', { state: 'not_downloaded' }),
]
const error = (code: string) => ({ code, message: 'x' })
const all = { runModels: true, readLogs: true }
const none = { runModels: false, readLogs: false }
const kinds = (code: string, interrupted = false, may = all, of = models) =>
  remediesOf(error(code), { models: of, current: 'own', interrupted, limit: 32_768, may }).map(
    remedy => remedy.kind,
  )

test('each error has the buttons that mend it', () => {
  expect(kinds('launch_failed')).toEqual(['retry', 'useModel', 'logs'])
  expect(kinds('context_length_exceeded')).toEqual(['longer', 'useModel', 'params'])
  expect(kinds('model_not_found')).toEqual(['useModel', 'models'])
  expect(kinds('invalid_api_key')).toEqual([])
  expect(kinds('something_new')).toEqual(['retry'])
})

test('outside of a chat nothing is offered that is a chat’s', () => {
  const outside = (code: string, interrupted: boolean) =>
    remediesOf(error(code), { models, current: 'own', interrupted, may: all, bare: true })
  expect(outside('engine_died', true)).toEqual([{ kind: 'continue' }, { kind: 'retry' }])
  expect(outside('context_length_exceeded', false)).toEqual([])
})

test('what broke off can be continued as well as tried again', () => {
  expect(kinds('engine_died', true)).toEqual(['continue', 'retry', 'useModel', 'logs'])
})

test('nobody is offered what they may not do, nor the log of a model that has none', () => {
  expect(kinds('launch_failed', false, none)).toEqual(['retry', 'useModel'])
  expect(kinds('context_length_exceeded', false, none)).toEqual(['useModel', 'params'])
  const remote = [fakeModel('own', { state: 'remote', endpoint: 'Far' })]
  expect(kinds('engine_error', false, all, remote)).toEqual(['retry'])
  expect(kinds('engine_error', false, all, [])).toEqual(['retry'])
})

test('another model is one that is ready, and no demonstration where that can be', () => {
  expect(otherModel(models, 'own', error('engine_died'))?.id).toBe('other')
  expect(otherModel(models.slice(0, 2), 'own', error('engine_died'))?.id).toBe('demo')
  expect(otherModel(models.slice(0, 1), 'own', error('engine_died'))).toBeUndefined()
})

test('a model of this machine can be started again with a longer context, up to its own limit', () => {
  const first = (of: typeof models, limit: number) =>
    remediesOf(error('context_length_exceeded'), {
      models: of,
      current: 'own',
      interrupted: false,
      limit,
      may: all,
    })[0]
  expect(first(models, 32_768)).toEqual({ kind: 'longer', context: 8192 })
  expect(first(models, 6000)).toEqual({ kind: 'longer', context: 6000 })
  expect(first(models, 4096)?.kind).toBe('useModel')
  expect(first([fakeModel('own', { state: 'remote' })], 32_768)?.kind).toBe('params')
})

test('where the context was too short, only a longer one helps', () => {
  const short = models.filter(model => model.id !== 'other' && model.id !== 'rest')
  expect(otherModel(short, 'own', error('context_length_exceeded'))).toBeUndefined()
  const far = [fakeModel('far', { state: 'remote', context_length: null }), ...models]
  expect(otherModel(far, 'far', error('context_length_exceeded'))).toBeUndefined()
})
