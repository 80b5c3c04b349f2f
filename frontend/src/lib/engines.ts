const names: Record<string, string> = {
  llamacpp: 'llama.cpp',
  transformers: 'Transformers',
  vllm: 'vLLM',
  sglang: 'SGLang',
  ollama: 'Ollama',
  openai: 'OpenAI API',
}

/** What people call an engine; its own name where we know no other. */
export function engineName(engine: string): string {
  return names[engine] ?? engine
}
