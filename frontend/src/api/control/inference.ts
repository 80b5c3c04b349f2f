import { readEvents } from '@/lib/sse'
import { control } from '../client'
import { errorFrom } from '../errors'
import type { components } from '../schema.gen'

type Schemas = components['schemas']
type Given<T> = { [K in keyof T]?: NonNullable<T[K]> }

/** How a model is asked; what is left out is the engine's own choice. */
export type Sampling = Given<
  Pick<
    Schemas['GenerateRequest'],
    | 'temperature'
    | 'max_tokens'
    | 'top_p'
    | 'top_k'
    | 'min_p'
    | 'repeat_penalty'
    | 'stop'
    | 'seed'
    | 'thinking'
  >
>

export interface ChatTurn {
  role: 'system' | 'user' | 'assistant'
  content: string
}

export type TextRequest =
  | ({ kind: 'generate'; run_id: string; prompt: string } & Sampling)
  | ({ kind: 'chat'; run_id: string; messages: ChatTurn[] } & Sampling)
  | ({ kind: 'structured'; run_id: string; prompt: string; schema: unknown } & Sampling)

const textRoutes = {
  generate: '/llm/generate',
  chat: '/llm/chat',
  structured: '/llm/structured-generate',
} as const

type Piece = Schemas['StreamedPiece']

/** How an answer ended. `object`, of a structured one, is what the schema was found to hold for. */
export type TextEnd = Required<Pick<Piece, 'finish_reason' | 'usage' | 'timings' | 'object'>>

const noEnd: TextEnd = { finish_reason: null, usage: null, timings: null, object: null }

/** What fails once the stream has begun is told in it. */
type Chunk = Piece & { code?: number }

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
  let end = noEnd
  await readEvents(`/api/v1${textRoutes[kind]}`, init, data => {
    const chunk = JSON.parse(data) as Chunk
    if (chunk.code !== undefined && chunk.code >= 400) throw errorFrom(chunk.code, chunk)
    if (chunk.done) {
      const { finish_reason = null, usage = null, timings = null, object = null } = chunk
      end = { finish_reason, usage, timings, object }
    } else {
      each({ text: chunk.delta ?? '', thinking: chunk.thinking ?? '' })
    }
  })
  return end
}

/** The vectors of several texts, in their order. */
export async function embed(
  runId: string,
  input: string[],
  signal: AbortSignal,
): Promise<number[][]> {
  const body: Schemas['EmbeddingsRequest'] = { run_id: runId, input }
  const { data } = await control<Schemas['Embeddings']>('/embeddings', {
    method: 'POST',
    body,
    signal,
  })
  return [...data]
    .sort((a, b) => a.index - b.index)
    .map(({ embedding }) => (typeof embedding === 'string' ? [] : embedding))
}

export type Ranked = Schemas['Ranked']

/** Documents by how well they answer a query, the best first. */
export async function rerank(
  runId: string,
  query: string,
  documents: string[],
  signal: AbortSignal,
): Promise<Ranked[]> {
  const body: Schemas['RerankRequest'] = { run_id: runId, query, documents }
  const { results } = await control<Schemas['Ranking']>('/rerank', {
    method: 'POST',
    body,
    signal,
  })
  return results
}
