import { expect, test } from 'vitest'
import { toHtml } from './testing'

test('formulas are read in all four notations, money is not', () => {
  expect(toHtml('a $x+1$ b')).toContain('math-inline">x+1</code>')
  expect(toHtml('a \\(x_1\\) b')).toContain('math-inline">x_1</code>')
  expect(toHtml('\\[\nI = \\frac{a}{b}\\\\\nJ\n\\]')).toContain('math-display')
  expect(toHtml('$$\nx\n$$')).toContain('math-display')
  expect(toHtml('between $5 and $10')).toBe('<p>between $5 and $10</p>')
  expect(toHtml('US$5, A$10')).toBe('<p>US$5, A$10</p>')
})

test('code keeps its dollars and brackets', () => {
  expect(toHtml('`$x$` and `\\(y\\)`')).toBe('<p><code>$x$</code> and <code>\\(y\\)</code></p>')
})

test('a formula in a quotation may span lines', () => {
  expect(toHtml('> \\[\n> a\n> b\n> \\]\n')).toContain('math-display">a\nb</code>')
})

test('HTML becomes text, except for line breaks and bare inline tags', () => {
  expect(toHtml('a<br>b')).toContain('a<br>')
  expect(toHtml('H<sub>2</sub>O')).toBe('<p>H<sub>2</sub>O</p>')
  expect(toHtml('x <b onclick="evil()">y</b>')).toBe('<p>x &#x3C;b onclick="evil()">y&#x3C;/b></p>')
  expect(toHtml('<div>\nhello\n</div>')).toBe('<p>&#x3C;div>\nhello\n&#x3C;/div></p>')
  expect(toHtml('|a|\n|-|\n|x<br>y|')).toContain('<td>x<br>')
})

test('emphasis works between Chinese characters and punctuation', () => {
  expect(toHtml('这是**“重点”**文字')).toBe('<p>这是<strong>“重点”</strong>文字</p>')
})

test('a bare address ends where Chinese begins', () => {
  expect(toHtml('见 https://a.example/b。谢谢')).toContain(
    '<a href="https://a.example/b">https://a.example/b</a>。谢谢',
  )
})
