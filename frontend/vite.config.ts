import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const backend = process.env.STELLARCHAT_URL ?? 'http://127.0.0.1:8080'

/** KaTeX offers each font three times; every browser that runs this page reads WOFF2. */
const onlyWoff2: Plugin = {
  name: 'only-woff2',
  enforce: 'pre',
  transform: {
    filter: { id: /katex[^?]*\.css$/ },
    handler: css => ({
      code: css.replace(/,\s*url\([^)]+\.(?:woff|ttf)\)\s*format\([^)]+\)/g, ''),
      map: null,
    }),
  },
}

export default defineConfig({
  plugins: [react(), tailwindcss(), onlyWoff2],
  resolve: {
    alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) },
    // Mermaid brings an older one along; formulas and diagrams share ours.
    dedupe: ['katex'],
  },
  build: {
    outDir: '../src/stellarchat/web/static',
    emptyOutDir: true,
    target: 'es2022',
    // Inlined assets would be data: URLs in scripts and styles, which the page's CSP refuses for fonts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // What the first file shares with the rooms that come later: together, or else one request each.
            {
              name: 'base',
              test: /node_modules\/(react|use-intl|intl-messageformat|icu-minify|@formatjs|zustand|clsx|tailwind-merge|@tanstack|lucide-react\/dist\/esm\/(createLucideIcon|Icon|context|defaultAttributes|shared|icons\/(message-square|trophy)\.))|src\/(api|components|lib)\/[^/]+$|src\/i18n\/(index|languages)|preload-helper/,
            },
          ],
        },
      },
    },
  },
  // As modules, so that a worker's lazy parts stay files of their own.
  worker: { format: 'es' },
  server: {
    port: 5173,
    proxy: {
      '/api': { target: backend, ws: true },
      '/v1': { target: backend },
      '/health': { target: backend },
    },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    // The largest grammars and first renderings take seconds where the machine has other work too.
    testTimeout: 30_000,
  },
})
