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
