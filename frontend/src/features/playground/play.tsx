import { createContext, type ReactNode, useContext, useMemo, useState } from 'react'
import type { Sampling } from '@/api/control/inference'
import { useTranslations } from '@/i18n'
import { pretty } from '@/lib/schema'
import type { PlayTurn } from './messages'
import { type Drafts, samplingOf } from './sampling'

/** What is written in the tabs; kept while one goes from tab to tab. */
export interface PlayDrafts {
  prompt: string
  system: string
  message: string
  turns: PlayTurn[]
  question: string
  schema: string
  texts: string
  query: string
  documents: string
  sampling: Drafts
}

interface Play {
  runId: string
  drafts: PlayDrafts
  sampling: Sampling
  set(change: Partial<PlayDrafts> | ((before: PlayDrafts) => Partial<PlayDrafts>)): void
}

const PlayContext = createContext<Play | null>(null)

interface PlayProviderProps {
  runId: string
  children: ReactNode
}

export function PlayProvider({ runId, children }: PlayProviderProps) {
  const t = useTranslations('playground')
  const [drafts, setDrafts] = useState<PlayDrafts>(() => ({
    prompt: t('examplePrompt'),
    system: '',
    message: '',
    turns: [],
    question: t('exampleStructured'),
    schema: pretty({ city: 'string', country: 'string', inhabitants: 'number' }),
    texts: t('exampleTexts'),
    query: t('exampleQuery'),
    documents: t('exampleDocuments'),
    sampling: {},
  }))
  const play = useMemo<Play>(
    () => ({
      runId,
      drafts,
      sampling: samplingOf(drafts.sampling),
      set: change =>
        setDrafts(before => ({
          ...before,
          ...(typeof change === 'function' ? change(before) : change),
        })),
    }),
    [runId, drafts],
  )
  return <PlayContext value={play}>{children}</PlayContext>
}

export function usePlay(): Play {
  const play = useContext(PlayContext)
  if (!play) throw new Error('usePlay stands outside of PlayProvider')
  return play
}

/** The lines of a text that say something. */
export function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean)
}
