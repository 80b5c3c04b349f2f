import { expect, it } from 'vitest'
import { laidOver } from './languages'

const words = import.meta.glob<{ default?: object }>(['./en.ts', './*.en.ts'], { eager: true })
const sources = import.meta.glob<string>(
  [
    '../**/*.{ts,tsx}',
    '!../**/*.test.*',
    '!../**/*.gen.ts',
    '!./*.en.ts',
    '!./*zh-CN*',
    '!./en.ts',
  ],
  { eager: true, query: '?raw', import: 'default' },
)

/** Where each word is: `sidebar.newChat`. */
function places(group: object, before = ''): string[] {
  return Object.entries(group).flatMap(([key, value]) =>
    typeof value === 'string' ? [before + key] : places(value, `${before}${key}.`),
  )
}

/** What a file can ask for: its strings, and its templates such as `state.${state}`. */
interface File {
  strings: Set<string>
  templates: RegExp[]
  /** Takes words of groups that it names; other files are given whatever `t` their caller has. */
  chooses: boolean
  imports: string[]
}

function read(text: string): File {
  const templates = [...text.matchAll(/`((?:[\w.]|\$\{[^`}]*\})+)`/g)].map(
    ([, found = '']) => found,
  )
  return {
    strings: new Set([...text.matchAll(/(['"`])([\w.]+)\1/g)].map(([, , found = '']) => found)),
    templates: templates
      .filter(one => one.includes('${') && /\w/.test(one.replace(/\$\{[^}]*\}/g, '')))
      .map(one => new RegExp(`^${one.replaceAll('.', '\\.').replace(/\$\{[^}]*\}/g, '[^.]+')}$`)),
    chooses: text.includes('useTranslations'),
    imports: [...text.matchAll(/from '([^']+)'/g)].map(([, path = '']) => path),
  }
}

const files = new Map(
  Object.entries(sources).map(([path, text]) => [new URL(path, 'src:/i18n/').pathname, read(text)]),
)

function imported(from: string, path: string): File | undefined {
  const place = new URL(path.replace(/^@\//, '/'), `src:${from}`).pathname
  return ['.ts', '.tsx', '/index.ts', '/index.tsx'].map(end => files.get(place + end)).find(Boolean)
}

/** By group: the files that take words of it, and the ones that these may give their `t` to. */
function speakers(): Map<string, File[]> {
  const found = new Map<string, File[]>()
  for (const [path, file] of files) {
    const given = file.imports.map(one => imported(path, one)).filter(one => one && !one.chooses)
    for (const group of file.strings) {
      found.set(group, [...(found.get(group) ?? []), file, ...(given as File[])])
    }
  }
  return found
}

const asks = ({ strings, templates }: File, key: string) =>
  strings.has(key) || templates.some(one => one.test(key))

it('asks somewhere for every word', () => {
  let english: object = {}
  for (const file of Object.values(words)) english = laidOver(english, file.default ?? {})
  const all = [...files.values()]
  const groups = speakers()
  const unused = places(english).filter(place => {
    const [group = '', ...rest] = place.split('.')
    // The server says which of these are told.
    if (group === 'errors') return false
    const key = rest.join('.')
    return !all.some(one => asks(one, place)) && !groups.get(group)?.some(one => asks(one, key))
  })
  expect(unused).toEqual([])
})
