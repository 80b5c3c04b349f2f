import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { Tooltip } from 'radix-ui'
import type { ReactNode } from 'react'
import { ApiError } from '@/api/errors'
import { Toaster } from '@/components/toast'
import { LanguageProvider, type Loaded } from '@/i18n'
import { useTheme } from './theme'

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // The server may well be on this machine, which needs no network to be reached.
      networkMode: 'always',
      // What the server refuses it will refuse again; what did not arrive may arrive next time.
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiError && error.status < 500),
      refetchOnWindowFocus: true,
    },
    mutations: { networkMode: 'always' },
  },
})

interface ProvidersProps {
  language: Loaded
  children: ReactNode
}

export function Providers({ language, children }: ProvidersProps) {
  useTheme()
  return (
    <QueryClientProvider client={queryClient}>
      <LanguageProvider initial={language}>
        <Tooltip.Provider delayDuration={400} skipDelayDuration={200}>
          {children}
          <Toaster />
        </Tooltip.Provider>
      </LanguageProvider>
    </QueryClientProvider>
  )
}
