import type { Language } from '@/i18n/languages'

/** Sentences that the bundled demonstration model really answers. */
export const examples: Record<Language, readonly [string, string, string]> = {
  en: [
    'What can you do?',
    'How do I start a real model?',
    'Write Python code for the Fibonacci numbers.',
  ],
  'zh-CN': ['你能做什么？', '怎么启动真正的模型？', '写一个行星的表格'],
}
