import type { AccountWords } from '@/i18n/accounts.en'
import { lazyWords } from '@/i18n/lazy'

/** Gives what has to do with accounts its words, which no other room has to wait for. */
export const WithAccountWords = lazyWords<AccountWords>({
  en: () => import('@/i18n/accounts.en'),
  'zh-CN': () => import('@/i18n/accounts.zh-CN'),
})
