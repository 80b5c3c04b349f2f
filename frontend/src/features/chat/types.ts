/**
 * The seams between the parts of the chat room. `room/` composes; `reply/`, `composer/` and `picker/`
 * draw. A part reads the live stream itself (`useLiveGeneration`), so that a token re-renders one reply.
 */
import type { Persona } from '@/api/prompts'
import type { ChatPersona, GenerationParams, Message, ModelInfo, Part } from '@/api/types'

/** What a reader may do with a message; the room carries it out. All are stable across renders. */
export interface MessageActions {
  /** A new reply below the same user message; by another model where one is named. */
  regenerate(message: Message, model?: string): void
  /** Write on where a stopped or interrupted reply ended. */
  continue(message: Message): void
  /** Stop the generation that writes this message. */
  stop(message: Message): void
  /** Show another child of the same parent: an id out of `message.siblings`. */
  showSibling(id: string): void
  /** A new sibling of this user message, answered by the chat's model. */
  edit(message: Message, content: string): void
  /** Copy the conversation down to this message into a chat of its own, and go there. */
  fork(message: Message): void
  /** Set the model of the chat and try again with it. */
  retryWith(message: Message, model: string): void
  /** Start the message's model again with a context of so many tokens, and try again with it. */
  restart(message: Message, contextLength: number): Promise<void>
  /** Show the drawer of parameters (`params`), one message's details, or the log of its model. */
  openDrawer(what: 'params' | 'details' | 'logs', message?: Message): void
}

export interface UserMessageProps {
  message: Message
  actions: MessageActions
  /** False while this branch is being written on: editing must wait. */
  editable: boolean
}

export interface ReplyProps {
  message: Message
  actions: MessageActions
  /** The last message of the branch shows its actions without hovering. */
  last: boolean
  /** Without the branch picker and the row of actions: what is around it has its own. */
  bare?: boolean
  /** The catalogue, for names, states and "another model"; [] until it is known. */
  models: ModelInfo[]
}

/** A part that a person can send. */
export type SaidPart = Extract<Part, { type: 'text' | 'image' | 'file' }>

/** What the composer hands over when the person sends. */
export interface Outgoing {
  content: string | SaidPart[]
}

/** What the room can do about a message that does not fit; what is left out cannot be done here. */
export interface Remedies {
  choose(id: string): void
  /** Turn off all tools of servers. */
  withoutTools?(): void
  /** Have earlier messages summarised; rejects never. */
  summarise?(): Promise<void>
  /** Go on in a new chat, with the draft. */
  newChat?(): void
  restart?(model: string, contextLength: number): Promise<void>
}

export interface ComposerProps {
  /** Key of the kept draft; null is the new chat. */
  chatId: string | null
  /** The leaf that the next message hangs below, for the context gauge. */
  parentId: string | null
  model: string | null
  onModel(id: string): void
  systemPrompt: string | null
  params: GenerationParams
  /** Tools are turned on and off in them. */
  onParams?(params: GenerationParams): void
  persona?: PersonaChoice
  models: ModelInfo[]
  /** The generation running on this branch, or null: Stop stands where Send was. */
  generationId: string | null
  /** True from sending until the server has answered with a generation. */
  pending: boolean
  /** Resolves when the server has stored the message; on rejection the draft comes back. */
  onSend(outgoing: Outgoing): Promise<void>
  onStop(): void
  /** Besides choosing another model and turning tools off. */
  remedies?: Omit<Remedies, 'choose' | 'withoutTools'>
  autoFocus?: boolean
  /** Lets the room focus the composer or write into it. */
  handle?: React.Ref<ComposerHandle>
}

export interface ComposerHandle {
  focus(): void
  /** Replace the draft, e.g. by an example the person chose. */
  fill(text: string): void
}

/** How a persona is chosen where models are. */
export interface PersonaChoice {
  /** The one that the chat has. */
  chosen: ChatPersona | null
  /** Null: without one. */
  onChoose(persona: Persona | null): void
}

export interface ModelPickerProps {
  models: ModelInfo[]
  value: string | null
  onChange(id: string): void
  /** Left out: only models are offered. */
  persona?: PersonaChoice
  /** Smaller, for the composer's chip; the default is the button of a top bar. */
  variant?: 'chip' | 'bar'
}
