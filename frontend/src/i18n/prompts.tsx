import { lazyWords } from './lazy'
import type { PromptWords } from './prompts.en'

/** Gives what stands in it the words of prompts and personas. */
export const WithPromptWords = lazyWords<PromptWords>({
  en: () => import('./prompts.en'),
  'zh-CN': () => import('./prompts.zh-CN'),
})
