/** Made-up messages and models for the gallery. */
import type { ErrorInfo, Message, ModelInfo, Part } from '@/api/types'

const now = '2026-11-21T03:00:00Z'

export function message(id: string, more: Partial<Message> = {}): Message {
  const parts: Part[] = more.parts ?? (more.content ? [{ type: 'text', text: more.content }] : [])
  return {
    id,
    chat_id: 'chat',
    parent_id: 'p',
    role: 'assistant',
    content: '',
    status: 'complete',
    model: 'qwen3-4b-q4',
    timestamp: now,
    created_at: now,
    updated_at: now,
    metadata: {},
    usage: null,
    timings: null,
    finish_reason: 'stop',
    error: null,
    generation_id: null,
    siblings: [id],
    ...more,
    parts,
  }
}

export const usage = { prompt_tokens: 1204, completion_tokens: 412, cached_tokens: 860 }
export const timings = {
  queue_ms: 120,
  load_ms: 3900,
  prompt_ms: 190,
  time_to_first_token_ms: 310,
  generation_ms: 10842,
  tokens_per_second: 38.2,
  prompt_tokens_per_second: 1810,
}

export function model(id: string, more: Partial<ModelInfo>): ModelInfo {
  return {
    id,
    name: id,
    description: '',
    description_zh: '',
    kind: 'chat',
    aliases: [],
    model_id: id,
    size: '4B',
    quantization: 'Q4_K_M',
    format: 'gguf',
    engine: 'llamacpp',
    state: 'stopped',
    endpoint: null,
    run_id: null,
    context_length: 32768,
    parameters: 4e9,
    size_bytes: 2.5e9,
    downloaded: true,
    download: null,
    fit: null,
    capabilities: [],
    slots: 4,
    queued: 0,
    active: 0,
    tokens_per_second: null,
    load_seconds: null,
    loading: null,
    error: null,
    demonstration: false,
    default: false,
    official_url: null,
    ...more,
  }
}

const fits = { fits: true, needed_bytes: 5e9, free_bytes: 9e9, reason: null }

export const models: ModelInfo[] = [
  model('qwen3-4b-q4', {
    name: 'Qwen3 4B',
    state: 'ready',
    capabilities: ['tools', 'thinking'],
    tokens_per_second: 38,
  }),
  model('qwen3-1.7b', {
    name: 'Qwen3 1.7B',
    state: 'ready',
    size_bytes: 1.3e9,
    active: 4,
    tokens_per_second: 71,
    capabilities: ['thinking'],
  }),
  model('gemma3-4b', {
    name: 'Gemma 3 4B',
    state: 'loading',
    loading: { progress: 0.43, bytes_done: 1.1e9, bytes_total: 2.5e9, eta_seconds: 6 },
    capabilities: ['vision'],
  }),
  model('llama3.2-3b', { name: 'Llama 3.2 3B', load_seconds: 4, context_length: 131072 }),
  model('stellar-demo', {
    name: 'Stellar Demo',
    demonstration: true,
    size_bytes: 8.4e6,
    load_seconds: 0.4,
  }),
  model('broken', { name: 'Phi 4 mini', state: 'failed' }),
  model('qwen3-8b', {
    name: 'Qwen3 8B',
    state: 'not_downloaded',
    downloaded: false,
    size_bytes: 5.2e9,
    fit: fits,
    capabilities: ['tools', 'thinking'],
  }),
  model('qwen3-32b', {
    name: 'Qwen3 32B with a rather long name that must be cut somewhere',
    state: 'not_downloaded',
    downloaded: false,
    size_bytes: 19.8e9,
    fit: { ...fits, fits: false },
  }),
  model('mistral', {
    name: 'Mistral Small',
    state: 'downloading',
    downloaded: false,
    download: {
      id: 'd',
      status: 'running',
      bytes_done: 4e9,
      bytes_total: 14e9,
      rate: 2e7,
      eta_seconds: 500,
      error: null,
    },
  }),
  model('glm', {
    name: 'GLM-4 32B',
    state: 'remote',
    endpoint: 'Zhipu',
    engine: 'openai',
    size_bytes: null,
  }),
]

export const oom: ErrorInfo = {
  code: 'launch_failed',
  message: 'Qwen3 4B could not be started: not enough memory for its context of 32,768 tokens.',
  remedy: 'Start it with a smaller context, or stop another model first.',
  detail:
    'ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 4831838208\nllama_init_from_model: failed to initialize the context',
}

export const showcase = `## Why the sky is blue

Sunlight is scattered by air. **Shorter waves scatter more** — the strength goes with $\\lambda^{-4}$, so blue (450 nm) is scattered about \\(5.5\\times\\) as much as red (700 nm). It costs $5 to $10 to measure, see [Rayleigh](https://en.wikipedia.org/wiki/Rayleigh_scattering) or https://example.com/说明。

\\[
I = I_0 \\frac{1+\\cos^2\\theta}{2R^2}\\left(\\frac{2\\pi}{\\lambda}\\right)^4\\left(\\frac{n^2-1}{n^2+2}\\right)^2\\left(\\frac{d}{2}\\right)^6
\\]

1. The sun sends white light
2. Air scatters the blue part
   - at noon a little
   - at dusk a lot
3. The rest reaches your eye

- [x] measured
- [ ] explained to children

| Colour | Wavelength (nm) | Scattering | Note |
|:--|--:|:-:|---|
| violet | 400 | 9.4 | absorbed high up<br>eyes see it badly |
| blue | 450 | 5.9 | what we see |
| red | 700 | 1.0 | sunsets |

\`\`\`python
def scattering(wavelength: float, reference: float = 700.0) -> float:
    """How much stronger than red light this is scattered."""
    # Rayleigh's law
    return (reference / wavelength) ** 4

for name, nm in {"blue": 450, "红色": 700}.items():
    print(f"{name}: {scattering(nm):.1f}")
\`\`\`

> “The blue of the sky is air, lit.”

这是**“重点”**文字，混排 \`inline code\` 与 English。H<sub>2</sub>O, press <kbd>Ctrl</kbd>. <script>alert(1)</script>

\`\`\`mermaid
flowchart LR
  Sun[Sun 太阳] -->|white light| Air{Air}
  Air -->|blue| Eye
  Air -->|red| Sunset
\`\`\`

![A picture](https://images.example.com/sky/blue.png?user=me&chat=42)
`
