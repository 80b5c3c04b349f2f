import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { ApiError } from '@/api/errors'
import {
  inEnglish,
  onSentences,
  sentencesReady,
  speakErrors,
  told,
  toldEngine,
  toldShortly,
  toldWords,
} from './errors'
import english from './errors.en'
import codes from './errors.zh-CN'
import { laidOver } from './languages'
import englishSentences from './sentences.en'
import chineseSentences from './sentences.zh-CN'

const chinese = laidOver(codes, chineseSentences)

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

  it('have words for every sentence that has a name, and for no other', () => {
    const root = '../src/stellarchat'
    const source = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.py'))
      .map(name => readFileSync(`${root}/${name}`, 'utf8'))
      .join('\n')
    const named = [...source.matchAll(/(?:sentence=|Cause\(\s*)"(\w+)"/g)].map(found => found[1])
    expect(named.length).toBeGreaterThan(300)
    const { sentences } = englishSentences.errors
    for (const name of named) expect(sentences).toHaveProperty(name as string)
    for (const name of Object.keys(sentences)) {
      expect(source.includes(`"${name}"`), name).toBe(true)
    }
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
      message: '提交的内容不正确。（字段：最长回复）',
      remedy: '请改正后再试。',
      said: '服务器原文：max_tokens must be a whole number.',
    })
    expect(toldShortly(refused)).toBe(
      '提交的内容不正确。服务器原文：max_tokens must be a whole number.',
    )
  })

  it('are told by their sentence where it has a name, with its values', () => {
    const large = {
      code: 'payload_too_large',
      message: 'The file is larger than 52428800 bytes.',
      remedy: 'Attach a smaller one.',
      sentence: 'file_large',
      values: { limit_bytes: 52_428_800 },
    }
    expect(told(large).message).toBe(large.message)
    speakErrors(chinese, 'zh-CN')
    expect(told(large)).toEqual({
      message: '文件超过了 52 MB。',
      remedy: '请附加更小的文件，或只附加重要的部分。',
      said: null,
    })
    expect(toldShortly(new ApiError(large, 413))).toContain('52 MB')
    const tries = {
      code: 'x',
      message: '',
      sentence: 'too_many_tries',
      values: { wait_seconds: 30 },
    }
    expect(told(tries).remedy).toBe('请在 30秒后再试。')
    // without a remedy of its own it has that of its code
    const gone = { code: 'not_found', message: 'Gone.', sentence: 'share_gone' }
    expect(told(gone).remedy).toBe(codes.errors.not_found.remedy)
    expect(toldWords({ message: 'It has no id.', sentence: 'import_no_id' })).toBe(
      '这个对话没有 ID。',
    )
    // one that a newer server has is its own
    expect(told({ ...large, sentence: 'unheard_of' }).said).toContain(large.message)
  })

  it('call fields and engines as the page does', () => {
    speakErrors(chinese, 'zh-CN')
    const long = {
      message: '',
      sentence: 'field_long',
      values: { field: 'params.stop[2]', limit: 9 },
    }
    expect(toldWords(long)).toBe('“停止词”最多 9 个字符。')
    const odd = { ...long, values: { field: 'unheard_of', limit: 9 } }
    expect(toldWords(odd)).toBe('“unheard_of”最多 9 个字符。')
    const engine = { message: '', sentence: 'engine_unknown', values: { engine: 'llamacpp' } }
    expect(toldWords(engine)).toBe('这里没有引擎 llama.cpp。')
  })

  it('say why an engine cannot be used', () => {
    const engine = {
      reason: 'The library xllamacpp is not installed.',
      remedy: 'Install it: pip install xllamacpp',
      sentence: 'engine_library',
      values: { names: 'xllamacpp', command: 'pip install xllamacpp' },
    }
    expect(toldEngine(engine)).toMatchObject({ message: engine.reason, remedy: engine.remedy })
    speakErrors(chinese)
    expect(toldEngine(engine)).toEqual({
      message: '没有安装：xllamacpp。',
      remedy: '请安装：pip install xllamacpp',
      said: null,
    })
  })

  it('are fetched with the first that has a name, and told of then', async () => {
    const gone = { code: 'not_found', message: 'Gone.', sentence: 'share_gone' }
    speakErrors(codes, 'zh-CN')
    let come = 0
    const end = onSentences(() => {
      come += 1
    })
    expect(told(gone).said).toContain('Gone.')
    await sentencesReady()
    expect(told(gone)).toMatchObject({ message: '这个链接无效，或已被收回。', said: null })
    expect(come).toBe(1)
    end()
    // a reader of English is told what the server says, and fetches nothing
    speakErrors({})
    await sentencesReady()
    expect(told(gone).message).toBe('Gone.')
    expect(come).toBe(1)
  })

  it('without any name are for readers of English alone', () => {
    expect(inEnglish('It needs 3 GB.')).toBe('It needs 3 GB.')
    speakErrors(chinese)
    expect(inEnglish('It needs 3 GB.')).toBeNull()
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
