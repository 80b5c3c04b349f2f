import { expect, test } from 'vitest'
import { isJsonSchema, pretty, readSchema, toJsonSchema, toSimple } from './schema'

test('the simple form and JSON Schema are told apart as the server does', () => {
  expect(isJsonSchema({ city: 'string' })).toBe(false)
  expect(isJsonSchema({ type: 'string', name: 'string' })).toBe(false)
  expect(isJsonSchema({ type: 'object', properties: {} })).toBe(true)
  expect(isJsonSchema({ $ref: '#/x' })).toBe(true)
  expect(isJsonSchema({ enum: ['a'] })).toBe(true)
  expect(isJsonSchema({ title: 'string', description: 'string' })).toBe(false)
})

test('the simple form becomes JSON Schema and comes back', () => {
  const simple = { city: 'string', tags: ['string'], place: { lat: 'number' } }
  const schema = toJsonSchema(simple)
  expect(schema).toEqual({
    type: 'object',
    properties: {
      city: { type: 'string' },
      tags: { type: 'array', items: { type: 'string' } },
      place: {
        type: 'object',
        properties: { lat: { type: 'number' } },
        required: ['lat'],
        additionalProperties: false,
      },
    },
    required: ['city', 'tags', 'place'],
    additionalProperties: false,
  })
  expect(toSimple(schema)).toEqual(simple)
})

test('what the simple form cannot say is not lost by turning it into one', () => {
  expect(
    toSimple({
      type: 'object',
      properties: { a: { type: 'string', pattern: 'x' } },
      required: ['a'],
    }),
  ).toBeNull()
  expect(toSimple({ type: 'object', properties: { a: { type: 'string' } } })).toBeNull()
  expect(toSimple({ enum: ['a', 'b'] })).toBeNull()
})

test('broken JSON is told by its place', () => {
  expect(readSchema('{\n  "a": "string",\n  "b" 1\n}').problem).toMatchObject({
    kind: 'json',
    line: 3,
  })
  expect(readSchema('[]').problem).toEqual({ kind: 'notObject' })
  expect(readSchema('{}').problem).toEqual({ kind: 'empty' })
})

test('a schema that means nothing is told by its path', () => {
  const problem = (value: unknown) => readSchema(pretty(value)).problem
  expect(problem({ a: { b: 'text' } })).toEqual({ kind: 'type', path: 'a.b', found: 'text' })
  expect(problem({ a: ['string', 'number'] })).toEqual({ kind: 'shape', path: 'a', key: '[…]' })
  expect(problem({ type: 'object', properties: { a: { type: 'sting' } } })).toEqual({
    kind: 'type',
    path: 'a',
    found: 'sting',
  })
  expect(problem({ type: 'object', properties: { a: {} }, required: ['b'] })).toEqual({
    kind: 'required',
    path: '',
    name: 'b',
  })
  expect(problem({ type: 'array', items: { enum: [] } })).toEqual({
    kind: 'shape',
    path: '[]',
    key: 'enum',
  })
  expect(problem({ type: 'object', properties: { a: { type: ['string', 'null'] } } })).toBeNull()
  expect(problem({ a: 'integer' })).toBeNull()
})
