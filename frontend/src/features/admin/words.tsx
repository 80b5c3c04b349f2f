import type { AdminWords } from '@/i18n/admin.en'
import { lazyWords } from '@/i18n/lazy'

/** Gives administration its words, which no other room has to wait for. */
export const WithAdminWords = lazyWords<AdminWords>({
  en: () => import('@/i18n/admin.en'),
  'zh-CN': () => import('@/i18n/admin.zh-CN'),
})
