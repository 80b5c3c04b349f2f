import type { ReactNode } from 'react'
import type { ComparisonBody } from '@/api/comparisons'
import type { Message, ModelInfo } from '@/api/types'

/** What a message says that goes to several models. */
export type Asked = ComparisonBody['content']

/** Where a message for several models is written. */
export interface Ask {
  /** Under this name what is not sent yet is kept. */
  draft: string
  label: string
  hint: string
  send: string
  disabled: boolean
  /** Who is asked, as far as that may be known. */
  models: ModelInfo[]
  /** Rejects where nothing was asked: what was written stays. */
  onAsk(content: Asked): Promise<void>
}

/** What draws a reply, and what is asked of the live connection; the page brings them. */
export interface Live {
  draw(message: Message, models: ModelInfo[]): ReactNode
  /** Draws the files of the question. */
  files(message: Message): ReactNode
  ask(props: Ask): ReactNode
  /** Stop one answer. */
  stop(message: Message): Promise<void>
  /** Make an answer the one its chat goes on with, and go there. */
  goOn(message: Message): Promise<void>
}

/** Whether an answer is still being written, or waits for its turn. */
export const isWriting = (message: Message): boolean =>
  message.status === 'pending' || message.status === 'streaming'
