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
    expect(chooseModel([{ ...demo, default: true }, away], null, 'big')).toBe('demo')
  })

  it('leaves the choice to the server where nothing was chosen', () => {
    expect(chooseModel([demo, model('a', { default: true })], null, null)).toBe('a')
    expect(chooseModel([demo], null, null)).toBeNull()
  })
})
