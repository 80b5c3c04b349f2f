import { expect, test } from 'vitest'
import { type Asked, codeOf, python, quoted, type Snippet } from './code'

const snippet = (asked: Asked, more: Partial<Snippet> = {}): Snippet => ({
  origin: 'http://127.0.0.1:8080',
  model: 'stellar-demo',
  runId: 'r',
  asked,
  params: {},
  stream: false,
  ...more,
})
const chat: Asked = { kind: 'chat', messages: [{ role: 'user', content: "It's 3 + 4" }] }
const jsonSchema = { type: 'object', properties: { city: { type: 'string' } } }

test('values as Python writes them', () => {
  expect(python({ a: true, b: null, c: [1, 2], d: ['x'] })).toBe(
    '{\n    "a": True,\n    "b": None,\n    "c": [1, 2],\n    "d": [\n        "x",\n    ],\n}',
  )
})

test('a shell gets the text as it is', () => {
  expect(quoted("It's")).toBe("'It'\\''s'")
  const code = codeOf(snippet(chat), 'curl', 'own')
  expect(code).toContain('http://127.0.0.1:8080/api/v1/llm/chat')
  expect(code).toContain("It'\\''s 3 + 4")
})

test('our own routes take the parameters by their names', () => {
  const params = { temperature: 0.2, top_k: 40, thinking: false }
  const code = codeOf(snippet(chat, { params }), 'python', 'own')
  expect(code).toContain('"model_name": "stellar-demo"')
  expect(code).toContain('"top_k": 40')
  expect(code).toContain('"thinking": False')
  expect(code).toContain('["data"]["text"]')
})

test('OpenAI’s clients get what they do not know as extra fields', () => {
  const params = { temperature: 0.2, top_k: 40, thinking: false }
  const code = codeOf(snippet(chat, { params }), 'python', 'openai')
  expect(code).toContain('base_url="http://127.0.0.1:8080/v1"')
  expect(code).toContain('    temperature=0.2,\n')
  expect(code).toMatch(/extra_body=\{\s+"top_k": 40,\s+"chat_template_kwargs"/)
  expect(code).not.toContain('\n    top_k=')
})

test('streams are read as streams', () => {
  expect(codeOf(snippet(chat, { stream: true }), 'python', 'openai')).toContain('stream=True')
  expect(codeOf(snippet(chat, { stream: true }), 'javascript', 'own')).toContain(
    'TextDecoderStream',
  )
  expect(codeOf(snippet(chat, { stream: true }), 'curl', 'own')).toContain('curl -N')
  const embeddings: Asked = { kind: 'embeddings', input: ['a'] }
  expect(codeOf(snippet(embeddings, { stream: true }), 'curl', 'own')).not.toContain('stream')
})

test('a schema goes as JSON Schema to OpenAI and as it was written to us', () => {
  const asked: Asked = { kind: 'structured', prompt: 'x', schema: { city: 'string' }, jsonSchema }
  expect(codeOf(snippet(asked), 'curl', 'own')).toContain('"city": "string"')
  expect(codeOf(snippet(asked), 'curl', 'openai')).toContain('"json_schema"')
  expect(codeOf(snippet(asked), 'python', 'openai')).toMatch(/^import json\n/)
})

test('all code of JavaScript and JSON is well-formed', () => {
  const all: Asked[] = [
    chat,
    { kind: 'generate', prompt: '`x` "quoted" and a \\ line\n' },
    { kind: 'structured', prompt: 'x', schema: { city: 'string' }, jsonSchema },
    { kind: 'embeddings', input: ['a', 'b'] },
    { kind: 'rerank', query: 'q', documents: ['a'] },
  ]
  for (const asked of all) {
    for (const stream of [false, true]) {
      for (const dialect of ['own', 'openai'] as const) {
        const given = snippet(asked, { stream, params: { seed: 1, min_p: 0.1 } })
        const script = codeOf(given, 'javascript', dialect).replace(/^import .*$/m, '')
        expect(() => new Function(`return (async () => {${script}})`)).not.toThrow()
        const body = /-d '([\s\S]*)'$/.exec(codeOf(given, 'curl', dialect))?.[1] ?? ''
        expect(() => JSON.parse(body.replaceAll("'\\''", "'"))).not.toThrow()
      }
    }
  }
})
