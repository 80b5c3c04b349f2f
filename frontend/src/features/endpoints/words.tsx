import type { ConnectionWords } from '@/i18n/connection.en'
import { lazyWords } from '@/i18n/lazy'

/** Gives what is said of a connection its words. */
export const WithConnectionWords = lazyWords<ConnectionWords>({
  en: () => import('@/i18n/connection.en'),
  'zh-CN': () => import('@/i18n/connection.zh-CN'),
})
