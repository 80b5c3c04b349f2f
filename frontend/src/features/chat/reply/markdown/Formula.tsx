import type katex from 'katex'
import { memo, useContext, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Unfinished } from './unfinished'

let engine: typeof katex | undefined
let loading: Promise<void> | undefined

function load(): Promise<void> {
  loading ??= Promise.all([import('katex'), import('katex/dist/katex.min.css')]).then(
    ([{ default: loaded }]) => {
      engine = loaded
    },
    () => {
      loading = undefined
    },
  )
  return loading
}

interface FormulaProps {
  tex: string
  display: boolean
}

/** A formula; its source where it cannot be set, and while it is still being written. */
export const Formula = memo(function Formula({ tex, display }: FormulaProps) {
  const place = useRef<HTMLSpanElement>(null)
  const unfinished = useContext(Unfinished)
  const [ready, setReady] = useState(engine !== undefined)
  useEffect(() => {
    let current = true
    if (!engine) load().then(() => current && setReady(engine !== undefined))
    return () => {
      current = false
    }
  }, [])
  useLayoutEffect(() => {
    const span = place.current
    if (!span) return
    try {
      if (!ready || !engine) throw new Error('not loaded')
      engine.render(tex, span, {
        displayMode: display,
        // Half a formula is no mistake of the model: its source is shown instead.
        throwOnError: unfinished,
        errorColor: 'var(--bad)',
        strict: 'ignore',
        trust: false,
        maxExpand: 200,
        maxSize: 20,
      })
      span.dataset.set = 'true'
    } catch {
      span.textContent = tex
      delete span.dataset.set
    }
  }, [tex, display, ready, unfinished])
  return <span ref={place} className={display ? 'formula formula-display' : 'formula'} />
})
