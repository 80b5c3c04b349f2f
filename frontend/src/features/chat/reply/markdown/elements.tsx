/** How the elements of an answer are drawn. Looks: markdown.css. */
import type { Element } from 'hast'
import type { Components } from 'hast-util-to-jsx-runtime'
import { Check } from 'lucide-react'
import { useContext } from 'react'
import { useTranslations } from '@/i18n'
import { Code } from './Code'
import { Diagram } from './Diagram'
import { Formula } from './Formula'
import { isFootnote, safeLink } from './links'
import { textOf } from './pipeline'
import { InLink, RemoteImage } from './RemoteImage'
import { Table } from './Table'
import { Unfinished } from './unfinished'

function classes(node: Element): string[] {
  const names = node.properties.className
  return Array.isArray(names) ? names.map(String) : []
}

/** Code, a diagram or a formula: all of them are fences in Markdown. */
export function Fence({ language, code, done }: { language: string; code: string; done: boolean }) {
  const kind = language.toLowerCase()
  if (done && kind === 'mermaid') return <Diagram source={code} />
  if (done && kind === 'math') return <Formula tex={code} display />
  return <Code language={language} code={code} done={done} />
}

function Pre({ node }: { node?: Element }) {
  const unfinished = useContext(Unfinished)
  const code = node?.children.find((child): child is Element => child.type === 'element')
  if (!code) return null
  const names = classes(code)
  const text = textOf(code)
  if (names.includes('math-display')) return <Formula tex={text} display />
  const language = names.find(name => name.startsWith('language-'))?.slice('language-'.length) ?? ''
  return <Fence language={language} code={text} done={!unfinished} />
}

export const drawn: Partial<Components> = {
  a({ href, children }) {
    if (isFootnote(href)) return <Footnote href={href}>{children}</Footnote>
    const address = safeLink(href)
    if (!address) return <span>{children}</span>
    return (
      <a href={address} target="_blank" rel="noopener noreferrer nofollow">
        <InLink value>{children}</InLink>
      </a>
    )
  },
  img({ src, alt }) {
    return <RemoteImage src={src} alt={alt} />
  },
  table({ children }) {
    return <Table>{children}</Table>
  },
  pre({ node }) {
    return <Pre node={node} />
  },
  code({ node, children }) {
    const names = node ? classes(node) : []
    if (node && names.includes('language-math')) {
      return <Formula tex={textOf(node)} display={names.includes('math-display')} />
    }
    return <code>{children}</code>
  },
  input({ checked }) {
    return <Box checked={Boolean(checked)} />
  },
}

/** A task's box. It tells and takes nothing, so it is a picture with a name and no control. */
function Box({ checked }: { checked: boolean }) {
  const t = useTranslations('reply')
  return (
    <span
      role="img"
      aria-label={checked ? t('taskDone') : t('taskOpen')}
      className="task"
      data-checked={checked || undefined}
    >
      {checked && <Check aria-hidden className="size-3" strokeWidth={3.5} />}
    </span>
  )
}

function Footnote({ href, children }: { href: string; children?: React.ReactNode }) {
  return (
    <a
      href={href}
      onClick={event => {
        // The page's address belongs to the router.
        event.preventDefault()
        const target = document.getElementById(href.slice(1))
        target?.scrollIntoView({ block: 'nearest', behavior: 'smooth' })
      }}
    >
      {children}
    </a>
  )
}
