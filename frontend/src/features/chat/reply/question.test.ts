import { expect, test } from 'vitest'
import type { QuestionField } from '@/api/types'
import { contentOf, hostOf, initial } from './question'

function field(name: string, more: Partial<QuestionField>): QuestionField {
  return {
    name,
    kind: 'string',
    title: name,
    description: '',
    required: false,
    default: null,
    format: null,
    least: null,
    most: null,
    options: [],
    ...more,
  }
}

const fields = [
  field('name', { required: true }),
  field('age', { kind: 'integer', default: 30 }),
  field('sure', { kind: 'boolean', default: true }),
  field('days', { kind: 'choices' }),
  field('when', { format: 'date-time' }),
]

test('a form begins with what the server proposes', () => {
  expect(initial(fields)).toEqual({ name: '', age: '30', sure: true, days: [], when: '' })
})

test('what was left empty is not sent, and numbers and moments are what they are', () => {
  const empty = { name: 'Ann', age: '', sure: false, days: [], when: '' }
  expect(contentOf(fields, empty)).toEqual({ name: 'Ann', sure: false })
  const full = { name: 'Ann', age: '3', sure: true, days: ['mo'], when: '2026-01-02T03:04' }
  expect(contentOf(fields, full)).toEqual({
    name: 'Ann',
    age: 3,
    sure: true,
    days: ['mo'],
    when: new Date('2026-01-02T03:04').toISOString(),
  })
})

test('a moment comes back as it was proposed', () => {
  const when = field('when', { format: 'date-time', default: '2026-01-02T03:04:00Z' })
  expect(contentOf([when], initial([when]))).toEqual({ when: '2026-01-02T03:04:00.000Z' })
})

test('a host in letters of another script is told as it is asked for', () => {
  const question = { id: '1', message: '', fields: [], url: 'https://bаnk.example:8443/x' }
  expect(hostOf(question)).toBe('xn--bnk-6cd.example:8443')
})
