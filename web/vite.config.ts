import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'
import { firstPaint } from './first_paint_plugin.ts'

/** Where the API is while the pages are served from here. */
const api = process.env['BERTH_URL'] ?? 'http://127.0.0.1:8080'
const proxy = { '/api': { target: api, changeOrigin: false } }

/** The policy that the server sends; a build is previewed under it too. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export default defineConfig({
  plugins: [react(), firstPaint()],
  server: { host: '127.0.0.1', proxy },
  preview: { host: '127.0.0.1', proxy, headers: { 'Content-Security-Policy': POLICY } },
  // Pages are loaded when first visited; their imports are found beforehand, so that nothing reloads in between.
  optimizeDeps: { entries: ['index.html', 'src/**/*.tsx'] },
  build: {
    target: 'es2022',
    // The policy allows no data: fonts, and a file with a name of its own is cached for ever.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  test: {
    include: ['src/**/*.test.{ts,tsx}'],
    environment: 'node',
    // One after another in one process, whose modules are loaded once: to load them anew for each file takes more of the processors than
    // all tests. `make test-all` isolates the files, so that none comes to live on what another left.
    isolate: process.env['BERTH_ISOLATED_UNITS'] === '1',
    // A page in a simulated document takes a second, and on a machine with much else to do ten of them.
    testTimeout: 60_000,
    // Its modules import style sheets and each other without endings: they are for a bundler.
    server: { deps: { inline: [/@patternfly/] } },
  },
})
