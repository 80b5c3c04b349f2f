/** A request as code that does the same outside of this page. Pure. */
import type { ChatTurn, Sampling } from '@/api/control/inference'

export type Language = 'curl' | 'python' | 'javascript'
/** Our own routes, or the `openai` packages against `/v1`. */
export type Dialect = 'own' | 'openai'

export type Asked =
  | { kind: 'generate'; prompt: string }
  | { kind: 'chat'; messages: ChatTurn[] }
  | {
      kind: 'structured'
      prompt: string
      schema: Record<string, unknown>
      jsonSchema: Record<string, unknown>
    }
  | { kind: 'embeddings'; input: string[] }
  | { kind: 'rerank'; query: string; documents: string[] }

export interface Snippet {
  /** Of the server, as `http://127.0.0.1:8080`. */
  origin: string
  /** The name that requests use for the model. */
  model: string
  runId: string
  asked: Asked
  params: Sampling
  stream: boolean
}

type Body = Record<string, unknown>

const ownPaths: Record<Asked['kind'], string> = {
  generate: '/api/v1/llm/generate',
  chat: '/api/v1/llm/chat',
  structured: '/api/v1/llm/structured-generate',
  embeddings: '/api/v1/embeddings',
  rerank: '/api/v1/rerank',
}

const openaiPaths: Record<Asked['kind'], string> = {
  generate: '/v1/chat/completions',
  chat: '/v1/chat/completions',
  structured: '/v1/chat/completions',
  embeddings: '/v1/embeddings',
  rerank: '/v1/rerank',
}

const streams = (snippet: Snippet) =>
  snippet.stream && (snippet.asked.kind === 'generate' || snippet.asked.kind === 'chat')

function ownBody({ asked, params, model, ...rest }: Snippet): Body {
  const { kind, ...words } = asked
  const named = { model_name: model }
  if (kind === 'embeddings' || kind === 'rerank') return { ...named, ...words }
  const { jsonSchema: _, ...said } = words as Body
  const stream = streams({ asked, params, model, ...rest })
  return { ...named, ...said, ...params, ...(stream && { stream: true }) }
}

/** What OpenAI's clients know by name, and what they must be given as extra fields. */
function split({ thinking, top_k, min_p, repeat_penalty, ...known }: Sampling) {
  const extra: Body = {}
  if (top_k !== undefined) extra.top_k = top_k
  if (min_p !== undefined) extra.min_p = min_p
  if (repeat_penalty !== undefined) extra.repeat_penalty = repeat_penalty
  if (thinking !== undefined) extra.chat_template_kwargs = { enable_thinking: thinking }
  return { known: known as Body, extra }
}

const said = (content: string) => ({ role: 'user', content })

function openaiBody(snippet: Snippet): { body: Body; extra: Body } {
  const { asked, model } = snippet
  const { known, extra } = split(snippet.params)
  const stream = streams(snippet) ? { stream: true } : {}
  switch (asked.kind) {
    case 'generate':
      // Our route puts a prompt into the model's own template, as a chat does.
      return { body: { model, messages: [said(asked.prompt)], ...known, ...stream }, extra }
    case 'chat':
      return { body: { model, messages: asked.messages, ...known, ...stream }, extra }
    case 'structured': {
      const json_schema = { name: 'answer', strict: true, schema: asked.jsonSchema }
      const messages = [said(asked.prompt)]
      const response_format = { type: 'json_schema', json_schema }
      return { body: { model, messages, response_format, ...known }, extra }
    }
    case 'embeddings':
      return { body: { model, input: asked.input }, extra: {} }
    case 'rerank':
      return { body: { model, query: asked.query, documents: asked.documents }, extra: {} }
  }
}

/** A value as Python writes it, indented by `depth` steps. */
export function python(value: unknown, depth = 0): string {
  const pad = '    '.repeat(depth + 1)
  const end = '    '.repeat(depth)
  if (value === null || value === undefined) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    if (value.every(one => typeof one === 'number')) return `[${value.join(', ')}]`
    return `[\n${value.map(one => `${pad}${python(one, depth + 1)},\n`).join('')}${end}]`
  }
  if (typeof value === 'object') {
    const entries = Object.entries(value)
    if (entries.length === 0) return '{}'
    const lines = entries.map(
      ([key, one]) => `${pad}${JSON.stringify(key)}: ${python(one, depth + 1)},\n`,
    )
    return `{\n${lines.join('')}${end}}`
  }
  // JSON's strings are Python's too, once lone surrogates are escaped as JSON.stringify does.
  return JSON.stringify(value)
}

/** Keyword arguments of a Python call, one a line. */
function keywords(body: Body): string {
  return Object.entries(body)
    .map(([key, value]) => `    ${key}=${python(value, 1)},\n`)
    .join('')
}

function indent(text: string, by: string): string {
  return text.replaceAll('\n', `\n${by}`)
}

/** Text in single quotes of a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function curl(snippet: Snippet, path: string, body: Body): string {
  const lines = [
    `curl ${streams(snippet) ? '-N ' : ''}${snippet.origin}${path}`,
    `-H 'Content-Type: application/json'`,
    `-d ${quoted(JSON.stringify(body, null, 2))}`,
  ]
  return lines.join(' \\\n  ')
}

/** What to print of an answer of ours, by its kind. */
const ownField: Record<Asked['kind'], string> = {
  generate: 'text',
  chat: 'text',
  structured: 'object',
  embeddings: 'data',
  rerank: 'results',
}

function ownPython(snippet: Snippet): string {
  const { origin, asked } = snippet
  const url = JSON.stringify(origin + ownPaths[asked.kind])
  const body = `body = ${python(ownBody(snippet))}\n`
  if (!streams(snippet)) {
    return `import httpx

${body}
answer = httpx.post(${url}, json=body, timeout=None)
answer.raise_for_status()
print(answer.json()["data"]["${ownField[asked.kind]}"])
`
  }
  return `import json

import httpx

${body}
with httpx.stream("POST", ${url}, json=body, timeout=None) as answer:
    answer.raise_for_status()
    for line in answer.iter_lines():
        if line.startswith("data:"):
            event = json.loads(line[5:])
            if "msg" in event:
                raise RuntimeError(event["msg"])
            print(event.get("delta") or "", end="", flush=True)
print()
`
}

function ownJavaScript(snippet: Snippet): string {
  const { origin, asked } = snippet
  const call = `const answer = await fetch(${JSON.stringify(origin + ownPaths[asked.kind])}, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(${indent(JSON.stringify(ownBody(snippet), null, 2), '  ')}),
});
if (!answer.ok) throw new Error((await answer.json()).msg);
`
  if (!streams(snippet)) {
    return `${call}const { data } = await answer.json();
console.log(data.${ownField[asked.kind]});
`
  }
  return `${call}
let rest = "";
for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + piece).split("\\n");
  rest = lines.pop();
  for (const line of lines) {
    if (!line.startsWith("data:")) continue;
    const event = JSON.parse(line.slice(5));
    if (event.msg) throw new Error(event.msg);
    process.stdout.write(event.delta ?? "");
  }
}
`
}

const pythonCalls: Record<Asked['kind'], [call: string, shown: string]> = {
  generate: ['client.chat.completions.create', 'answer.choices[0].message.content'],
  chat: ['client.chat.completions.create', 'answer.choices[0].message.content'],
  structured: ['client.chat.completions.create', 'json.loads(answer.choices[0].message.content)'],
  embeddings: ['client.embeddings.create', '[one.embedding for one in answer.data]'],
  rerank: ['client.post', 'answer["results"]'],
}

function openaiPython(snippet: Snippet): string {
  const { asked, origin } = snippet
  const { body, extra } = openaiBody(snippet)
  const [call, shown] = pythonCalls[asked.kind]
  const head = `${asked.kind === 'structured' ? 'import json\n\n' : ''}from openai import OpenAI

client = OpenAI(base_url=${JSON.stringify(`${origin}/v1`)}, api_key="not-needed")
`
  if (asked.kind === 'rerank') {
    return `${head}
answer = client.post("/rerank", cast_to=object, body=${python(body)})
print(${shown})
`
  }
  const named = keywords(Object.keys(extra).length > 0 ? { ...body, extra_body: extra } : body)
  if (!streams(snippet)) {
    return `${head}
answer = ${call}(
${named})
print(${shown})
`
  }
  return `${head}
stream = ${call}(
${named})
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
print()
`
}

const javaScriptCalls: Record<Asked['kind'], [call: string, shown: string]> = {
  generate: ['client.chat.completions.create', 'answer.choices[0].message.content'],
  chat: ['client.chat.completions.create', 'answer.choices[0].message.content'],
  structured: ['client.chat.completions.create', 'JSON.parse(answer.choices[0].message.content)'],
  embeddings: ['client.embeddings.create', 'answer.data.map((one) => one.embedding)'],
  rerank: ['client.post', 'answer.results'],
}

function openaiJavaScript(snippet: Snippet): string {
  const { asked, origin } = snippet
  const { body, extra } = openaiBody(snippet)
  const [call, shown] = javaScriptCalls[asked.kind]
  const head = `import OpenAI from "openai";

const client = new OpenAI({ baseURL: ${JSON.stringify(`${origin}/v1`)}, apiKey: "not-needed" });
`
  const sent = JSON.stringify({ ...body, ...extra }, null, 2)
  if (asked.kind === 'rerank') {
    return `${head}
const answer = await client.post("/rerank", { body: ${sent} });
console.log(${shown});
`
  }
  if (!streams(snippet)) {
    return `${head}
const answer = await ${call}(${sent});
console.log(${shown});
`
  }
  return `${head}
const stream = await ${call}(${sent});
for await (const chunk of stream) {
  process.stdout.write(chunk.choices[0]?.delta?.content ?? "");
}
`
}

export function codeOf(snippet: Snippet, language: Language, dialect: Dialect): string {
  const own = dialect === 'own'
  switch (language) {
    case 'curl': {
      const { body, extra } = openaiBody(snippet)
      return own
        ? curl(snippet, ownPaths[snippet.asked.kind], ownBody(snippet))
        : curl(snippet, openaiPaths[snippet.asked.kind], { ...body, ...extra })
    }
    case 'python':
      return own ? ownPython(snippet) : openaiPython(snippet)
    case 'javascript':
      return own ? ownJavaScript(snippet) : openaiJavaScript(snippet)
  }
}
