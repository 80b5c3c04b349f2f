/** Sentences that the bundled demonstration model really answers. */
const examples = {
  en: [
    'What can you do?',
    'How do I start a real model?',
    'Write Python code for the Fibonacci numbers.',
  ],
  'zh-CN': ['你能做什么？', '怎么启动真正的模型？', '写一个行星的表格'],
}

/** It speaks two languages; whoever reads another is offered English. */
export function examplesIn(language: string): readonly string[] {
  return language.startsWith('zh') ? examples['zh-CN'] : examples.en
}
