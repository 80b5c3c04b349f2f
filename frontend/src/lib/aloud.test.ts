import { describe, expect, it } from 'vitest'
import { isChinese, sentencesOf, voiceFor } from './aloud'
import { joined } from './dictation'

const voice = (name: string, lang: string, byDefault = false) =>
  ({ name, lang, default: byDefault }) as SpeechSynthesisVoice

describe('reading aloud', () => {
  it('speaks sentence by sentence, and leaves out what has no words', () => {
    expect(sentencesOf('One. Two is 3.14!\n\n---\n你好。再见。')).toEqual([
      'One.',
      'Two is 3.14!',
      '你好。',
      '再见。',
    ])
  })

  it('cuts what is too long where one would breathe', () => {
    const pieces = sentencesOf(`${'many words, '.repeat(60)}end.`)
    expect(pieces.every(piece => piece.length <= 220)).toBe(true)
    expect(pieces.slice(0, -1).every(piece => piece.endsWith(','))).toBe(true)
    expect(pieces.join(' ')).toContain('end.')
    expect(sentencesOf('字'.repeat(500)).map(piece => piece.length)).toEqual([220, 220, 60])
  })

  it('tells Chinese from English, in mixed sentences too', () => {
    expect(isChinese('你好，世界')).toBe(true)
    expect(isChinese('请用 Python 写一个函数')).toBe(true)
    expect(isChinese('Hello, world')).toBe(false)
    expect(isChinese('The word 你好 means hello in Chinese')).toBe(false)
    expect(isChinese('3.14')).toBe(false)
  })

  it('takes the chosen voice, the default one, or none', () => {
    const voices = [
      voice('Anna', 'de-DE', true),
      voice('Amy', 'en-GB'),
      voice('Ting', 'zh-CN', true),
    ]
    expect(voiceFor('en', voices, 'Amy')?.name).toBe('Amy')
    expect(voiceFor('en', voices, 'Gone')).toBeNull()
    expect(voiceFor('zh', voices, null)?.name).toBe('Ting')
  })
})

describe('dictated words', () => {
  it('follow what is there with a blank where the language has one', () => {
    expect(joined('', 'hello')).toBe('hello')
    expect(joined('Hello', ' world ')).toBe('Hello world')
    expect(joined('你好，', '世界')).toBe('你好，世界')
    expect(joined('line\n', 'next')).toBe('line\nnext')
  })
})
