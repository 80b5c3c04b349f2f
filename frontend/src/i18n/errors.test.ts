import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { ApiError } from '@/api/errors'
import { speakErrors, told, toldShortly } from './errors'
import english from './errors.en'
import chinese from './errors.zh-CN'

const refused = {
  code: 'invalid_value',
  message: 'max_tokens must be a whole number.',
  remedy: null,
  param: 'max_tokens',
}

afterEach(() => speakErrors({}))

describe('the server’s errors', () => {
  it('all have words in other languages', () => {
    const source = readFileSync('../src/stellarchat/core/errors.py', 'utf8')
    const codes = [...source.matchAll(/^ {4}code(?:: ClassVar\[str\])? = "(\w+)"/gm)].map(
      found => found[1],
    )
    expect(codes.length).toBeGreaterThan(25)
    for (const code of codes) expect(english.errors).toHaveProperty(code as string)
  })

  it('are the server’s own sentences in English', () => {
    expect(told(refused)).toEqual({ message: refused.message, remedy: null, said: null })
  })

  it('are whole on one line too, where they were thrown', () => {
    const thrown = new ApiError({ ...refused, remedy: 'Give 1.' }, 400)
    expect(toldShortly(thrown)).toBe('max_tokens must be a whole number. Give 1.')
  })

  it('keep what the server said beside the words of another language', () => {
    speakErrors(chinese)
    expect(told(refused)).toEqual({
      message: '提交的内容不正确。（字段：max_tokens）',
      remedy: '请改正后再试。',
      said: '服务器原文：max_tokens must be a whole number.',
    })
    expect(toldShortly(refused)).toBe(
      '提交的内容不正确。 服务器原文：max_tokens must be a whole number.',
    )
  })

  it('are the server’s own where a code is not known', () => {
    speakErrors(chinese)
    expect(told({ code: 'new_one', message: 'So it is.', remedy: 'Wait.' })).toEqual({
      message: 'So it is.',
      remedy: 'Wait.',
      said: null,
    })
  })
})
