/** From what a person fills in to the body of a start. Pure. */
import type {
  CatalogModel,
  CatalogVariant,
  LaunchField,
  LaunchOptions,
  StartRequest,
} from '@/api/control/types'

/** What is asked first; the rest is folded. */
const usual = new Set(['context_length', 'slots', 'n_gpu', 'gpus', 'replicas', 'thinking'])

export function isUsual(field: LaunchField): boolean {
  return usual.has(field.name)
}

/** Sizes in the catalogue's order; the one that models without sizes have is the empty text. */
export function sizesOf(model: CatalogModel): string[] {
  return [...new Set(model.variants.map(variant => variant.size ?? ''))]
}

export function variantsOf(model: CatalogModel, size: string): CatalogVariant[] {
  return model.variants.filter(variant => (variant.size ?? '') === size)
}

const use = (variant: CatalogVariant) => {
  if (variant.state === 'ready') return 0
  if (variant.downloaded) return 1
  if (variant.fit) return variant.fit.fits ? 2 : 4
  return variant.error ? 5 : 3
}

/** What somebody who has chosen nothing most likely wants: what runs, what is here, what fits. */
export function likeliest(variants: CatalogVariant[]): CatalogVariant | undefined {
  return [...variants].sort((a, b) => use(a) - use(b))[0]
}

/** Draft texts by the names of options; an empty one leaves the choice to the engine. */
export type Values = Readonly<Record<string, string>>

export type Problem =
  | { kind: 'number' | 'integer' }
  | { kind: 'range'; minimum: number | null; maximum: number | null }
  | { kind: 'choice' }

type Read = { value: unknown } | { problem: Problem } | null

function readNumber(field: LaunchField, text: string): Read {
  const value = Number(text)
  if (!Number.isFinite(value)) return { problem: { kind: 'number' } }
  if (field.type === 'integer' && !Number.isInteger(value)) return { problem: { kind: 'integer' } }
  const { minimum, maximum } = field
  if ((minimum !== null && value < minimum) || (maximum !== null && value > maximum)) {
    return { problem: { kind: 'range', minimum, maximum } }
  }
  return { value }
}

/** Read one field; null where nothing is given. */
export function readField(field: LaunchField, text: string): Read {
  const given = text.trim()
  if (given === '') return null
  switch (field.type) {
    case 'integer':
    case 'number':
      return readNumber(field, given)
    case 'boolean':
      return { value: given === 'true' }
    case 'choice':
      return field.choices.includes(given) ? { value: given } : { problem: { kind: 'choice' } }
    case 'text':
      return { value: given }
    case 'list':
      return readList(field, given)
  }
}

/** One entry a line or, of GPUs, also separated by commas and spaces. */
function readList(field: LaunchField, text: string): Read {
  if (field.name !== 'gpus') {
    return {
      value: text
        .split('\n')
        .map(line => line.trim())
        .filter(Boolean),
    }
  }
  const numbers = text
    .split(/[\s,，]+/)
    .filter(Boolean)
    .map(Number)
  if (numbers.some(one => !Number.isInteger(one))) return { problem: { kind: 'integer' } }
  const { minimum, maximum } = field
  const outside = (one: number) =>
    (minimum !== null && one < minimum) || (maximum !== null && one > maximum)
  if (numbers.some(outside)) return { problem: { kind: 'range', minimum, maximum } }
  return { value: numbers }
}

export interface Reading {
  /** Options by name, only those that were given and are well-formed. */
  options: Record<string, unknown>
  problems: Record<string, Problem>
}

export function readAll(fields: LaunchField[], values: Values): Reading {
  const reading: Reading = { options: {}, problems: {} }
  for (const field of fields) {
    const read = readField(field, values[field.name] ?? '')
    if (!read) continue
    if ('problem' in read) reading.problems[field.name] = read.problem
    else reading.options[field.name] = read.value
  }
  return reading
}

/** The body of a start: everything that was chosen stands in it. */
export function bodyOf(
  variant: CatalogVariant,
  engine: string | null,
  options: Record<string, unknown>,
): StartRequest {
  return {
    model_id: variant.id,
    ...(engine && { engine_type: engine }),
    ...(variant.size && { size: variant.size }),
    ...(variant.quantization && { quantization: variant.quantization }),
    ...(variant.format && { format: variant.format }),
    ...options,
  } as StartRequest
}

/** What the engine would choose itself, as a text; null where it does not say. */
export function defaultOf(field: LaunchField, defaults: LaunchOptions | null): string | null {
  const value = defaults?.[field.name as keyof LaunchOptions]
  if (value === null || value === undefined) return null
  return Array.isArray(value) ? value.join(', ') : String(value)
}

/** Options as draft texts, e.g. to change those of an instance. */
export function valuesOf(fields: LaunchField[], options: LaunchOptions): Values {
  const values: Record<string, string> = {}
  for (const field of fields) {
    const value = options[field.name as keyof LaunchOptions]
    if (value === null || value === undefined) continue
    values[field.name] = Array.isArray(value)
      ? value.join(field.name === 'gpus' ? ', ' : '\n')
      : String(value)
  }
  return values
}
