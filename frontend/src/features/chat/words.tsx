import type { ChatsWords } from '@/i18n/chats.en'
import { lazyWords } from '@/i18n/lazy'

/** Gives what is done with chats as a whole its words: sharing, importing, selecting, tags, the trash. */
export const WithChatsWords = lazyWords<ChatsWords>({
  en: () => import('@/i18n/chats.en'),
  'zh-CN': () => import('@/i18n/chats.zh-CN'),
})
