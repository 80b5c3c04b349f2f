import { WrapText } from 'lucide-react'
import { memo, useEffect, useState } from 'react'
import { IconButton } from '@/components/button'
import { CopyButton } from '@/components/copy-button'
import { useTranslations } from '@/i18n'
import { highlight, highlighted } from './highlight'
import { languageOf } from './languages'
import type { Piece } from './tokenize'

interface CodeProps {
  language: string
  code: string
  /** False while the block is still being written: no colours until it is whole. */
  done: boolean
}

export const Code = memo(function Code({ language, code, done }: CodeProps) {
  const t = useTranslations('reply')
  const [wrap, setWrap] = useState(false)
  const lines = useColours(language, code, done)
  return (
    <figure className="code" data-wrap={wrap || undefined}>
      <figcaption>
        <span>{language || t('code')}</span>
        <IconButton
          label={t('wrap')}
          aria-pressed={wrap}
          className="aria-pressed:text-accent"
          onClick={() => setWrap(!wrap)}
        >
          <WrapText aria-hidden className="size-4" />
        </IconButton>
        <CopyButton label={t('copyCode')} text={() => code} />
      </figcaption>
      {/* Scrolls sideways, so the keyboard must reach it. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region needs focus */}
      <pre tabIndex={0}>
        <code>{lines ? <Coloured lines={lines} /> : <Plain code={code} />}</code>
      </pre>
    </figure>
  )
})

function useColours(info: string, code: string, done: boolean): Piece[][] | null {
  const language = languageOf(info)
  const known = done && language ? highlighted(code, language) : undefined
  const [lines, setLines] = useState<{ of: string; lines: Piece[][] } | null>(null)
  useEffect(() => {
    if (!done || !language || known) return
    let current = true
    highlight(code, language).then(found => {
      if (current && found) setLines({ of: code, lines: found })
    })
    return () => {
      current = false
    }
  }, [language, code, done, known])
  return known ?? (lines?.of === code ? lines.lines : null)
}

/** Lines in one element: an element more costs little, laying out a long text again costs much. */
const pack = 40

function packs<T>(lines: T[]): T[][] {
  const all: T[][] = []
  for (let at = 0; at < lines.length; at += pack) all.push(lines.slice(at, at + pack))
  return all
}

function Plain({ code }: { code: string }) {
  return packs(code.replace(/\n$/, '').split('\n')).map((lines, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: packs only ever grow at the end
    <PlainPack key={index} text={lines.join('\n')} />
  ))
}

const PlainPack = memo(function PlainPack({ text }: { text: string }) {
  // A line break, so that an empty last line keeps its height and copying keeps its lines.
  return <span className="pack">{`${text}\n`}</span>
})

const Coloured = memo(function Coloured({ lines }: { lines: Piece[][] }) {
  return packs(lines).map((group, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the lines of finished code do not move
    <span key={index} className="pack">
      {group.map((line, at) => [
        ...line.map(([text, color], piece) =>
          color ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above
            <span key={`${at}.${piece}`} style={{ color }}>
              {text}
            </span>
          ) : (
            text
          ),
        ),
        '\n',
      ])}
    </span>
  ))
})
