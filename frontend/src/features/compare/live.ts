import type { ReactNode } from 'react'
import type { Message, ModelInfo } from '@/api/types'

/** What draws a reply, and what is asked of the live connection; the page brings them. */
export interface Live {
  draw(message: Message, models: ModelInfo[]): ReactNode
  /** Stop one answer. */
  stop(message: Message): Promise<void>
  /** Make an answer the one its chat goes on with, and go there. */
  goOn(message: Message): Promise<void>
}

/** Whether an answer is still being written, or waits for its turn. */
export const isWriting = (message: Message): boolean =>
  message.status === 'pending' || message.status === 'streaming'
