// The made-up catalogue, chats and replies of the mock server.

const gb = 1_000_000_000

function model(id, name, over = {}) {
  return {
    id,
    name,
    description: '',
    description_zh: '',
    kind: 'chat',
    aliases: [],
    model_id: name.toLowerCase().split(' ')[0],
    size: '',
    quantization: 'Q8_0',
    format: 'gguf',
    engine: 'llamacpp',
    state: 'stopped',
    endpoint: null,
    run_id: null,
    context_length: 32768,
    parameters: 600e6,
    size_bytes: 0.6 * gb,
    downloaded: true,
    download: null,
    fit: { fits: true, needed_bytes: 0.9 * gb, free_bytes: 14.2 * gb, reason: null },
    capabilities: [],
    slots: 4,
    queued: 0,
    active: 0,
    tokens_per_second: null,
    load_seconds: null,
    loading: null,
    error: null,
    demonstration: false,
    official_url: null,
    ...over,
  }
}

export const models = [
  model('stellar-demo', 'Stellar Demo', {
    demonstration: true,
    state: 'ready',
    run_id: 'r1',
    size: '3M',
    parameters: 3e6,
    size_bytes: 4e6,
    quantization: 'F16',
    context_length: 1024,
    tokens_per_second: 412,
    load_seconds: 0.4,
    description:
      'The tiny model that comes with StellarChat. It shows how everything works, and knows very little.',
  }),
  model('qwen3-0.6b-q8_0', 'Qwen3 0.6B', {
    state: 'stopped',
    size: '0.6B',
    capabilities: ['thinking', 'tools'],
    tokens_per_second: 38.4,
    load_seconds: 1.8,
    description: 'Small and quick; thinks before it answers if you want it to.',
  }),
  model('qwen3-4b-q4_k_m', 'Qwen3 4B', {
    state: 'not_downloaded',
    downloaded: false,
    size: '4B',
    quantization: 'Q4_K_M',
    parameters: 4e9,
    size_bytes: 2.5 * gb,
    capabilities: ['thinking', 'tools'],
    description: 'A good all-rounder for a laptop.',
    official_url: 'https://huggingface.co/Qwen/Qwen3-4B-GGUF',
    fit: { fits: true, needed_bytes: 3.4 * gb, free_bytes: 14.2 * gb, reason: null },
  }),
  model('gemma3-4b-q4_k_m', 'Gemma 3 4B', {
    state: 'not_downloaded',
    downloaded: false,
    size: '4B',
    quantization: 'Q4_K_M',
    parameters: 4e9,
    size_bytes: 3.3 * gb,
    capabilities: ['vision'],
    description: 'Sees pictures and writes in many languages.',
    fit: { fits: true, needed_bytes: 4.3 * gb, free_bytes: 14.2 * gb, reason: null },
  }),
  model('llama3.3-70b-q4_k_m', 'Llama 3.3 70B', {
    state: 'not_downloaded',
    downloaded: false,
    size: '70B',
    quantization: 'Q4_K_M',
    parameters: 70e9,
    size_bytes: 42.5 * gb,
    capabilities: ['tools'],
    description: 'Large and strong; wants a large machine.',
    fit: {
      fits: false,
      needed_bytes: 46 * gb,
      free_bytes: 14.2 * gb,
      reason: 'Needs 46 GB of memory, 14.2 GB are free',
    },
  }),
  model('glm-4-remote', 'GLM-4 32B', {
    state: 'remote',
    engine: 'openai',
    endpoint: 'https://models.example.org/v1',
    downloaded: false,
    size: '32B',
    quantization: '',
    format: '',
    size_bytes: null,
    fit: null,
    slots: null,
  }),
]

/** Only the demonstration runs, nothing has been downloaded, no endpoint is known. */
export function firstVisit() {
  models.splice(0, models.length, ...models.filter(one => one.state !== 'remote'))
  for (const one of models) {
    if (!one.demonstration)
      Object.assign(one, { state: 'not_downloaded', downloaded: false, tokens_per_second: null })
  }
}

export const answer = `Three things decide how fast a language model writes on your machine.

1. **Memory bandwidth.** Every token reads all weights once, so a 2.5 GB model on a 50 GB/s laptop cannot pass 20 tokens a second.
2. **Prompt length.** The prompt is read in one go, which is bound by arithmetic instead.
3. **What is cached.** The unchanged beginning of a chat is not read again.

| model | weights | tokens/s |
|---|---:|---:|
| Qwen3 0.6B | 0.6 GB | 38 |
| Qwen3 4B | 2.5 GB | 11 |

\`\`\`python
def bound(bandwidth: float, weights: float) -> float:
    """Tokens per second that memory allows."""
    return bandwidth / weights
\`\`\`

So a smaller quantization is not only smaller: it is *faster*.`

export const thought =
  'The person asks about speed. I should name bandwidth first, since decoding is bound by memory, then the prompt, then the prefix cache.'

const titles = [
  'How fast can a laptop write?',
  'Tea for four people',
  '把这段话翻译成英文',
  'Regular expressions for log lines',
  'A birthday poem for Mei',
  'SQLite WAL against rollback journal',
  '周末去哪里玩',
  'Explain the Doppler effect to a child',
  'Packing list for Iceland',
  'Why does my container restart',
  'Sourdough at 2,400 m altitude',
  'Names for a grey cat',
  'Rewrite my cover letter',
  '用 Python 读取 CSV 文件',
  'Difference between TCP and QUIC',
  'Plan a 5 km training',
  'Summarise the meeting of Tuesday, in which eleven people disagreed about the colour of the shed',
  'Bash: rename many files',
  'Haiku about rain',
  'What is a monad, honestly',
]

let counter = 0
export const id = kind => `${kind}-${(++counter).toString(36).padStart(6, '0')}`

export function message(chat, parent, role, text, over = {}) {
  const at = new Date().toISOString()
  return {
    id: id('m'),
    chat_id: chat,
    parent_id: parent,
    role,
    content: text,
    parts: text ? [{ type: 'text', text }] : [],
    status: 'complete',
    model: null,
    timestamp: at,
    created_at: at,
    updated_at: at,
    metadata: {},
    usage: null,
    timings: null,
    finish_reason: null,
    error: null,
    generation_id: null,
    siblings: [],
    ...over,
  }
}

export function chat(over = {}) {
  const at = new Date().toISOString()
  return {
    id: id('c'),
    title: '',
    title_by: 'fallback',
    user_id: 'local',
    model: null,
    system_prompt: null,
    temperature: null,
    max_tokens: null,
    params: {},
    created_at: at,
    updated_at: at,
    last_message_at: at,
    archived: false,
    pinned: false,
    folder: null,
    tags: [],
    active_leaf: null,
    rev: 1,
    live: [],
    waiting: false,
    ...over,
  }
}

/** Chats spread over the last months, each with some turns. */
export function seed(state, count) {
  for (let i = 0; i < count; i++) {
    const at = new Date(Date.now() - (i < 3 ? i * 3_600_000 : i * i * 2_900_000)).toISOString()
    const one = chat({
      title: titles[i % titles.length] + (i >= titles.length ? ` (${i})` : ''),
      title_by: 'model',
      model: 'qwen3-0.6b-q8_0',
      created_at: at,
      updated_at: at,
      last_message_at: at,
      pinned: i === 5 || i === 9,
      folder: i === 7 || i === 12 ? 'Physics' : i === 13 ? '工作' : null,
    })
    state.chats.set(one.id, one)
    let parent = null
    for (let turn = 0; turn < (i === 0 ? 3 : i === 1 ? 70 : 1); turn++) {
      const ask = message(
        one.id,
        parent,
        'user',
        turn === 0 ? one.title : `And what about step ${turn + 1}?`,
        { timestamp: at, created_at: at },
      )
      const reply = message(one.id, ask.id, 'assistant', answer, {
        timestamp: at,
        created_at: at,
        model: 'qwen3-0.6b-q8_0',
        finish_reason: 'stop',
        parts:
          turn === 0
            ? [
                { type: 'thinking', text: thought, duration_ms: 1840 },
                { type: 'text', text: answer },
              ]
            : [{ type: 'text', text: answer }],
        usage: { prompt_tokens: 1204, completion_tokens: 412, cached_tokens: 860 },
        timings: {
          queue_ms: 0,
          load_ms: 0,
          prompt_ms: 240,
          time_to_first_token_ms: 312,
          generation_ms: 10_800,
          tokens_per_second: 38.1,
        },
      })
      state.messages.set(ask.id, ask)
      state.messages.set(reply.id, reply)
      parent = reply.id
    }
    one.active_leaf = parent
  }
}
