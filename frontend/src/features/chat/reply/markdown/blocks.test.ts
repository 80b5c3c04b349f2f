import { toHtml as write } from 'hast-util-to-html'
import { expect, test } from 'vitest'
import { type Block, nothing, split } from './blocks'
import { elements } from './pipeline'

const html = (blocks: Block[]) =>
  blocks
    .map(block =>
      block.kind === 'code'
        ? `<code ${block.language}>${block.source}</code>`
        : write(elements(structuredClone(block.nodes), '')),
    )
    .join('\n')

const texts = {
  prose: '# One\n\nTwo **bold** and\nthree.\n\nFour.\n',
  lists: '1. a\n\n   more\n\n2. b\n   - c\n   - d\n\n\n3. e\n\nAfter.\n\n* x\n* y\n',
  code: 'Before\n```py\nx = 1\n\n```\nbetween\n\n~~~~\n```\nnot an end\n```\n~~~~\nafter',
  nested: '- item\n  ```js\n  let a\n\n  let b\n  ```\n- next\n',
  table: '|a|b|\n|-|-:|\n|1|2|\n|3|4|\n\nend',
  math: '$$\nx\n\ny\n$$\n\nand \\[\na\n\\] done',
  setext: 'Title\n=====\n\nText\n---\n',
  quote: '> a\n> b\n\n> c\nlazy\n\nend',
  broken: '```\nnever closed\n\n# no title',
}

test.each(Object.entries(texts))(
  '%s: streamed in any pieces, it ends as if it came whole',
  (_name, text) => {
    const whole = html(split(nothing, text, true).blocks)
    for (const step of [1, 3, 7]) {
      let state = nothing
      for (let to = step; to < text.length; to += step)
        state = split(state, text.slice(0, to), false)
      expect(html(split(state, text, true).blocks)).toBe(whole)
    }
  },
)

test('a finished text that is continued goes on in its last paragraph', () => {
  const ended = split(nothing, 'One, two,', true)
  const goingOn = split(ended, 'One, two, three', false)
  expect(html(goingOn.blocks)).toBe(html(split(nothing, 'One, two, three', false).blocks))
})

test('settled blocks keep their identity while the end grows', () => {
  const first = split(nothing, 'One.\n\nTwo.\n\nThree.\n\nFo', false)
  const second = split(first, 'One.\n\nTwo.\n\nThree.\n\nFour goes on', false)
  expect(first.blocks).toHaveLength(4)
  expect(second.blocks[0]).toBe(first.blocks[0])
  expect(second.blocks[1]).toBe(first.blocks[1])
  expect(second.blocks.at(-1)).toMatchObject({ source: 'Four goes on', done: false })
})

test('an ordered list goes on past the start of its next number', () => {
  const first = split(nothing, 'x\n\n1. a\n\n2', false)
  const second = split(first, 'x\n\n1. a\n\n2. b', false)
  expect(second.blocks).toHaveLength(2)
})

test('an open code fence is drawn as code, unfinished', () => {
  const { blocks } = split(nothing, 'Look:\n\n```ts\nconst a = 1', false)
  expect(blocks.at(-1)).toMatchObject({
    kind: 'code',
    language: 'ts',
    source: 'const a = 1',
    done: false,
  })
})

test('unfinished emphasis is healed while it streams', () => {
  const { blocks } = split(nothing, 'this is **bo', false)
  expect(html(blocks)).toBe('<p>this is <strong>bo</strong></p>')
})

test('references and footnotes work once the text is whole', () => {
  const { blocks } = split(
    nothing,
    'See [a] and note[^1].\n\n[a]: https://a.example\n\n[^1]: N',
    true,
  )
  expect(html(blocks)).toContain('href="https://a.example"')
  expect(html(blocks)).toContain('data-footnotes')
})

test('a text that was replaced is split anew', () => {
  const first = split(nothing, 'One.\n\nTwo.\n\nThree.\n\nFour.', false)
  expect(html(split(first, 'Other.', true).blocks)).toBe('<p>Other.</p>')
})

test('a long list is settled in parts and loses none of its items or numbers', () => {
  const items = Array.from({ length: 100 }, (_, at) => `${at + 1}. item ${at + 1}\n   - inner`)
  const text = items.join('\n')
  let state = nothing
  let most = 0
  for (let to = 5; to < text.length; to += 5) {
    state = split(state, text.slice(0, to), false)
    most = Math.max(most, to - state.settledLength)
  }
  expect(most).toBeLessThan(text.length / 2)
  const ended = split(state, text, true)
  const shown = html(ended.blocks)
  expect(shown.match(/<li>\s*(?:<p>)?item \d+/g)).toHaveLength(100)
  let expected = 1
  for (const list of shown.matchAll(/<ol(?: start="(\d+)")?>([\s\S]*?)<\/ol>/g)) {
    expect(Number(list[1] ?? 1)).toBe(expected)
    expected += list[2]?.match(/item \d+/g)?.length ?? 0
  }
})
