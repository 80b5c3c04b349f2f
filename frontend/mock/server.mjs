// A mock of the server for work on the page: `npm run mock`, then `npm run dev` (or open it directly: it
// also serves the built page, with the real Content-Security-Policy). Words in a message steer the reply:
// "error", "die", "think", "slow", "queue". PORT (8080), CHATS (40) and EMPTY=1 choose the scene.
import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WebSocketServer } from 'ws'
import { answer, chat, firstVisit, id, message, models, seed, thought } from './data.mjs'

const state = { chats: new Map(), messages: new Map(), generations: new Map(), sockets: new Set() }
if (process.env.EMPTY) firstVisit()
else seed(state, Number(process.env.CHATS ?? 40))
const wait = ms => new Promise(resolve => setTimeout(resolve, ms))
const fail = (status, code, text, remedy) => ({
  status,
  error: { code, message: text, type: 'x', param: null, remedy, detail: null },
})

function pathTo(leaf) {
  const line = []
  for (let at = state.messages.get(leaf); at; at = state.messages.get(at.parent_id))
    line.unshift(shown(at))
  return line
}

function shown(m) {
  const siblings = [...state.messages.values()]
    .filter(o => o.chat_id === m.chat_id && o.parent_id === m.parent_id)
    .map(o => o.id)
  return { ...m, siblings }
}

function newest(start) {
  const below = [...state.messages.values()].filter(m => m.parent_id === start)
  return below.length ? newest(below.at(-1).id) : start
}

const tell = frame => {
  for (const s of state.sockets) s.send(JSON.stringify(frame))
}
const changed = (one, change) => {
  one.rev += 1
  tell({ type: 'chat_changed', chat_id: one.id, rev: one.rev, change })
}

function begin(body) {
  const one = state.chats.get(body.chat_id)
  if (!one) throw fail(404, 'not_found', 'This chat does not exist')
  let user = null,
    reply
  const old =
    body.client_id && [...state.messages.values()].find(m => m.client_id === body.client_id)
  if (old) {
    const r = [...state.messages.values()].find(m => m.parent_id === old.id)
    return { ...state.generations.get(r.generation_id), user: old, reply: r }
  }
  if (body.continue_message_id) reply = state.messages.get(body.continue_message_id)
  else {
    let parent = body.parent_id === undefined ? one.active_leaf : body.parent_id
    if (body.content !== undefined) {
      const text =
        typeof body.content === 'string'
          ? body.content
          : body.content.map(p => p.text ?? '').join('')
      user = message(one.id, parent, 'user', text, { client_id: body.client_id })
      state.messages.set(user.id, user)
      parent = user.id
    }
    reply = message(one.id, parent, 'assistant', '', { model: body.model ?? one.model })
    state.messages.set(reply.id, reply)
  }
  const generation = {
    id: id('g'),
    log: [],
    done: false,
    wake: new Set(),
    stop: false,
    chat: one.id,
  }
  Object.assign(reply, { status: 'pending', generation_id: generation.id, error: null })
  state.generations.set(generation.id, generation)
  one.active_leaf = reply.id
  one.last_message_at = new Date().toISOString()
  one.live.push(generation.id)
  const prompt = (state.messages.get(reply.parent_id)?.content ?? '').toLowerCase()
  if (!one.title) {
    one.title = prompt.slice(0, 40) || 'New chat'
  }
  changed(one, 'message')
  run(generation, one, reply, prompt)
  return { ...generation, user, reply }
}

async function run(generation, one, reply, prompt) {
  const put = frame => {
    generation.log.push({ ...frame, generation_id: generation.id, seq: generation.log.length + 1 })
    for (const w of generation.wake) w()
  }
  const status = async (ms, phase, over = {}) => {
    put({ type: 'status', phase, ...over })
    await wait(ms)
  }
  const slow = prompt.includes('slow') ? 6 : 1
  if (prompt.includes('queue'))
    for (const position of [3, 2, 1]) await status(900, 'queued', { position })
  const target = models.find(m => m.id === reply.model)
  if (target?.state === 'stopped') {
    await status(400 * slow, 'loading', { engine: 'llama.cpp', model: target.name })
    for (let i = 1; i <= 10; i++)
      await status(120 * slow, 'loading', {
        progress: i / 10,
        bytes_done: (target.size_bytes * i) / 10,
        bytes_total: target.size_bytes,
        eta_seconds: (10 - i) * 0.12 * slow,
        engine: 'llama.cpp',
        model: target.name,
      })
    target.state = 'ready'
    target.run_id = id('r')
    tell({
      type: 'instance_changed',
      instance: { run_id: target.run_id, model: target.id, state: 'ready' },
    })
  }
  await status(350 * slow, 'prefill', {
    prompt_tokens: 1204,
    cached_tokens: 860,
    model: target?.name,
  })
  reply.status = 'streaming'
  const end = (final, over = {}) => {
    Object.assign(reply, { status: final, ...over, updated_at: new Date().toISOString() })
    generation.done = true
    one.live = one.live.filter(g => g !== generation.id)
    changed(one, 'message')
    for (const w of generation.wake) w()
  }
  if (prompt.includes('error')) {
    const error = {
      code: 'engine_died',
      message: 'The engine ran out of memory while it read the prompt',
      remedy: 'Restart it with a shorter context, or use a smaller model.',
      detail: 'llama_decode: failed to allocate compute buffer of 1.2 GiB',
      status: 502,
    }
    put({ type: 'error', ...error, interrupted: false })
    return end('error', { error })
  }
  await status(0, 'decoding')
  let index = 0
  const write = async (kind, text) => {
    put({ type: 'content_block_start', index, content_block: { type: kind } })
    const part = { type: kind, text: '' }
    const last = reply.parts.at(-1)
    if (last?.type === kind) part.joined = last
    else reply.parts.push(part)
    for (const piece of text.match(/\s*\S+|\s+$/g) ?? []) {
      if (generation.stop) break
      put({
        type: 'content_block_delta',
        index,
        delta:
          kind === 'text'
            ? { type: 'text_delta', text: piece }
            : { type: 'thinking_delta', thinking: piece },
      })
      ;(part.joined ?? part).text += piece
      if (kind === 'text') reply.content += piece
      if (prompt.includes('die') && reply.content.length > 200) break
      await wait(14 * slow)
    }
    put({ type: 'content_block_stop', index })
    index += 1
  }
  if (prompt.includes('think')) await write('thinking', thought)
  if (!generation.stop) await write('text', answer)
  const measured = {
    usage: {
      prompt_tokens: 1204,
      completion_tokens: Math.round(reply.content.length / 4),
      cached_tokens: 860,
    },
    timings: {
      queue_ms: 0,
      load_ms: 0,
      prompt_ms: 240,
      time_to_first_token_ms: 312,
      generation_ms: 4000,
      tokens_per_second: 38.1,
      ...(generation.stop && { stop_ms: 40 }),
    },
  }
  if (prompt.includes('die') && !generation.stop) {
    const error = {
      code: 'engine_died',
      message: 'The engine stopped in mid-answer',
      remedy: 'What was written is kept. Continue where it ended.',
      detail: 'signal 9',
      status: 502,
    }
    put({ type: 'error', ...error, interrupted: true })
    return end('interrupted', { error, ...measured, finish_reason: 'interrupted' })
  }
  put({ type: 'message_delta', stop_reason: generation.stop ? 'cancelled' : 'stop', ...measured })
  put({ type: 'message_stop' })
  end(generation.stop ? 'stopped' : 'complete', {
    ...measured,
    finish_reason: generation.stop ? 'cancelled' : 'stop',
  })
}

/** Gives `send` every frame after `after`, then those to come, until the generation is over. */
async function follow(generation, after, send, gone) {
  let at = after
  while (!gone()) {
    while (at < generation.log.length) send(generation.log[at++])
    if (generation.done) return
    await new Promise(resolve => {
      generation.wake.add(resolve)
      setTimeout(resolve, 1000)
    })
    generation.wake.clear()
  }
}

const downloads = new Map()
function download(target) {
  const one = {
    id: id('d'),
    status: 'running',
    bytes_done: 0,
    bytes_total: target.size_bytes,
    rate: 48e6,
    eta_seconds: null,
    error: null,
  }
  downloads.set(one.id, { one, target })
  target.download = one
  target.state = 'downloading'
  const tick = setInterval(() => {
    if (one.status !== 'running') return
    one.bytes_done = Math.min(one.bytes_total, one.bytes_done + one.rate)
    one.eta_seconds = (one.bytes_total - one.bytes_done) / one.rate
    if (one.bytes_done >= one.bytes_total) {
      clearInterval(tick)
      Object.assign(target, { state: 'stopped', downloaded: true, download: null })
    }
  }, 1000)
  return one
}

const page = (items, cursor, limit) => {
  const at = Number(cursor ?? 0)
  return {
    items: items.slice(at, at + limit),
    next_cursor: at + limit < items.length ? String(at + limit) : null,
  }
}
const escapeHtml = text => text.replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)

let chosen = { default_model: null, system_prompt: null, params: {}, ui: {} }

const routes = [
  ['GET', '/api/settings', () => chosen],
  [
    'PATCH',
    '/api/settings',
    ({ body }) => {
      chosen = { ...chosen, ...body }
      return chosen
    },
  ],
  ['GET', '/api/models', () => ({ data: models })],
  ['GET', '/api/health', () => ({ status: 'ok', version: '0.1.0' })],
  [
    'POST',
    '/api/chats/',
    ({ body }) => {
      const one = chat(body)
      state.chats.set(one.id, one)
      changed(one, 'created')
      return [201, one]
    },
  ],
  [
    'GET',
    '/api/chats/',
    ({ query }) =>
      page(
        [...state.chats.values()]
          .filter(c => !c.deleted && c.archived === (query.get('archived') === 'true'))
          .sort((a, b) => b.last_message_at.localeCompare(a.last_message_at)),
        query.get('cursor'),
        Number(query.get('limit') ?? 50),
      ),
  ],
  [
    'GET',
    '/api/chats/search',
    ({ query }) => {
      const q = query.get('q').toLowerCase()
      const items = [...state.chats.values()]
        .filter(c => c.title.toLowerCase().includes(q))
        .slice(0, 20)
        .map(c => {
          const at = c.title.toLowerCase().indexOf(q)
          const html = `${escapeHtml(c.title.slice(0, at))}<mark>${escapeHtml(c.title.slice(at, at + q.length))}</mark>${escapeHtml(c.title.slice(at + q.length))}`
          return {
            chat_id: c.id,
            title: c.title,
            title_html: html,
            message_id: null,
            role: 'user',
            snippet: html,
            score: 1,
            timestamp: c.last_message_at,
          }
        })
      return { items }
    },
  ],
  [
    'GET',
    '/api/chats/:id',
    ({ params }) => {
      const one = state.chats.get(params.id)
      if (!one || one.deleted)
        throw fail(
          404,
          'not_found',
          'This chat does not exist',
          'It may have been deleted in another tab.',
        )
      const line = pathTo(one.active_leaf)
      return { ...one, messages: line.slice(-50), has_more: line.length > 50 }
    },
  ],
  [
    'PUT',
    '/api/chats/:id',
    ({ params, body }) => {
      const one = state.chats.get(params.id)
      Object.assign(one, body, { rev: one.rev }, body.title !== undefined && { title_by: 'person' })
      if (body.active_leaf) one.active_leaf = newest(body.active_leaf)
      changed(one, body.title === undefined ? 'updated' : 'title')
      return one
    },
  ],
  [
    'DELETE',
    '/api/chats/:id',
    ({ params }) => {
      const one = state.chats.get(params.id)
      one.deleted = true
      changed(one, 'deleted')
      return [204]
    },
  ],
  [
    'POST',
    '/api/chats/:id/restore',
    ({ params }) => {
      const one = state.chats.get(params.id)
      one.deleted = false
      changed(one, 'updated')
      return one
    },
  ],
  [
    'GET',
    '/api/chats/:id/messages',
    ({ params, query }) => {
      const before = query.get('before')
      const line = pathTo(
        before
          ? state.messages.get(before).parent_id
          : (query.get('leaf') ?? state.chats.get(params.id).active_leaf),
      )
      const limit = Number(query.get('limit') ?? 50)
      return { messages: line.slice(-limit), has_more: line.length > limit }
    },
  ],
  [
    'POST',
    '/api/chat/context',
    ({ body }) => ({
      prompt_tokens: 210 + Math.round((body.content ?? '').length / 4),
      context_length: models.find(m => m.id === body.model)?.context_length ?? 4096,
      exact: true,
    }),
  ],
  [
    'POST',
    '/api/generations/:id/stop',
    async ({ params }) => {
      const g = state.generations.get(params.id)
      g.stop = true
      while (!g.done) await wait(10)
      const m = [...state.messages.values()].find(o => o.generation_id === g.id)
      return { generation_id: g.id, stopped: true, stop_ms: 40, message: shown(m) }
    },
  ],
  [
    'POST',
    '/api/v1/downloads',
    ({ body }) => ({ data: download(models.find(m => m.id === body.model_id)) }),
  ],
  [
    'POST',
    '/api/v1/downloads/:id/pause',
    ({ params }) => {
      downloads.get(params.id).one.status = 'paused'
      return { data: null }
    },
  ],
  [
    'POST',
    '/api/v1/downloads/:id/resume',
    ({ params }) => {
      downloads.get(params.id).one.status = 'running'
      return { data: null }
    },
  ],
  [
    'DELETE',
    '/api/v1/downloads/:id',
    ({ params }) => {
      const { one, target } = downloads.get(params.id)
      one.status = 'cancelled'
      Object.assign(target, { state: 'not_downloaded', download: null })
      return { data: null }
    },
  ],
  [
    'POST',
    '/api/v1/models/start',
    ({ body }) => {
      const target = models.find(m => m.id === body.model_id)
      target.state = 'loading'
      target.loading = {
        progress: 0.4,
        bytes_done: target.size_bytes * 0.4,
        bytes_total: target.size_bytes,
        eta_seconds: 2,
      }
      setTimeout(
        () => Object.assign(target, { state: 'ready', loading: null, run_id: id('r') }),
        2500,
      )
      return { data: { run_id: id('r') } }
    },
  ],
  [
    'POST',
    '/api/v1/models/running/:id/stop',
    ({ params }) => {
      const m = models.find(o => o.run_id === params.id)
      Object.assign(m, { state: 'stopped', run_id: null })
      return { data: { took_ms: 40 } }
    },
  ],
]

function match(method, path) {
  for (const [verb, pattern, handle] of routes) {
    if (verb !== method) continue
    const names = []
    const found = new RegExp(
      `^${pattern.replace(/:(\w+)/g, (_, name) => {
        names.push(name)
        return '([^/]+)'
      })}$`,
    ).exec(path)
    if (found)
      return { handle, params: Object.fromEntries(names.map((name, i) => [name, found[i + 1]])) }
  }
}

const csp =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
const root = fileURLToPath(new URL('../../src/stellarchat/web/static', import.meta.url))
const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

function serve(path, response) {
  let file = join(root, path)
  if (!file.startsWith(root) || !existsSync(file) || statSync(file).isDirectory())
    file = join(root, 'index.html')
  const headers = {
    'content-type': types[extname(file)] ?? 'application/octet-stream',
    'content-security-policy': csp,
  }
  if (path.startsWith('/assets/')) headers['cache-control'] = 'public, max-age=31536000, immutable'
  const packed = existsSync(`${file}.br`)
  if (packed) headers['content-encoding'] = 'br'
  response.writeHead(200, headers)
  createReadStream(packed ? `${file}.br` : file).pipe(response)
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://mock')
  const send = (status, body) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(body === undefined ? '' : JSON.stringify(body))
  }
  try {
    let text = ''
    for await (const piece of request) text += piece
    const body = text ? JSON.parse(text) : {}
    const events = /^\/api\/generations\/([^/]+)\/events$/.exec(url.pathname)
    if (events || url.pathname === '/api/chat/completion') {
      const generation = events ? state.generations.get(events[1]) : begin(body)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const write = frame => response.write(`id: ${frame.seq}\ndata: ${JSON.stringify(frame)}\n\n`)
      if (!events)
        write({
          type: 'message_start',
          generation_id: generation.id,
          seq: 0,
          chat_id: generation.chat,
          user_message: generation.user && shown(generation.user),
          message: shown(generation.reply),
        })
      await follow(
        state.generations.get(generation.id),
        Number(url.searchParams.get('after') ?? 0),
        write,
        () => response.destroyed,
      )
      return response.end()
    }
    const found = match(request.method, url.pathname)
    if (found) {
      const result = await found.handle({ ...found, body, query: url.searchParams })
      return Array.isArray(result) ? send(...result) : send(200, result)
    }
    if (url.pathname.startsWith('/api')) throw fail(404, 'not_found', 'No such route')
    serve(url.pathname, response)
  } catch (problem) {
    if (!problem.error) console.error(problem)
    send(problem.status ?? 500, {
      error: problem.error ?? { code: 'internal_error', message: String(problem) },
    })
  }
})

new WebSocketServer({ server, path: '/api/ws/chat' }).on('connection', socket => {
  const send = frame => socket.readyState === 1 && socket.send(JSON.stringify(frame))
  const gone = () => socket.readyState !== 1
  state.sockets.add(socket)
  socket.on('close', () => state.sockets.delete(socket))
  send({ type: 'session_start', session_id: id('s'), version: '0.1.0' })
  socket.on('message', raw => {
    const frame = JSON.parse(raw)
    if (frame.type === 'ping') send({ type: 'pong' })
    if (frame.type === 'resume') {
      const generation = state.generations.get(frame.generation_id)
      if (generation) follow(generation, frame.after, send, gone)
      else
        send({
          type: 'error',
          code: 'not_found',
          message: 'No such generation',
          status: 404,
          generation_id: frame.generation_id,
          seq: 0,
        })
    }
    if (frame.type !== 'chat') return
    try {
      const g = begin(frame)
      send({
        type: 'message_start',
        generation_id: g.id,
        seq: 0,
        request_id: frame.request_id,
        chat_id: g.chat,
        user_message: g.user && shown(g.user),
        message: shown(g.reply),
      })
      follow(state.generations.get(g.id), 0, send, gone)
    } catch (problem) {
      send({
        type: 'error',
        request_id: frame.request_id,
        status: problem.status ?? 500,
        ...(problem.error ?? { code: 'internal_error', message: String(problem) }),
      })
    }
  })
})

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () =>
  console.log(`mock on http://127.0.0.1:${server.address().port}`),
)
