/** Made-up answers of `/api/v1` for the gallery's rooms around models. */
import type {
  CatalogModel,
  CatalogVariant,
  EngineInfo,
  LaunchOptions,
  RunningInstance,
  Transfer,
} from '@/api/control/types'
import type { ModelInfo } from '@/api/types'
import { model } from './data'

const gb = 1e9
const free = 23.8 * gb

function variant(id: string, more: Partial<CatalogVariant>): CatalogVariant {
  const needed = (more.size_bytes ?? gb) + 1.4 * gb
  return {
    id,
    name: id,
    size: '4b',
    quantization: 'q4_k_m',
    format: 'gguf',
    context_length: 40960,
    size_bytes: 2.5 * gb,
    downloaded: false,
    state: 'not_downloaded',
    run_id: null,
    engines: ['llamacpp', 'transformers', 'vllm', 'sglang', 'ollama'],
    capabilities: [],
    parameters: 4e9,
    source: id,
    fit: {
      fits: needed < free,
      needed_bytes: needed,
      free_bytes: free,
      reason:
        needed < free
          ? null
          : `It needs about ${(needed / gb).toFixed(1)} GB of memory, 23.8 GB are free.`,
      devices: [{ name: 'memory', needed_bytes: needed, free_bytes: free }],
      weights_bytes: 0,
      context_bytes: 0,
      overhead_bytes: 0,
      ways: [],
    },
    error: null,
    ...more,
  } as CatalogVariant
}

function family(id: string, more: Partial<CatalogModel>): CatalogModel {
  const variants = more.variants ?? [variant(id, { name: more.name ?? id })]
  return {
    id,
    name: id,
    description: '',
    description_zh: '',
    own: false,
    official_url: 'https://example.com/',
    kind: 'chat',
    demonstration: false,
    sizes: [...new Set(variants.map(one => one.size ?? ''))],
    engines: ['llamacpp'],
    quantizations: ['q4_k_m'],
    formats: ['gguf'],
    capabilities: [],
    ...more,
    variants,
  } as CatalogModel
}

const families: CatalogModel[] = [
  family('stellar-demo', {
    name: 'Stellar Demo',
    description:
      'A tiny model that comes with StellarChat, to see that everything works. It knows greetings, small sums and little else.',
    description_zh:
      '随 StellarChat 附带的小模型，用来确认一切正常。它会打招呼、做简单的加法，别的所知甚少。',
    official_url: '',
    demonstration: true,
    variants: [
      variant('stellar-demo', {
        size: '',
        quantization: 'f16',
        name: 'Stellar Demo',
        size_bytes: 4_200_000,
        downloaded: true,
        state: 'ready',
        run_id: 'run-demo',
      }),
    ],
  }),
  family('qwen3', {
    name: 'Qwen3',
    description:
      'Alibaba’s family for every machine size. Thinks before it answers if asked to, calls tools, writes Chinese and English well.',
    description_zh:
      '阿里巴巴为各种机器规模推出的系列。需要时先思考再回答，能调用工具，中英文俱佳。',
    capabilities: ['tools', 'thinking'],
    engines: ['llamacpp', 'transformers', 'vllm', 'sglang', 'ollama'],
    variants: [
      variant('qwen3-0.6b', { size: '0.6b', quantization: 'q8_0', size_bytes: 0.64 * gb }),
      variant('qwen3-4b-q4', { name: 'Qwen3 4B', downloaded: true, state: 'stopped' }),
      variant('qwen3-4b-q8', { name: 'Qwen3 4B Q8_0', quantization: 'q8_0', size_bytes: 4.3 * gb }),
      variant('qwen3-8b', { size: '8b', size_bytes: 5.0 * gb, name: 'Qwen3 8B' }),
      variant('qwen3-32b', { size: '32b', size_bytes: 34.8 * gb, quantization: 'q8_0' }),
    ],
  }),
  family('gemma3', {
    name: 'Gemma 3',
    description: 'Google’s open models, at home in many languages. They see images.',
    capabilities: ['vision'],
    variants: [
      variant('gemma3-4b', { size: '4b', size_bytes: 2.5 * gb }),
      variant('gemma3-12b', { size: '12b', size_bytes: 7.3 * gb }),
    ],
  }),
  family('deepseek-r1', {
    name: 'DeepSeek R1',
    description: 'Reasons at length before it answers. The whole model, for large machines.',
    capabilities: ['thinking'],
    variants: [variant('deepseek-r1-671b', { size: '671b', size_bytes: 404 * gb })],
  }),
  family('mistral-small', {
    name: 'Mistral Small',
    description: 'Quick and able, with long contexts.',
    capabilities: ['tools', 'vision'],
    variants: [variant('mistral', { size: '24b', size_bytes: 14.3 * gb, state: 'downloading' })],
  }),
  family('my-model', {
    name: 'Our support model, second training with a long name',
    description: 'Added from /srv/models/support.',
    official_url: '',
    own: true,
    variants: [variant('my-model', { size: '7b', downloaded: true, state: 'failed' })],
  }),
  family('bge-m3', { name: 'BGE M3', kind: 'embedding', description: 'Embeddings of long texts.' }),
  family('bge-reranker', { name: 'BGE Reranker', kind: 'rerank', description: 'Sorts texts.' }),
]

const engine = (name: string, more: Partial<EngineInfo> = {}): EngineInfo => ({
  name,
  usable: true,
  launches: true,
  version: null,
  reason: null,
  remedy: null,
  base_url: null,
  ...more,
})

const engines: EngineInfo[] = [
  engine('llamacpp', { version: '2026.10' }),
  engine('transformers', { version: '5.12.1' }),
  engine('vllm', {
    usable: false,
    reason: 'vLLM is not installed.',
    remedy: 'Install it with: pip install stellarchat[vllm]',
  }),
  engine('sglang', { usable: false, reason: 'It needs a GPU, and there is none.' }),
  engine('ollama', { launches: false, base_url: 'http://localhost:11434', version: '0.14.2' }),
]

const options: LaunchOptions = {
  engine: 'llamacpp',
  context_length: 8192,
  slots: 4,
  threads: 8,
  n_gpu: 0,
  gpus: null,
  replicas: 1,
  thinking: null,
  precision: null,
  cache_type: 'f16',
  gpu_layers: null,
  gpu_memory_utilization: null,
  lora: null,
  trust_remote_code: null,
  pinned: false,
  idle_unload_seconds: null,
  extra_args: null,
}

const field = (name: string, type: string, more: object = {}) => ({
  name,
  type,
  minimum: null,
  maximum: null,
  choices: [],
  ...more,
})

const fields = [
  field('context_length', 'integer', { minimum: 1, maximum: 40960 }),
  field('slots', 'integer', { minimum: 1, maximum: 256 }),
  field('n_gpu', 'integer', { minimum: 0, maximum: 8 }),
  field('replicas', 'integer', { minimum: 1, maximum: 16 }),
  field('thinking', 'boolean'),
  field('threads', 'integer', { minimum: 1, maximum: 512 }),
  field('cache_type', 'choice', { choices: ['f16', 'q8_0', 'q4_0'] }),
  field('gpu_memory_utilization', 'number', { minimum: 0.05, maximum: 1 }),
  field('lora', 'list'),
  field('pinned', 'boolean'),
  field('extra_args', 'list'),
]

const now = Date.now()
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString()

function instance(id: string, more: Partial<RunningInstance> = {}): RunningInstance {
  return {
    run_id: id,
    model: 'qwen3-4b-q4',
    variant: 'qwen3-4b-q4',
    name: 'Qwen3 4B',
    engine: 'llamacpp',
    state: 'ready',
    address: 'http://127.0.0.1:41233',
    pid: 48213,
    slots: 4,
    active: 1,
    queued: 0,
    context_length: 8192,
    memory_bytes: 4.6 * gb,
    gpu_memory_bytes: null,
    started_at: ago(5400),
    restarts: 0,
    error: null,
    loading: null,
    tokens_per_second: 38.2,
    last_used_at: ago(4),
    load_seconds: 3.9,
    options,
    pinned: false,
    attached: false,
    capabilities: ['tools', 'thinking'],
    replicas: [
      {
        index: 1,
        state: 'ready',
        address: null,
        pid: 48213,
        gpus: [],
        active: 1,
        queued: 0,
        memory_bytes: 4.6 * gb,
        gpu_memory_bytes: null,
        restarts: 0,
        error: null,
        loading: null,
      },
    ],
    ...more,
  }
}

const [replica] = instance('x').replicas

const instances: RunningInstance[] = [
  instance('run-qwen', {
    pinned: true,
    queued: 2,
    replicas: replica && [replica, { ...replica, index: 2, state: 'loading', memory_bytes: 1e9 }],
  }),
  instance('run-demo', {
    model: 'stellar-demo',
    variant: 'stellar-demo',
    name: 'Stellar Demo',
    memory_bytes: 61e6,
    tokens_per_second: 412,
    started_at: ago(42),
    load_seconds: 0.4,
    active: 0,
  }),
  instance('run-load', {
    name: 'Gemma 3 12B',
    variant: 'gemma3-12b',
    state: 'loading',
    loading: { progress: 0.43, bytes_done: 3.1e9, bytes_total: 7.3e9, eta_seconds: 6 },
    tokens_per_second: null,
    replicas: [],
  }),
  instance('run-bad', {
    name: 'Our support model',
    variant: 'my-model',
    state: 'failed',
    pid: null,
    tokens_per_second: null,
    memory_bytes: null,
    restarts: 5,
    replicas: [],
    error: {
      type: 'server_error',
      status: 500,
      param: null,
      retry_after: null,
      code: 'launch_failed',
      message: 'The engine ended again and again while it loaded the weights.',
      remedy: 'Start it with a smaller context, or stop another model first.',
      detail:
        'ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 4831838208\nllama_init_from_model: failed to initialize the context',
    },
  }),
  instance('run-ollama', {
    name: 'llama3.2:3b',
    variant: 'llama3.2',
    engine: 'ollama',
    attached: true,
    pid: null,
    replicas: [],
  }),
]

const wave = (at: number) => Math.max(0, Math.sin(at / 6) * 14 + Math.sin(at / 2.3) * 6 + 24)

const history = {
  interval_seconds: 5,
  samples: Array.from({ length: 90 }, (_, at) => ({
    at: ago((90 - at) * 5),
    tokens_per_second: at < 8 || (at > 40 && at < 52) ? null : wave(at),
    memory_bytes: Math.min(4.6 * gb, 2.6 * gb + at * 0.06 * gb),
    gpu_memory_bytes: null,
    active: Math.round(Math.max(0, Math.sin(at / 7) * 3)),
    queued: at > 60 && at < 70 ? 3 : 0,
  })),
}

const verification = {
  verified_at: ago(5000),
  checks: {
    stream: { ok: true, note: null },
    stop: { ok: true, note: 'free after 12 ms' },
    schema: { ok: true, note: null },
    tools: { ok: false, note: 'It answered with text instead of a call.' },
    thinking: { ok: true, note: null },
    vision: { ok: null, note: null },
  },
}

function transfer(id: string, more: Partial<Transfer>): Transfer {
  return {
    id,
    variant_id: id,
    repo: 'Qwen/Qwen3-8B-GGUF',
    file: 'Qwen3-8B-Q4_K_M.gguf',
    revision: 'main',
    path: 'HF/Qwen3-8B',
    files: [],
    status: 'running',
    bytes_done: 1.9 * gb,
    bytes_total: 5.03 * gb,
    rate: 48e6,
    eta_seconds: 65,
    error: null,
    created_at: ago(60),
    updated_at: ago(1),
    ...more,
  }
}

const transfers: Transfer[] = [
  transfer('qwen3-8b', {
    files: [
      { file: 'Qwen3-8B-00001-of-00003.gguf', bytes_done: 1.7 * gb, bytes_total: 1.7 * gb },
      { file: 'Qwen3-8B-00002-of-00003.gguf', bytes_done: 0.2 * gb, bytes_total: 1.7 * gb },
      { file: 'Qwen3-8B-00003-of-00003.gguf', bytes_done: 0, bytes_total: 1.63 * gb },
    ],
  }),
  transfer('gemma3-12b', { repo: 'google/gemma-3-12b-it-GGUF', status: 'paused', rate: null }),
  transfer('mistral', {
    repo: 'mistralai/Mistral-Small-GGUF',
    status: 'failed',
    rate: null,
    error: {
      type: 'server_error',
      status: 502,
      param: null,
      retry_after: null,
      code: 'download_failed',
      message: 'Hugging Face wants an account for this repository.',
      remedy: 'Accept its licence on huggingface.co, then set hf_token.',
      detail: 'HTTP 401 GatedRepo',
    },
  }),
  transfer('qwen3-0.6b', {
    status: 'complete',
    bytes_done: 0.64 * gb,
    bytes_total: 0.64 * gb,
    rate: null,
  }),
]

const endpoints = [
  {
    id: 'e1',
    name: 'Zhipu',
    base_url: 'https://open.bigmodel.cn/api/paas/v4',
    models: ['glm-4-32b'],
    enabled: true,
    has_key: true,
    served: ['glm-4-32b'],
    source: 'user',
  },
  {
    id: 'e2',
    name: 'CodeGeeX 4',
    base_url: '',
    models: [],
    enabled: false,
    has_key: false,
    served: [],
    source: 'config',
  },
]

const info = (id: string, more: Partial<ModelInfo>) => model(id, more)

const infos: ModelInfo[] = [
  info('stellar-demo', { name: 'Stellar Demo', state: 'ready', run_id: 'run-demo' }),
  info('qwen3-4b-q4', { name: 'Qwen3 4B', model_id: 'qwen3', state: 'ready', run_id: 'run-qwen' }),
  info('qwen3-8b', { name: 'Qwen3 8B', model_id: 'qwen3', state: 'downloading' }),
  info('gemma3-12b', { name: 'Gemma 3 12B', model_id: 'gemma3' }),
  info('qwen3-0.6b', { name: 'Qwen3 0.6B', model_id: 'qwen3' }),
  info('mistral', { name: 'Mistral Small 24B', model_id: 'mistral-small' }),
  info('bge-m3', { name: 'BGE M3', kind: 'embedding', state: 'ready', run_id: 'run-bge' }),
]

/** What a start would need: more the longer its context is. */
function forecast(body: Record<string, unknown>) {
  const found = families.flatMap(one => one.variants).find(one => one.id === body.model_id)
  const context = Number(body.context_length ?? options.context_length)
  const slots = Number(body.slots ?? options.slots)
  const cache = body.cache_type === 'q4_0' ? 0.25 : body.cache_type === 'q8_0' ? 0.5 : 1
  const weights = found?.size_bytes ?? gb
  const contexts = context * slots * 36_000 * cache
  const needed = weights + contexts + 0.3 * gb
  const fits = needed <= free
  return {
    variant: body.model_id,
    engine: body.engine_type ?? 'llamacpp',
    options: { ...options, context_length: context, slots },
    fit: {
      fits,
      needed_bytes: needed,
      free_bytes: free,
      reason: fits ? null : 'Shorten the context, or stop another model.',
      devices: [{ name: 'memory', needed_bytes: needed, free_bytes: free }],
      weights_bytes: weights,
      context_bytes: contexts,
      overhead_bytes: 0.3 * gb,
      ways: fits ? [] : [{ option: 'context_length', value: 1024 }],
    },
  }
}

const envelope = (data: unknown) => Response.json({ code: 200, msg: 'success', data })

function stream(frames: object[], wait: number): Response {
  const encoder = new TextEncoder()
  const body = new ReadableStream({
    async start(controller) {
      for (const frame of frames) {
        controller.enqueue(encoder.encode(`data: ${JSON.stringify(frame)}\n\n`))
        await new Promise(resolve => setTimeout(resolve, wait))
      }
      controller.close()
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

function start(body: Record<string, unknown>): Response {
  const step = (name: string, more: object = {}) => ({
    step: name,
    variant: body.model_id,
    download: null,
    instance: null,
    error: null,
    ...more,
  })
  const loading = instance('run-new', { state: 'loading', variant: String(body.model_id) })
  const frames: object[] = [
    step('resolve'),
    step('download', { download: transfer('d', {}) }),
    step('download', { download: transfer('d', { status: 'complete', bytes_done: 5.03 * gb }) }),
    step('launch', { instance: { ...loading, state: 'starting' } }),
    step('load', {
      instance: {
        ...loading,
        loading: { progress: 0.43, bytes_done: 1.1e9, bytes_total: 2.5e9, eta_seconds: 6 },
      },
    }),
  ]
  const bad = instances.find(one => one.state === 'failed')?.error
  return stream([...frames, bad ? step('error', { error: bad }) : step('ready')], 700)
}

function vectors(input: string[]) {
  const data = input.map((text, index) => ({
    index,
    embedding: Array.from(
      { length: 384 },
      (_, at) => Math.sin(at * 0.7 + (text.length % 7) * 0.4) / 20,
    ),
  }))
  return { data, usage: null }
}

const words = 'Cats sleep where it is warm, and a sofa in the sun is the warmest place of all.'

/** Answer a request as a server would; null where the gallery has nothing to say. */
export function platformAnswer(path: string, body: Record<string, unknown>): Response | null {
  const empty = new URLSearchParams(location.search).has('empty')
  if (path === '/api/models') return Response.json({ data: infos })
  if (!path.startsWith('/api/v1/')) return null
  const route = path.slice('/api/v1'.length)
  if (route === '/models') return envelope(empty ? [] : families)
  if (route === '/engines') return envelope(engines)
  if (route === '/models/options') {
    return envelope({ variant: 'x', engine: 'llamacpp', fields, defaults: options, problem: null })
  }
  if (route === '/models/fit') return envelope(forecast(body))
  if (route === '/models/start-stream') return start(body)
  if (route === '/models/running') return envelope(empty ? [] : instances)
  if (route.endsWith('/history')) return envelope(history)
  if (route.endsWith('/verification')) return envelope(verification)
  if (route.endsWith('/logs')) {
    return stream(
      Array.from({ length: 60 }, (_, at) => ({
        line: `srv  update_slots: id ${at % 4} | task ${at} | prompt done, n_tokens = ${at * 31}`,
      })),
      5,
    )
  }
  if (route.endsWith('/stop')) {
    return envelope({ survivors: [], memory_freed_bytes: 4.6 * gb, took_ms: 240 })
  }
  if (route === '/downloads') return envelope(empty ? [] : transfers)
  if (route === '/endpoints') return envelope(empty ? [] : endpoints)
  if (route === '/endpoints/test') {
    return envelope({
      reachable: true,
      models: ['glm-4-32b', 'glm-4-9b'],
      took_ms: 84,
      error: null,
    })
  }
  if (route === '/models/inspect') {
    return envelope({
      kind: 'chat',
      name: 'Qwen3 4B',
      context_length: 40960,
      parameters: 4e9,
      files: [
        {
          file: 'Qwen3-4B-Q4_K_M.gguf',
          quantization: 'q4_k_m',
          format: 'gguf',
          size_bytes: 2.5e9,
          engines: ['llamacpp'],
        },
        {
          file: 'Qwen3-4B-Q8_0.gguf',
          quantization: 'q8_0',
          format: 'gguf',
          size_bytes: 4.3e9,
          engines: ['llamacpp'],
        },
      ],
      capabilities: ['tools', 'thinking'],
      engines: ['llamacpp', 'ollama'],
      mmproj: null,
      gated: true,
      remote_code: false,
    })
  }
  if (route === '/embeddings') return envelope(vectors(body.input as string[]))
  if (route.startsWith('/llm/')) {
    const structured = route.endsWith('structured-generate')
    const object = { city: 'Berlin', country: 'Germany', inhabitants: 3700000, capital: true }
    const pieces = structured ? [JSON.stringify(object)] : words.split(/(?= )/)
    const timings = { tokens_per_second: 38.2, time_to_first_token_ms: 120 }
    const usage = { prompt_tokens: 21, completion_tokens: 19 }
    const end = { done: true, finish_reason: 'stop', usage, timings, ...(structured && { object }) }
    return stream([...pieces.map(delta => ({ delta })), end], 20)
  }
  return null
}
