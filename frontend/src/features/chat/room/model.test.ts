import { describe, expect, it } from 'vitest'
import type { ModelInfo } from '@/api/types'
import { chooseModel } from './model'

function model(id: string, over: Partial<ModelInfo> = {}): ModelInfo {
  return { id, kind: 'chat', state: 'stopped', demonstration: false, ...over } as ModelInfo
}

const demo = model('demo', { demonstration: true, state: 'ready' })

describe('chooseModel', () => {
  it('keeps the model of the chat, even one the catalogue does not know', () => {
    expect(chooseModel([demo], 'gone', 'demo')).toBe('gone')
  })

  it('takes the usual one unless it would have to be downloaded', () => {
    const away = model('big', { state: 'not_downloaded' })
    expect(chooseModel([demo, model('small')], null, 'small')).toBe('small')
    expect(chooseModel([demo, away], null, 'big')).toBe('demo')
  })

  it('prefers what runs, then what can be started, then the demonstration', () => {
    expect(chooseModel([demo, model('a'), model('b', { state: 'ready' })], null, null)).toBe('b')
    expect(chooseModel([demo, model('a')], null, null)).toBe('a')
    expect(chooseModel([demo], null, null)).toBe('demo')
  })

  it('never takes a model that cannot chat, nor one that failed', () => {
    const embed = model('embed', { kind: 'embedding', state: 'ready' })
    expect(chooseModel([embed, model('bad', { state: 'failed' })], null, null)).toBeNull()
  })
})
