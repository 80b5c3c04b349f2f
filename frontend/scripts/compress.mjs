// Writes .br and .gz beside every compressible file of the build, so that the server compresses nothing itself.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const folder = fileURLToPath(new URL('../../src/stellarchat/web/static', import.meta.url))
const kinds = new Set(['.html', '.js', '.css', '.svg', '.json', '.txt', '.webmanifest'])
const smallest = 256

for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !kinds.has(extname(entry.name))) continue
  const path = join(entry.parentPath ?? entry.path, entry.name)
  const data = readFileSync(path)
  if (data.length < smallest) continue
  const brotli = brotliCompressSync(data, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
    },
  })
  writeFileSync(`${path}.br`, brotli)
  writeFileSync(`${path}.gz`, gzipSync(data, { level: constants.Z_BEST_COMPRESSION }))
}
