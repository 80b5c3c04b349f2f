/** The shape that a structured answer must have: a simple form, or JSON Schema. Pure. */

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Dict = { [key: string]: Json }

const types = ['string', 'integer', 'number', 'boolean', 'object', 'array', 'null']
const plain = new Set(['string', 'integer', 'number', 'boolean'])

const isDict = (value: unknown): value is Dict =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What makes an object a schema, where all its other words are of a schema's vocabulary too. */
const structure = [
  'type',
  'enum',
  'const',
  'anyOf',
  'oneOf',
  'allOf',
  'not',
  'items',
  'prefixItems',
]
const vocabulary = new Set([
  ...structure,
  ...['properties', 'required', 'additionalProperties', 'patternProperties', 'propertyNames'],
  ...[
    'minProperties',
    'maxProperties',
    'dependentRequired',
    'dependentSchemas',
    'if',
    'then',
    'else',
  ],
  ...['minItems', 'maxItems', 'uniqueItems', 'contains', 'minContains', 'maxContains'],
  ...['minLength', 'maxLength', 'pattern', 'format', 'minimum', 'maximum', 'multipleOf'],
  ...['exclusiveMinimum', 'exclusiveMaximum', 'title', 'description', 'default', 'examples'],
  ...[
    'deprecated',
    'readOnly',
    'writeOnly',
    'definitions',
    'unevaluatedProperties',
    'unevaluatedItems',
  ],
])

/** Whether an object is JSON Schema rather than the simple form: told as the server tells it. */
export function isJsonSchema(value: unknown): boolean {
  if (!isDict(value)) return false
  const keys = Object.keys(value)
  if (keys.some(key => key.startsWith('$'))) return true
  if (value.type === 'object' || value.type === 'array' || isDict(value.properties)) return true
  if (!keys.every(key => vocabulary.has(key))) return false
  const named = value.type === undefined ? [null] : [value.type].flat()
  return (
    named.every(type => typeof type === 'string' && types.includes(type)) ||
    structure.some(key => key !== 'type' && typeof value[key] === 'object' && value[key] !== null)
  )
}

export type SchemaProblem =
  | { kind: 'json'; line: number; column: number; said: string }
  | { kind: 'notObject' }
  | { kind: 'empty' }
  | { kind: 'type'; path: string; found: string }
  | { kind: 'required'; path: string; name: string }
  | { kind: 'shape'; path: string; key: string }

export type SchemaReading =
  | { schema: Dict; simple: boolean; problem: null }
  | { schema: null; simple: false; problem: SchemaProblem }

const bad = (problem: SchemaProblem): SchemaReading => ({ schema: null, simple: false, problem })

/** Read what a person writes: well-formed JSON, and a schema that means something. */
export function readSchema(text: string): SchemaReading {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return bad(whereOf(text, error))
  }
  if (!isDict(value)) return bad({ kind: 'notObject' })
  if (Object.keys(value).length === 0) return bad({ kind: 'empty' })
  const simple = !isJsonSchema(value)
  const problem = simple ? checkSimple(value, '') : checkSchema(value, '')
  return problem ? bad(problem) : { schema: value, simple, problem: null }
}

/** Where the JSON is broken. Engines say it differently: as a position, or as line and column. */
function whereOf(text: string, error: unknown): SchemaProblem {
  const said = error instanceof Error ? error.message : String(error)
  const place = /line (\d+) column (\d+)/.exec(said)
  if (place) return { kind: 'json', line: Number(place[1]), column: Number(place[2]), said }
  const position = Number(/position (\d+)/.exec(said)?.[1] ?? text.length)
  const before = text.slice(0, position).split('\n')
  return { kind: 'json', line: before.length, column: (before.at(-1)?.length ?? 0) + 1, said }
}

const inside = (path: string, key: string) => (path ? `${path}.${key}` : key)

function checkSimple(value: Json, path: string): SchemaProblem | null {
  if (typeof value === 'string') {
    return plain.has(value) ? null : { kind: 'type', path, found: value }
  }
  if (Array.isArray(value)) {
    const [item] = value
    if (value.length !== 1 || item === undefined) return { kind: 'shape', path, key: '[…]' }
    return checkSimple(item, `${path}[]`)
  }
  if (!isDict(value)) return { kind: 'type', path, found: JSON.stringify(value) }
  for (const [key, inner] of Object.entries(value)) {
    const problem = checkSimple(inner, inside(path, key))
    if (problem) return problem
  }
  return null
}

function checkSchema(value: Json, path: string): SchemaProblem | null {
  if (value === true || value === false) return null
  if (!isDict(value)) return { kind: 'shape', path, key: 'schema' }
  const given = value.type === undefined ? [] : [value.type].flat()
  const wrong = given.find(type => typeof type !== 'string' || !types.includes(type))
  if (wrong !== undefined) return { kind: 'type', path, found: String(wrong) }
  return checkObject(value, path) ?? checkItems(value, path) ?? checkCombined(value, path)
}

function checkObject(value: Dict, path: string): SchemaProblem | null {
  const { properties, required } = value
  if (properties !== undefined && !isDict(properties)) {
    return { kind: 'shape', path, key: 'properties' }
  }
  if (required !== undefined) {
    if (!Array.isArray(required)) return { kind: 'shape', path, key: 'required' }
    const missing = required.find(name => isDict(properties) && !(String(name) in properties))
    if (missing !== undefined) return { kind: 'required', path, name: String(missing) }
  }
  for (const [key, inner] of Object.entries(properties ?? {})) {
    const problem = checkSchema(inner, inside(path, key))
    if (problem) return problem
  }
  return null
}

function checkItems(value: Dict, path: string): SchemaProblem | null {
  if (value.enum !== undefined && (!Array.isArray(value.enum) || value.enum.length === 0)) {
    return { kind: 'shape', path, key: 'enum' }
  }
  return value.items === undefined ? null : checkSchema(value.items, `${path}[]`)
}

function checkCombined(value: Dict, path: string): SchemaProblem | null {
  for (const key of ['anyOf', 'oneOf', 'allOf']) {
    const parts = value[key]
    if (parts === undefined) continue
    if (!Array.isArray(parts) || parts.length === 0) return { kind: 'shape', path, key }
    for (const part of parts) {
      const problem = checkSchema(part, path)
      if (problem) return problem
    }
  }
  return null
}

/** The simple form as JSON Schema: every field is required and no other is allowed. */
export function toJsonSchema(simple: Json): Dict {
  if (typeof simple === 'string') return { type: simple }
  if (Array.isArray(simple)) return { type: 'array', items: toJsonSchema(simple[0] ?? 'string') }
  if (!isDict(simple)) return {}
  const properties = Object.fromEntries(
    Object.entries(simple).map(([key, value]) => [key, toJsonSchema(value)]),
  )
  return {
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  }
}

/** JSON Schema in the simple form; null where that cannot say it. */
export function toSimple(schema: Json): Json | null {
  if (!isDict(schema)) return null
  const said = new Set(Object.keys(schema))
  for (const key of ['$schema', 'title', 'type', 'properties', 'required', 'items'])
    said.delete(key)
  if (schema.additionalProperties === false) said.delete('additionalProperties')
  if (said.size > 0) return null
  if (typeof schema.type === 'string' && plain.has(schema.type)) return schema.type
  if (schema.type === 'array') {
    const item = toSimple(schema.items ?? null)
    return item === null ? null : [item]
  }
  const { properties } = schema
  if (schema.type !== 'object' || !isDict(properties)) return null
  const required = new Set(Array.isArray(schema.required) ? schema.required : [])
  const simple: Dict = {}
  for (const [key, inner] of Object.entries(properties)) {
    const value = toSimple(inner)
    // What may be missing cannot be said in the simple form.
    if (value === null || !required.has(key)) return null
    simple[key] = value
  }
  return simple
}

export function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2)
}
