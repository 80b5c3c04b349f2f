/** The Markdown renderer, fetched while the person types. */
import './markdown.css'
import { toJsxRuntime } from 'hast-util-to-jsx-runtime'
import { memo, type ReactElement, useDeferredValue, useMemo, useRef } from 'react'
import { Fragment, jsx, jsxs } from 'react/jsx-runtime'
import { type Block, nothing, type Split, split } from './blocks'
import { drawn, Fence } from './elements'
import { elements } from './pipeline'
import { Unfinished } from './unfinished'

interface RenderedProps {
  text: string
  /** The text will not grow any more. */
  finished: boolean
  /** Keeps the footnotes of several answers apart. */
  id: string
}

export default function Rendered({ text, finished, id }: RenderedProps) {
  const newest = useMemo(() => ({ text, finished }), [text, finished])
  // React draws a growing answer in slices and drops a slice that is out of date: typing goes first.
  const shown = useDeferredValue(newest)
  const before = useRef<Split>(nothing)
  const { blocks } = useMemo(() => {
    before.current = recall(shown.text, shown.finished, before.current)
    return before.current
  }, [shown])
  return (
    <div className="markdown" data-growing={shown.finished ? undefined : true}>
      {blocks.map(block => (
        <BlockView key={block.start} block={block} id={id} />
      ))}
    </div>
  )
}

const kept = 120
const finishedSplits = new Map<string, Split>()

/** Finished answers scroll out of the list and back in; they are parsed once. */
function recall(text: string, finished: boolean, before: Split): Split {
  if (!finished) return split(before, text, false)
  const known = finishedSplits.get(text)
  if (known) return known
  const made = split(before, text, true)
  finishedSplits.set(text, made)
  const oldest = finishedSplits.size > kept ? finishedSplits.keys().next().value : undefined
  if (oldest !== undefined) finishedSplits.delete(oldest)
  return made
}

interface BlockViewProps {
  block: Block
  id: string
}

const BlockView = memo(
  function BlockView({ block, id }: BlockViewProps) {
    if (block.kind === 'code') {
      return <Fence language={block.language} code={block.source} done={block.done} />
    }
    return <Unfinished value={!block.done}>{draw(block, id)}</Unfinished>
  },
  (before, after) =>
    before.id === after.id &&
    before.block.kind === after.block.kind &&
    before.block.source === after.block.source &&
    before.block.done === after.block.done &&
    (before.block.kind !== 'code' ||
      after.block.kind !== 'code' ||
      before.block.language === after.block.language),
)

const drawings = new WeakMap<Block, ReactElement>()

function draw(block: Block & { kind: 'markdown' }, id: string): ReactElement {
  const known = drawings.get(block)
  if (known) return known
  // Taken out of the block: making elements changes the nodes, which must not happen twice.
  const made = toJsxRuntime(elements(block.nodes, id), {
    Fragment,
    jsx,
    jsxs,
    components: drawn,
    ignoreInvalidStyle: true,
    passNode: true,
  })
  drawings.set(block, made)
  return made
}
