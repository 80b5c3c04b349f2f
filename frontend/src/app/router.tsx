import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { CrashCard } from '@/components/crash'
import { patiently } from '@/lib/upgrade'
import { Frame } from './frame'
import { NotFound } from './not-found'
import ChatPage from './pages/chat'
import Home from './pages/home'

const rootRoute = createRootRoute({ component: Frame, notFoundComponent: NotFound })

// The rooms of chat are in the first file that is loaded: the composer is there one round trip earlier.
const home = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  component: Home,
})

const chat = createRoute({
  getParentRoute: () => rootRoute,
  path: '/c/$chatId',
  component: ChatPage,
})

const models = createRoute({
  getParentRoute: () => rootRoute,
  path: '/models',
  component: lazyRouteComponent(() => patiently(() => import('./pages/models'))),
})

// Drawn by the catalogue, as a drawer beside it.
const launch = createRoute({
  getParentRoute: () => models,
  path: '$modelId',
})

const running = createRoute({
  getParentRoute: () => rootRoute,
  path: '/running',
  component: lazyRouteComponent(() => patiently(() => import('./pages/running'))),
})

const downloads = createRoute({
  getParentRoute: () => rootRoute,
  path: '/downloads',
  component: lazyRouteComponent(() => patiently(() => import('./pages/downloads'))),
})

// A playground is that of one instance, which is chosen where they are listed.
const playgroundHome = createRoute({
  getParentRoute: () => rootRoute,
  path: '/playground',
  beforeLoad: () => {
    throw redirect({ to: '/running', replace: true })
  },
})

const playground = createRoute({
  getParentRoute: () => rootRoute,
  path: '/playground/$runId',
  component: lazyRouteComponent(() => patiently(() => import('./pages/playground'))),
})

const endpoints = createRoute({
  getParentRoute: () => rootRoute,
  path: '/endpoints',
  component: lazyRouteComponent(() => patiently(() => import('./pages/endpoints'))),
})

const tools = createRoute({
  getParentRoute: () => rootRoute,
  path: '/tools',
  component: lazyRouteComponent(() => patiently(() => import('./pages/tools'))),
})

// Back from the service of a tool server.
const connected = createRoute({
  getParentRoute: () => rootRoute,
  path: '/connected',
  component: lazyRouteComponent(() => patiently(() => import('./pages/connected'))),
})

const trash = createRoute({
  getParentRoute: () => rootRoute,
  path: '/trash',
  component: lazyRouteComponent(() => patiently(() => import('./pages/trash'))),
})

const files = createRoute({
  getParentRoute: () => rootRoute,
  path: '/files',
  component: lazyRouteComponent(() => patiently(() => import('./pages/files'))),
})

// For strangers: it has no frame, see `Frame`.
const shared = createRoute({
  getParentRoute: () => rootRoute,
  path: '/s/$token',
  component: lazyRouteComponent(() => patiently(() => import('@/features/chat/share/SharedPage'))),
})

const settings = createRoute({
  getParentRoute: () => rootRoute,
  path: '/settings',
  component: lazyRouteComponent(() => patiently(() => import('./pages/settings'))),
})

// Ways in, drawn by the layout over an empty room.
const entrances = ['/login', '/setup', '/signup', '/reset'].map(path =>
  createRoute({ getParentRoute: () => rootRoute, path, component: () => null }),
)

const prompts = createRoute({
  getParentRoute: () => rootRoute,
  path: '/prompts',
  component: lazyRouteComponent(() => patiently(() => import('./pages/prompts'))),
})

const personas = createRoute({
  getParentRoute: () => rootRoute,
  path: '/personas',
  component: lazyRouteComponent(() => patiently(() => import('./pages/personas'))),
})

const compare = createRoute({
  getParentRoute: () => rootRoute,
  path: '/compare',
  validateSearch: ({ chat }): { chat?: string } => (typeof chat === 'string' ? { chat } : {}),
  component: lazyRouteComponent(() => patiently(() => import('./pages/compare'))),
})

const comparison = createRoute({
  getParentRoute: () => rootRoute,
  path: '/compare/$comparisonId',
  component: lazyRouteComponent(() => patiently(() => import('./pages/comparison'))),
})

const standings = createRoute({
  getParentRoute: () => rootRoute,
  path: '/standings',
  component: lazyRouteComponent(() => patiently(() => import('./pages/standings'))),
})

const administrationHome = createRoute({
  getParentRoute: () => rootRoute,
  path: '/admin',
  beforeLoad: () => {
    throw redirect({ to: '/admin/$area', params: { area: 'users' }, replace: true })
  },
})

const administration = createRoute({
  getParentRoute: () => rootRoute,
  path: '/admin/$area',
  component: lazyRouteComponent(() => patiently(() => import('./pages/admin'))),
})

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    home,
    chat,
    models.addChildren([launch]),
    running,
    downloads,
    playgroundHome,
    playground,
    endpoints,
    tools,
    connected,
    prompts,
    personas,
    compare,
    comparison,
    standings,
    trash,
    files,
    shared,
    settings,
    administrationHome,
    administration,
    ...entrances,
  ]),
  defaultPreload: 'intent',
  // What follows the # is a message, which may not be drawn yet: its room goes there.
  defaultHashScrollIntoView: false,
  defaultErrorComponent: CrashCard,
  // Rooms keep their own scroll position.
  scrollRestoration: false,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
