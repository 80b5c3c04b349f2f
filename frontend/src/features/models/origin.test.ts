import { expect, test } from 'vitest'
import { idOf, isId, nameOf, originOf } from './origin'

test('a repository is its name, or the address of its page or of a file of it', () => {
  expect(originOf('hf', ' Qwen/Qwen3-4B-GGUF ')).toEqual({ hf_repo: 'Qwen/Qwen3-4B-GGUF' })
  expect(originOf('hf', 'https://huggingface.co/Qwen/Qwen3-4B-GGUF/tree/main')).toEqual({
    hf_repo: 'Qwen/Qwen3-4B-GGUF',
  })
  expect(originOf('hf', 'https://huggingface.co/a/b/blob/main/x%20y.gguf?download=true')).toEqual({
    hf_repo: 'a/b',
    hf_file: 'x y.gguf',
  })
  expect(originOf('hf', 'qwen')).toBeNull()
})

test('addresses are http, paths are anything', () => {
  expect(originOf('url', 'ftp://x/y.gguf')).toBeNull()
  expect(originOf('url', 'https://x/y.gguf')).toEqual({ url: 'https://x/y.gguf' })
  expect(originOf('path', '/srv/models/m')).toEqual({ path: '/srv/models/m' })
  expect(originOf('path', '  ')).toBeNull()
})

test('names and short names are made of it', () => {
  expect(nameOf({ hf_repo: 'Qwen/Qwen3-4B-GGUF' })).toBe('Qwen3-4B')
  expect(nameOf({ path: '/srv/models/support.gguf' })).toBe('support')
  expect(idOf('Qwen3 4B (mine)')).toBe('qwen3-4b-mine')
  expect(isId('qwen3-4b')).toBe(true)
  expect(isId('Qwen 3')).toBe(false)
})

test('a name of Ollama is understood, also as the address of its page', () => {
  expect(originOf('ollama', 'llama3.2:3b')).toEqual({ ollama_name: 'llama3.2:3b' })
  expect(originOf('ollama', 'https://ollama.com/library/qwen3')).toEqual({ ollama_name: 'qwen3' })
  expect(originOf('ollama', 'two words')).toBeNull()
  expect(idOf(nameOf({ ollama_name: 'llama3.2:3b' }))).toBe('llama3.2-3b')
})
