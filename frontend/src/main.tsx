import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { authStatus } from './api/accounts'
import { chatList } from './api/chats'
import { modelList } from './api/models'
import { admitted, unauthorised, unknown, useSession } from './api/session'
import { settings } from './api/settings'
import { Providers, queryClient } from './app/providers'
import { router } from './app/router'
import { chatQuery } from './features/chat/room/useBranch'
import { loadLanguage } from './i18n'
import { isShared, isWayIn } from './lib/addresses'
import { watchInstall } from './lib/install'
import { usePreferences } from './lib/preferences'
import { reloadOnUpgrade } from './lib/upgrade'
import { startWorker } from './lib/worker'
import './styles/index.css'

reloadOnUpgrade()
watchInstall()
startWorker(path => router.navigate({ to: path }))

/** What every room shows is asked for while the page is still being put together; first the chat that is addressed. */
function prefetch(): void {
  const addressed = /^\/c\/([\w-]+)$/.exec(location.pathname)?.[1]
  if (addressed) queryClient.prefetchQuery(chatQuery(queryClient, addressed))
  // known even where no room shows it: what is open is that person's, should somebody else log in next
  queryClient.prefetchQuery(authStatus())
  queryClient.prefetchQuery(modelList())
  queryClient.prefetchQuery(settings())
  queryClient.prefetchInfiniteQuery(chatList({ archived: false }))
}

/** Ask first who is here, where the server may know nobody. */
async function enter(): Promise<void> {
  try {
    const { accounts, user } = await queryClient.fetchQuery({ ...authStatus(), retry: false })
    if (accounts && user === null) return unauthorised()
    prefetch()
    admitted()
  } catch {
    unknown()
  }
}

if (!isShared(location.pathname) && !isWayIn(location.pathname)) {
  if (useSession.getState().inside) prefetch()
  else void enter()
}

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')

loadLanguage(usePreferences.getState().language).then(language =>
  createRoot(root).render(
    <StrictMode>
      <Providers language={language}>
        <RouterProvider router={router} />
      </Providers>
    </StrictMode>,
  ),
)
