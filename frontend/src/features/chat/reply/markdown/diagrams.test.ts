import { expect, test } from 'vitest'
import { withoutTags } from './diagrams'

test('tags in a diagram become text', () => {
  expect(withoutTags('A["<img src=x onerror=a()>"]')).toBe('A["#lt;img src=x onerror=a()>"]')
  expect(withoutTags('A["<b>x</b>"]')).toBe('A["#lt;b>x#lt;/b>"]')
  expect(withoutTags('<<img src=x onerror=a()>>')).toBe('<#lt;img src=x onerror=a()>>')
  expect(withoutTags('<svg/onload=a()>')).toBe('#lt;svg/onload=a()>')
})

test('what the language itself writes with angles stays', () => {
  const source = 'class A {\n <<interface>>\n}\nA <|-- B\nC <--> D\nE["two<br/>lines"]\nF<-G'
  expect(withoutTags(source)).toBe(source)
})
