import { lazyWords } from '@/i18n/lazy'
import type { PlatformWords } from '@/i18n/platform.en'

/** Gives the rooms around models their words, which no other room has to wait for. */
export const WithPlatformWords = lazyWords<PlatformWords>({
  en: () => import('@/i18n/platform.en'),
  'zh-CN': () => import('@/i18n/platform.zh-CN'),
})
