/** Every state of the chat's parts, and the rooms around models, on one page, for looking at: `npm run dev`, then /gallery.html. */
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from '@tanstack/react-router'
import { createRoot } from 'react-dom/client'
import { Providers } from '@/app/providers'
import { loadLanguage } from '@/i18n'
import { isLanguage } from '@/i18n/languages'
import { setPreferences, type Theme, usePreferences } from '@/lib/preferences'
import '@/styles/index.css'
import { platformAnswer } from './platform'
import { Scene } from './scenes'

const query = new URLSearchParams(location.search)
const language = query.get('lang') ?? 'en'
setPreferences({
  theme: (query.get('theme') ?? 'light') as Theme,
  language: isLanguage(language) ? language : 'en',
})

const plain = window.fetch.bind(window)
const answers: Record<string, unknown> = {
  '/api/chat/context': { prompt_tokens: 1204, context_length: 32768, exact: true },
}
window.fetch = async (input, init) => {
  const path = String(input).split('?')[0] ?? ''
  if (!path.startsWith('/api/')) return plain(input, init)
  const body = typeof init?.body === 'string' ? JSON.parse(init.body) : {}
  return platformAnswer(path, body) ?? Response.json(answers[path] ?? { data: {} })
}

const root = createRootRoute()
const scene = createRoute({ getParentRoute: () => root, path: '/$', component: Scene })
const router = createRouter({
  routeTree: root.addChildren([scene]),
  history: createMemoryHistory({ initialEntries: ['/'] }),
})

loadLanguage(usePreferences.getState().language).then(words =>
  createRoot(document.getElementById('root') as HTMLElement).render(
    <Providers language={words}>
      {/* The page's own routes are what `router` is known by. */}
      <RouterProvider router={router as never} />
    </Providers>,
  ),
)
