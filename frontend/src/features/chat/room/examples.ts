import type { Language } from '@/i18n/languages'

/** Sentences that the bundled demonstration model really answers. */
export const examples: Record<Language, readonly [string, string, string]> = {
  en: ['What can you do?', 'What is 7 plus 5?', 'Tell me a short story about a star.'],
  'zh-CN': ['What can you do?', 'What is 7 plus 5?', 'Tell me a short story about a star.'],
}
