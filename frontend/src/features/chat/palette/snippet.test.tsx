import { render } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { piecesOf, Snippet } from './snippet'

describe('piecesOf', () => {
  it('tells hits from the text around them', () => {
    expect(piecesOf('a <mark>cat</mark> sat')).toEqual([
      { text: 'a ', marked: false },
      { text: 'cat', marked: true },
      { text: ' sat', marked: false },
    ])
  })

  it('reads entities by name and by number', () => {
    expect(piecesOf('&lt;b&gt; &amp; &#39;&#x4e2d;&quot;')[0]?.text).toBe('<b> & \'中"')
  })

  it('leaves what is no entity as it is', () => {
    expect(piecesOf('&nonsense; &#0; &#9999999;')[0]?.text).toBe('&nonsense; &#0; &#9999999;')
  })
})

describe('Snippet', () => {
  it('never makes an element out of what was said', () => {
    const { container } = render(
      <Snippet html="&lt;img src=x onerror=alert(1)&gt;<img src=y><mark>hit</mark>" />,
    )
    expect(container.querySelector('img')).toBeNull()
    expect(container.textContent).toBe('<img src=x onerror=alert(1)><img src=y>hit')
    expect(container.querySelector('mark')?.textContent).toBe('hit')
  })
})
