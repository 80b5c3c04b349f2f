/** For tests: draw a part of the chat with everything it expects around it. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterContextProvider,
} from '@tanstack/react-router'
import { configure, render } from '@testing-library/react'
import { Tooltip } from 'radix-ui'
import type { ReactElement, ReactNode } from 'react'
import { createTranslator } from 'use-intl/core'
import { IntlProvider } from 'use-intl/react'
import { vi } from 'vitest'
import { authStatus } from '@/api/accounts'
import type { Message, ModelInfo } from '@/api/types'
import en from '@/i18n/en'
import zh from '@/i18n/zh-CN'
import type { MessageActions } from './types'

// What is waited for comes late where the machine is busy: a second is not enough then.
configure({ asyncUtilTimeout: 10_000 })

const catalogues = { en, 'zh-CN': zh } as const

/** The translations of one part of the catalogue, outside of React. */
export function words<N extends 'reply' | 'composer' | 'picker'>(
  namespace: N,
  locale: keyof typeof catalogues = 'en',
) {
  return createTranslator({ locale, messages: catalogues[locale] as typeof en, namespace })
}

interface AroundProps {
  /** Whoever is here is no administrator. */
  ordinary: boolean
  /** Whether chats can be shared here. */
  sharing: boolean
  children: ReactNode
}

function Around({ ordinary, sharing, children }: AroundProps) {
  const root = createRootRoute()
  const models = createRoute({ getParentRoute: () => root, path: '/models' })
  const router = createRouter({
    routeTree: root.addChildren([models]),
    history: createMemoryHistory({ initialEntries: ['/'] }),
  })
  const client = new QueryClient()
  client.setQueryData(authStatus().queryKey, {
    accounts: ordinary,
    setup: false,
    sign_up: 'closed',
    user: ordinary ? { id: 'u', name: 'U', role: 'user', scopes: ['chat'] } : null,
    identity_provider: null,
    sharing,
    tool_programs: true,
  })
  return (
    <QueryClientProvider client={client}>
      <IntlProvider locale="en" messages={en} timeZone="UTC">
        <Tooltip.Provider>
          <RouterContextProvider router={router as never}>{children}</RouterContextProvider>
        </Tooltip.Provider>
      </IntlProvider>
    </QueryClientProvider>
  )
}

export function draw(element: ReactElement, { ordinary = false, sharing = true } = {}) {
  return render(element, {
    wrapper: ({ children }) => (
      <Around ordinary={ordinary} sharing={sharing}>
        {children}
      </Around>
    ),
  })
}

export function fakeActions() {
  return {
    regenerate: vi.fn(),
    continue: vi.fn(),
    stop: vi.fn(),
    showSibling: vi.fn(),
    edit: vi.fn(),
    fork: vi.fn(),
    retryWith: vi.fn(),
    restart: vi.fn(),
    openDrawer: vi.fn(),
  } satisfies MessageActions
}

export function fakeMessage(more: Partial<Message> = {}): Message {
  const at = '2026-01-01T00:00:00Z'
  const content = more.content ?? ''
  return {
    id: 'm',
    chat_id: 'c',
    parent_id: 'p',
    role: 'assistant',
    parts: content ? [{ type: 'text', text: content }] : [],
    status: 'complete',
    model: 'small',
    timestamp: at,
    created_at: at,
    updated_at: at,
    metadata: {},
    usage: null,
    timings: null,
    finish_reason: 'stop',
    error: null,
    generation_id: null,
    siblings: [],
    ...more,
    content,
  }
}

export function fakeModel(id: string, more: Partial<ModelInfo> = {}): ModelInfo {
  return {
    id,
    name: id,
    description: '',
    description_zh: '',
    kind: 'chat',
    aliases: [],
    model_id: id,
    size: '1B',
    quantization: 'Q4',
    format: 'gguf',
    engine: 'llamacpp',
    state: 'ready',
    endpoint: null,
    run_id: null,
    context_length: 8192,
    parameters: null,
    size_bytes: null,
    downloaded: true,
    download: null,
    fit: null,
    capabilities: [],
    slots: null,
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
