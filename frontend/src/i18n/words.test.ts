import { parse, TYPE } from '@formatjs/icu-messageformat-parser'
import { describe, expect, it } from 'vitest'
import { laidOver, languages, nameOf, wordsOf } from './languages'

type Element = ReturnType<typeof parse>[number]

/** All files of words, those of features too: `zh-CN.ts`, `platform.zh-CN.ts`. */
const files = import.meta.glob<{ default?: object }>(['./*.ts', '!./*.test.ts'], { eager: true })

/** Everything that a language has, whichever file it is in. */
function everything(language: string): Record<string, string> {
  let words: object = {}
  for (const [name, file] of Object.entries(files)) {
    const own = name === `./${language}.ts` || name.endsWith(`.${language}.ts`)
    if (own && file.default) words = laidOver(words, file.default)
  }
  return flat(words)
}

function flat(words: object, before = ''): Record<string, string> {
  return Object.entries(words).reduce<Record<string, string>>((all, [key, value]) => {
    if (typeof value === 'string') all[before + key] = value
    else Object.assign(all, flat(value, `${before}${key}.`))
    return all
  }, {})
}

/** What a message leaves open: names of arguments and of tags. */
function open(message: string): string[] {
  const found = new Set<string>()
  const look = (elements: Element[]): void => {
    for (const one of elements) {
      if (one.type === TYPE.literal || one.type === TYPE.pound) continue
      found.add(one.type === TYPE.tag ? `<${one.value}>` : one.value)
      if (one.type === TYPE.tag) look(one.children)
      if (one.type === TYPE.select || one.type === TYPE.plural) {
        for (const option of Object.values(one.options)) look(option.value)
      }
    }
  }
  look(parse(message))
  return [...found].sort()
}

const english = everything('en')

describe.each(languages.filter(language => language !== 'en'))('%s', language => {
  const words = everything(language)

  it('has every word that English has, and no other', () => {
    expect(Object.keys(words).sort()).toEqual(Object.keys(english).sort())
  })

  it('leaves the same open', () => {
    const wrong = Object.keys(words).filter(
      key => String(open(words[key] ?? '')) !== String(open(english[key] ?? '')),
    )
    expect(wrong).toEqual([])
  })
})

describe('languages', () => {
  it('are files that are named like one', () => {
    expect(languages[0]).toBe('en')
    expect(languages).toContain('zh-CN')
    expect(languages.every(one => /^[a-z]{2,3}(-\w+)*$/.test(one))).toBe(true)
  })

  it('call themselves by their own names', () => {
    expect([nameOf('en'), nameOf('zh-CN'), nameOf('fr'), nameOf('pt-BR')]).toEqual([
      'English',
      '简体中文',
      'Français',
      'Português (Brasil)',
    ])
  })

  it('are there whole', async () => {
    expect(Object.keys(flat(await wordsOf('zh-CN')))).not.toEqual([])
  })

  it('have English words where their own are missing', () => {
    const base = { app: { home: 'Home', reload: 'Reload' }, chat: { copy: 'Copy' } }
    expect(laidOver(base, { app: { home: 'Accueil' } })).toEqual({
      app: { home: 'Accueil', reload: 'Reload' },
      chat: { copy: 'Copy' },
    })
  })
})
