/**
 * Compiles only while the server's OpenAPI document (schema.gen.ts, made by `npm run generate`) gives what
 * types.ts and frames.ts expect and takes what they send. Holds no code.
 */
import type { GenerationFrame } from './frames'
import type { components } from './schema.gen'
import type * as page from './types'

type Schemas = components['schemas']

/** `Given` may stand wherever `Expected` is asked for. */
type Fits<Given extends Expected, Expected> = Given

/** Words that the document gives as any text. */
type Loose<T extends { state: string; capabilities: string[] }> = Omit<T, 'state' | 'capabilities'>

export type Contract = [
  Fits<Schemas['Chat'], page.Chat>,
  Fits<Schemas['OpenChat'], page.ChatWithMessages>,
  Fits<Schemas['ChatPage'], page.ChatPage>,
  Fits<Schemas['Message'], page.Message>,
  Fits<Schemas['MessagePage'], page.MessagePage>,
  Fits<Schemas['Hit'], page.SearchHit>,
  Fits<Loose<Schemas['ModelInfo']>, Loose<page.ModelInfo>>,
  Fits<Schemas['Instance'], page.Instance>,
  Fits<Schemas['ContextSize'], page.ContextCount>,
  // Errors also answer a client's frame; then they belong to no generation.
  Fits<Exclude<Schemas['GenerationFrame'], { type: 'error' }>, GenerationFrame>,
  Fits<page.ChatChange, Schemas['ChatPatch']>,
  Fits<page.StartBody, Schemas['StartModel']>,
  Fits<page.Settings, Schemas['SettingsShown']>,
  Fits<page.CompletionBody, Schemas['CompletionRequest']>,
]
