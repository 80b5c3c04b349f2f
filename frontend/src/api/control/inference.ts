import { readEvents } from '@/lib/sse'
import { control } from '../client'
import { errorFrom } from '../errors'
import type { Timings, Usage } from '../types'

/** How a model is asked; what is left out is the engine's own choice. */
export interface Sampling {
  temperature?: number
  max_tokens?: number
  top_p?: number
  top_k?: number
  min_p?: number
  repeat_penalty?: number
  stop?: string[]
  seed?: number
  thinking?: boolean
}

export interface ChatTurn {
  role: 'system' | 'user' | 'assistant'
  content: string
}

export type TextRequest =
  | ({ kind: 'generate'; run_id: string; prompt: string } & Sampling)
  | ({ kind: 'chat'; run_id: string; messages: ChatTurn[] } & Sampling)
  | ({ kind: 'structured'; run_id: string; prompt: string; schema: unknown } & Sampling)

export const textRoutes = {
  generate: '/llm/generate',
  chat: '/llm/chat',
  structured: '/llm/structured-generate',
} as const

export interface TextEnd {
  finish_reason: string | null
  usage: Usage | null
  timings: Timings | null
  /** Of a structured answer: what the schema was found to hold for. */
  object?: unknown
}

interface Chunk extends Partial<TextEnd> {
  delta?: string | null
  thinking?: string | null
  done?: boolean
  code?: number
  msg?: string
}

/**
 * Ask for text and give each piece as it comes; resolves with how it ended.
 * @throws ApiError as the server tells it, also in mid-answer.
 */
export async function streamText(
  request: TextRequest,
  signal: AbortSignal,
  each: (piece: { text: string; thinking: string }) => void,
): Promise<TextEnd> {
  const { kind, ...body } = request
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, stream: true }),
    signal,
  }
  let end: TextEnd = { finish_reason: null, usage: null, timings: null }
  await readEvents(`/api/v1${textRoutes[kind]}`, init, data => {
    const chunk = JSON.parse(data) as Chunk
    if (chunk.code !== undefined && chunk.code >= 400) throw errorFrom(chunk.code, chunk)
    if (chunk.done) {
      const { finish_reason = null, usage = null, timings = null, object } = chunk
      end = { finish_reason, usage, timings, object }
    } else {
      each({ text: chunk.delta ?? '', thinking: chunk.thinking ?? '' })
    }
  })
  return end
}

export interface EmbeddingAnswer {
  vectors: number[][]
  usage: Usage | null
}

/** The vectors of several texts, in their order. */
export async function embed(
  runId: string,
  input: string[],
  signal: AbortSignal,
): Promise<EmbeddingAnswer> {
  const answer = await control<{
    data?: { index: number; embedding: number[] }[]
    embeddings?: number[][]
    usage?: Usage | null
  }>('/embeddings', { method: 'POST', body: { run_id: runId, input }, signal })
  const listed = [...(answer.data ?? [])].sort((a, b) => a.index - b.index)
  return {
    vectors: answer.embeddings ?? listed.map(one => one.embedding),
    usage: answer.usage ?? null,
  }
}

export interface Ranked {
  index: number
  score: number
}

/** Documents by how well they answer a query, the best first. */
export async function rerank(
  runId: string,
  query: string,
  documents: string[],
  signal: AbortSignal,
): Promise<Ranked[]> {
  const answer = await control<{ results: { index: number; relevance_score: number }[] }>(
    '/rerank',
    { method: 'POST', body: { run_id: runId, query, documents }, signal },
  )
  return answer.results
    .map(({ index, relevance_score }) => ({ index, score: relevance_score }))
    .sort((a, b) => b.score - a.score)
}
