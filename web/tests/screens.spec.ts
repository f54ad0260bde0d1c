import type { Page } from '@playwright/test'
import { CalendarPage } from './rig/calendar.ts'
import { expect, test } from './rig/fixtures.ts'
import { measureLarge } from './rig/large.ts'
import { expectPromised } from './rig/promised.ts'
import { sidewaysFaults } from './rig/sideways.ts'
import { dayIn, window } from './rig/times.ts'

test('A46 at 390 x 844 the calendar is an agenda, and a booking is made by taps alone', async ({ open, ana }) => {
  const day = dayIn(28)
  const page = await open('ana', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
  await page.goto(`/calendar?date=${day}`)
  const slices = page.getByRole('region', { name: 'Slice, 24 GB' })
  await expect(slices).toBeVisible()
  await expect(page.getByRole('grid')).toHaveCount(0)
  await slices
    .getByRole('button', { name: /^Book Slice, 24 GB/ })
    .first()
    .tap()
  const calendar = new CalendarPage(page)
  await expect(calendar.form).toBeVisible()
  await expect(calendar.fit).toContainText('Fits.')
  await calendar.form.getByRole('button', { name: '2 h', exact: true }).tap()
  await expect(calendar.duration).toHaveText('2 h')
  await calendar.reserve.tap()
  await expect(page).toHaveURL(/\/reservations\/[0-9a-f-]{36}/)
  const mine = await ana.list('&mine=true&state=APPROVED')
  expect(mine.length).toBe(1)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
})

test('A46 at 320 px nothing but timeline and data tables scrolls sideways', async ({ open, ana }) => {
  const day = dayIn(29)
  const booked = await ana.book({
    ...window(day, '10:00', '12:00'),
    name: 'a name that is long enough to be wider than a narrow page is',
  })
  const page = await open('ana', { viewport: { width: 320, height: 700 } })
  const found: Record<string, string[]> = {}
  const look = async (what: string) => {
    const faults = await sidewaysFaults(page)
    if (faults.length > 0) found[what] = faults
  }
  await page.goto('/home')
  await expect(page.getByRole('link', { name: /a name that is long/ })).toBeVisible()
  await look('home')
  await page.goto(`/calendar?date=${day}`)
  await expect(page.getByRole('region', { name: 'Slice, 24 GB' })).toBeVisible()
  await look('agenda')
  await page
    .getByRole('button', { name: /^Book Slice, 24 GB/ })
    .first()
    .click()
  await expect(page.getByRole('region', { name: 'New reservation' })).toBeVisible()
  await look('form')
  await page.goto('/reservations?tab=upcoming')
  await expect(page.getByRole('link', { name: /a name that is long/ })).toBeVisible()
  await look('reservations')
  await page.goto(`/reservations/${booked.id}`)
  await expect(page.getByRole('heading', { level: 1, name: /a name that is long/ })).toBeVisible()
  await look('detail')
  await page.getByRole('tab', { name: 'Access' }).click()
  await look('access')
  const stranger = await open(null, { viewport: { width: 320, height: 700 } })
  await stranger.goto('/sign-in')
  await expect(stranger.getByRole('heading', { level: 1 })).toBeVisible()
  const faults = await sidewaysFaults(stranger)
  if (faults.length > 0) found['sign-in'] = faults
  expect(found).toEqual({})
})

/** Mean brightness of a picture, 0 to 255. */
async function brightness(page: Page, png: Buffer): Promise<number> {
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
    const context = canvas.getContext('2d')
    if (!context) throw new Error('no canvas')
    context.drawImage(bitmap, 0, 0)
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height)
    let sum = 0
    for (let at = 0; at < data.length; at += 4) sum += ((data[at] ?? 0) + (data[at + 1] ?? 0) + (data[at + 2] ?? 0)) / 3
    return sum / (data.length / 4)
  }, png.toString('base64'))
}

test('A47 with a dark system theme the first paint is dark, and stays so', async ({ open }) => {
  for (const [colorScheme, isRight] of [
    ['dark', (it: number) => it < 80],
    ['light', (it: number) => it > 175],
  ] as const) {
    const page = await open('ana', { colorScheme })
    const judge = await open(null)
    await judge.goto('about:blank')
    // The page's program is held back: what is painted now is what is painted first.
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    await page.route(/\/assets\/index-[^/]*\.js$/, async (route) => {
      await held
      await route.fallback().catch(() => undefined)
    })
    await page.goto('/home', { waitUntil: 'commit' })
    await expect
      .poll(() =>
        page.evaluate(() => performance.getEntriesByType('resource').filter((it) => it.name.endsWith('.css')).length),
      )
      .toBeGreaterThan(0)
    await expect(page.getByRole('heading', { level: 1 })).toHaveCount(0)
    const first = await brightness(judge, await page.screenshot())
    expect(isRight(first), `first paint, ${colorScheme}: ${first}`).toBe(true)
    release()
    await expect(page.getByRole('heading', { level: 1, name: 'Home' })).toBeVisible()
    await expect(page.getByText('Nothing running or coming')).toBeVisible()
    const later = await brightness(judge, await page.screenshot())
    expect(isRight(later), `when loaded, ${colorScheme}: ${later}`).toBe(true)
  }
})

test('The theme that is chosen is kept against the system @whole', async ({ open }) => {
  const page = await open('ana', { colorScheme: 'light' })
  await page.goto('/home')
  await page.getByRole('button', { name: 'Theme: System' }).click()
  await page.getByRole('menuitem', { name: 'Dark' }).click()
  const dark = () => page.evaluate(() => document.documentElement.classList.contains('pf-v6-theme-dark'))
  expect(await dark()).toBe(true)
  await page.reload()
  await expect(page.getByRole('button', { name: 'Theme: Dark' })).toBeVisible()
  expect(await dark()).toBe(true)
})

test('A10 with 40 rows and 2,000 reservations the calendar takes input within 1.5 s, and an arrow key within 100 ms', async ({
  open,
}) => {
  const { rows, bars, usableMs, arrowMs } = await measureLarge(open)
  test.info().annotations.push({
    type: 'measured',
    description: `input ${usableMs.toFixed(0)} ms, arrow key ${arrowMs.toFixed(0)} ms`,
  })
  expect(rows).toBe(40)
  expect(bars).toBe(2_000)
  expectPromised('input', 1_500, usableMs)
  expectPromised('arrow key', 100, arrowMs)
})
