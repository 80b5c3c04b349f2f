import { expect, test } from 'vitest'
import type { ModelInfo } from '@/api/types'
import { comparable, firstChoice } from './models'

const model = (id: string, state: ModelInfo['state'], kind: ModelInfo['kind'] = 'chat') =>
  ({ id, name: id, state, kind }) as ModelInfo

test('offers chat models that are here, running ones first', () => {
  const found = comparable([
    model('stopped', 'stopped'),
    model('broken', 'failed'),
    model('far', 'not_downloaded'),
    model('vectors', 'ready', 'embedding'),
    model('running', 'ready'),
    model('cloud', 'remote'),
  ])
  expect(found.map(one => one.id)).toEqual(['cloud', 'running', 'stopped', 'broken'])
})

test('begins with the models of the last time, and with two at least', () => {
  const models = ['a', 'b', 'c'].map(id => model(id, 'ready'))
  expect(firstChoice(models, [])).toEqual(['a', 'b'])
  expect(firstChoice(models, ['c', 'gone'])).toEqual(['c', 'a'])
  expect(firstChoice(models, ['c', 'b', 'a'])).toEqual(['c', 'b', 'a'])
  expect(firstChoice(models.slice(0, 1), [])).toEqual(['a'])
})
