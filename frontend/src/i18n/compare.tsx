import type { CompareWords } from './compare.en'
import { lazyWords } from './lazy'

/** Gives what stands in it the words of comparing. */
export const WithCompareWords = lazyWords<CompareWords>({
  en: () => import('./compare.en'),
  'zh-CN': () => import('./compare.zh-CN'),
})
