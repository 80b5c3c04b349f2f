import { useEffect, useState } from 'react'
import type { GenerationFrame, StatusFrame } from '@/api/frames'
import type { Message } from '@/api/types'
import { Composer } from '@/features/chat/composer'
import { apply, commit, open, patch } from '@/features/chat/live/store'
import { ModelPicker } from '@/features/chat/picker/ModelPicker'
import { Reply, UserMessage } from '@/features/chat/reply'
import type { MessageActions } from '@/features/chat/types'
import { message, models, oom, showcase, timings, usage } from './data'
import { RoomScene, rooms } from './rooms'

const actions: MessageActions = {
  regenerate() {},
  continue() {},
  stop() {},
  showSibling() {},
  edit() {},
  fork() {},
  retryWith() {},
  async restart() {},
  openDrawer() {},
}

function live(id: string, frames: object[]): Message {
  open(id, 'chat', id)
  frames.forEach((frame, at) => {
    apply({ generation_id: id, seq: at + 1, ...frame } as GenerationFrame)
  })
  commit()
  return message(id, { generation_id: id, status: 'streaming' })
}

function status(id: string, frame: Omit<StatusFrame, 'type'>): Message {
  return live(id, [{ type: 'status', ...frame }])
}

const text = (value: string) => [
  { type: 'content_block_start', index: 0, content_block: { type: 'text' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: value } },
]

function User({ content }: { content: string }) {
  const one = message('u', { role: 'user', content, siblings: ['a', 'u', 'b'] })
  return <UserMessage message={one} actions={actions} editable />
}

function One({ of, last = false }: { of: Message; last?: boolean }) {
  return <Reply message={of} actions={actions} models={models} last={last} />
}

function Statuses() {
  const model = 'qwen3-4b-q4'
  const [made] = useState(() => [
    message('pending', { status: 'pending', finish_reason: null }),
    status('q0', { phase: 'queued', position: 0 }),
    status('q2', { phase: 'queued', position: 2 }),
    status('start', { phase: 'loading', engine: 'llamacpp', model }),
    status('load', {
      phase: 'loading',
      progress: 0.43,
      bytes_done: 1.1e9,
      bytes_total: 2.5e9,
      eta_seconds: 6.2,
    }),
    status('read', { phase: 'prefill', prompt_tokens: 1204, cached_tokens: 860, progress: 0.7 }),
    live('think', [
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking' } },
      {
        type: 'content_block_delta',
        index: 0,
        delta: {
          type: 'thinking_delta',
          thinking: 'The user asks about the sky.\nRayleigh scattering goes with the fourth power.',
        },
      },
    ]),
    live('write', text('Sunlight is **scattered** by the air, and the shorter its wa')),
  ])
  return made.map(one => <One key={one.id} of={one} />)
}

function Endings() {
  const [made] = useState(() => {
    const stopping = live('stop', [...text('Sunlight is scattered')])
    patch('stop', { done: true, stopReason: 'cancelled', stopMs: 40 })
    return [
      message('done', {
        parts: [
          { type: 'thinking', text: 'Blue light is *scattered* more.', duration_ms: 12000 },
          { type: 'text', text: 'Because air scatters blue light more than red.' },
        ],
        usage,
        timings,
        siblings: ['x', 'done', 'y'],
        metadata: { seed: 42 },
      }),
      message('tool', {
        parts: [
          {
            type: 'tool_use',
            id: 't',
            name: 'get_weather',
            arguments: '{"city":"北京","unit":"C"}',
          },
        ],
        finish_reason: 'tool_calls',
      }),
      stopping,
      message('int', {
        content: 'Sunlight is scattered by the molecules of the air, and the shorter',
        status: 'interrupted',
        finish_reason: 'interrupted',
      }),
      message('intErr', {
        content: 'Sunlight is scattered by the molecules of the air',
        status: 'interrupted',
        error: {
          code: 'engine_died',
          message: 'The engine went away in the middle of its reply.',
          remedy: 'What was written is kept. Continue, or try again.',
          detail: 'signal 9 (killed): out of memory',
        },
      }),
      message('err', { status: 'error', error: oom }),
      message('long', { content: 'And so on and so', finish_reason: 'length', usage, timings }),
      message('empty', {}),
    ]
  })
  return made.map(one => <One key={one.id} of={one} />)
}

function Showcase() {
  const given = new URLSearchParams(location.search).get('text')
  const one = message('show', { content: given ?? showcase, usage, timings })
  return (
    <>
      <User content="为什么天空是蓝色的？Explain with a formula, a table and some code, please." />
      <One of={one} last />
      <User content={'line\n'.repeat(40)} />
    </>
  )
}

/** Four answers at once, as fast as a fast engine. `window.stats` tells of the frames. */
function Streams() {
  const [ids] = useState(() => ['s1', 's2', 's3', 's4'].map(id => live(id, text(''))))
  useEffect(() => {
    // Drawing diagrams is Mermaid's time, not ours: left out unless asked for.
    const whole = new URLSearchParams(location.search).has('diagrams')
    const source = (whole ? showcase : showcase.replace(/```mermaid[\s\S]*?```/, '')).repeat(6)
    const at = ids.map(() => 0)
    let seq = 10
    const timer = setInterval(() => {
      ids.forEach((one, index) => {
        const from = at[index] ?? 0
        if (from >= source.length) return
        const to = from + 12
        at[index] = to
        const frame = {
          type: 'content_block_delta',
          index: 0,
          delta: { type: 'text_delta', text: source.slice(from, to) },
        }
        apply({ generation_id: one.id, seq: ++seq, ...frame } as GenerationFrame)
        if (to >= source.length) apply({ generation_id: one.id, seq: ++seq, type: 'message_stop' })
      })
    }, 30)
    return () => clearInterval(timer)
  }, [ids])
  return ids.map(one => <One key={one.id} of={one} last />)
}

function Composers() {
  const [model, setModel] = useState('qwen3-4b-q4')
  const shared = {
    chatId: null,
    parentId: null,
    model,
    onModel: setModel,
    systemPrompt: null,
    params: {},
    models,
    pending: false,
    onSend: async () => {},
    onStop() {},
  }
  return (
    <>
      <ModelPicker models={models} value={model} onChange={setModel} />
      <div className="h-40" />
      <Composer {...shared} generationId={null} />
      <Composer {...shared} chatId="busy" generationId="g" />
    </>
  )
}

const scenes = {
  status: Statuses,
  endings: Endings,
  markdown: Showcase,
  streams: Streams,
  composer: Composers,
}

export function Scene() {
  const name = new URLSearchParams(location.search).get('scene') ?? 'status'
  if (name in rooms) {
    return (
      <main className="h-full">
        <RoomScene name={name} />
      </main>
    )
  }
  const Chosen = scenes[name as keyof typeof scenes] ?? Statuses
  return (
    <main className="h-full overflow-y-auto">
      <div className="mx-auto flex max-w-(--reading) flex-col gap-6 px-4 py-6">
        <Chosen />
      </div>
    </main>
  )
}
