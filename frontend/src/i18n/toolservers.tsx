import { lazyWords } from './lazy'
import type { ToolServerWords } from './toolservers.en'

/** Gives what stands in it the words of tool servers. */
export const WithToolServerWords = lazyWords<ToolServerWords>({
  en: () => import('./toolservers.en'),
  'zh-CN': () => import('./toolservers.zh-CN'),
})
