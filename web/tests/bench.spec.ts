import { expect, test } from '@playwright/test'
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { Open } from './rig/fixtures.ts'
import { measureLarge } from './rig/large.ts'
import { largeDate, largeUrl, signedInFile } from './rig/settings.ts'

const ROUNDS = 3

/** What the pages are measured by; bench/web prints it. */
const figures = {
  scriptKb: 0,
  scriptFiles: 0,
  usableMs: [] as number[],
  arrowMs: [] as number[],
  /** Answers a second of the token economics, each from text to text. */
  answers: { unit: 0, solve: 0 },
}

test.afterAll(() => writeFileSync(process.env['BERTH_WEB_FIGURES'] ?? '/dev/null', JSON.stringify(figures)))

test('script of the first load of the calendar', async ({ browser }) => {
  const context = await browser.newContext({ baseURL: largeUrl(), storageState: signedInFile('ana') })
  const page = await context.newPage()
  const sizes: Promise<number>[] = []
  page.on('response', (response) => {
    if (response.request().resourceType() !== 'script') return
    sizes.push(
      response.headerValue('content-encoding').then(async (encoding) =>
        // A development server does not compress; then it is done here.
        encoding ? (await response.request().sizes()).responseBodySize : gzipSync(await response.body()).length,
      ),
    )
  })
  await page.goto(`/calendar?date=${largeDate()}`)
  await expect(page.getByRole('gridcell').first()).toBeVisible()
  const all = await Promise.all(sizes)
  figures.scriptFiles = all.length
  figures.scriptKb = all.reduce((sum, it) => sum + it, 0) / 1000
  expect(all.length).toBeGreaterThan(0)
  await context.close()
})

test('40 rows and 2,000 reservations', async ({ browser }) => {
  const open: Open = async (user, options) => {
    const context = await browser.newContext({ ...(user ? { storageState: signedInFile(user) } : {}), ...options })
    return context.newPage()
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    const { rows, bars, usableMs, arrowMs } = await measureLarge(open)
    expect([rows, bars]).toEqual([40, 2_000])
    figures.usableMs.push(usableMs)
    figures.arrowMs.push(arrowMs)
  }
})

test('token economics in the browser', async ({ browser }) => {
  const context = await browser.newContext({ baseURL: largeUrl(), storageState: signedInFile('ana') })
  const page = await context.newPage()
  const engine = page.waitForResponse((response) => response.url().split('?')[0]?.endsWith('.wasm') ?? false)
  await page.goto('/tokenomics')
  figures.answers = await page.evaluate(
    async (url) => {
      const bytes = await (await fetch(url)).arrayBuffer()
      const none = () => 52 // WASI's word for a call that is not there
      const wasi = new Proxy({}, { get: () => none })
      const { instance } = await WebAssembly.instantiate(bytes, { wasi_snapshot_preview1: wasi })
      const engine = instance.exports as {
        memory: WebAssembly.Memory
        _initialize(): void
        berth_room(bytes: number): number
        berth_answer(): number
        berth_answer_size(): number
      }
      engine._initialize()
      const encoder = new TextEncoder()
      const decoder = new TextDecoder()
      const ask = (question: string, step: number): string => {
        const text = encoder.encode(JSON.stringify({ question, scenario: { utilisation: 0.01 + 0.015 * (step % 64) } }))
        new Uint8Array(engine.memory.buffer, engine.berth_room(text.length), text.length).set(text)
        const from = engine.berth_answer()
        return decoder.decode(new Uint8Array(engine.memory.buffer, from, engine.berth_answer_size()))
      }
      const perSecond = (question: string): number => {
        for (let i = 0; i < 64; i += 1) {
          if (!ask(question, i).startsWith('{"ok":true')) throw new Error(`${question} is not answered`)
        }
        const begun = performance.now()
        let done = 0
        while (performance.now() - begun < 700) {
          for (let i = 0; i < 16; i += 1) ask(question, i)
          done += 16
        }
        return (done * 1000) / (performance.now() - begun)
      }
      return { unit: perSecond('unit'), solve: perSecond('solve') }
    },
    (await engine).url(),
  )
  expect(figures.answers.unit).toBeGreaterThan(0)
  await context.close()
})
