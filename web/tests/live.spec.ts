import type { Page } from '@playwright/test'
import { CalendarPage, SLICE, expectDetail } from './rig/calendar.ts'
import { sql } from './rig/database.ts'
import { expect, test } from './rig/fixtures.ts'
import { expectPromised, expectSeenLive } from './rig/promised.ts'
import { dayIn, window } from './rig/times.ts'

const badge = (page: Page) => page.getByRole('status', { name: /^Live updates:/ })
const expectLive = (page: Page) => expect(badge(page)).toHaveAccessibleName('Live updates: Live')

/** Moves what a page's scripts take for the device's clock. */
const shiftClock = (page: Page, by: number) =>
  page.addInitScript((shift) => {
    const Real = Date
    class Shifted extends Real {
      constructor(...parts: [] | [number | string]) {
        if (parts.length === 0) super(Real.now() + shift)
        else super(...parts)
      }
      static override now = () => Real.now() + shift
    }
    globalThis.Date = Shifted as DateConstructor
  }, by)

test('A21 a device clock two hours off changes no countdown', async ({ open, ana }) => {
  const booked = await ana.bookNow('countdown')
  await ana.ready(booked.id)
  // Less than a minute is told in seconds. The reconciler ends it then.
  sql(`BEGIN; SELECT set_config('berth.actor', 'owner', true);
       UPDATE berth.reservation_unit SET during = tstzrange(lower(during), date_trunc('second', clock_timestamp()) + interval '55 seconds') WHERE reservation = '${booked.id}';
       UPDATE berth.reservation SET end_at = date_trunc('second', clock_timestamp()) + interval '55 seconds', version = version + 1 WHERE id = '${booked.id}';
       COMMIT`)
  const twoHours = 2 * 3_600_000
  const pages: Page[] = []
  for (const shift of [0, twoHours, -twoHours]) {
    const page = await open('ana')
    if (shift) await shiftClock(page, shift)
    await page.goto(`/reservations/${booked.id}`)
    await expect(page.getByRole('group', { name: 'Status' })).toContainText(/ends in \d+ s/)
    pages.push(page)
  }
  expect(await pages[1]?.evaluate(() => Date.now())).toBeGreaterThan(Date.now() + twoHours - 60_000)
  const left = await Promise.all(
    pages.map(async (page) => {
      const text = (await page.getByRole('group', { name: 'Status' }).textContent()) ?? ''
      return Number(/ends in (\d+) s/.exec(text)?.[1])
    }),
  )
  const [right = NaN, fast = NaN, slow = NaN] = left
  expect(right).toBeGreaterThan(0)
  expect(Math.abs(fast - right)).toBeLessThan(5)
  expect(Math.abs(slow - right)).toBeLessThan(5)
})

test('A22 a booking made in one browser is in the calendar of another within 2 s', async ({ open }) => {
  const day = dayIn(15)
  const watcher = await new CalendarPage(await open('ben')).goto(day)
  await expectLive(watcher.page)
  const booked = watcher.grid.getByRole('gridcell', { name: /^Slice \d, 24 GB, .* 10:00 to 10:30 C\w+, booked/ })
  await expect(booked).toHaveCount(0)

  const page = await open('ana')
  const calendar = await new CalendarPage(page).goto(day)
  await calendar.drag(SLICE(2), day, '10:00', '11:30')
  await calendar.field('Name (optional)').fill('seen elsewhere')
  const answered = page.waitForResponse((it) => it.request().method() === 'POST' && it.url().endsWith('/reservations'))
  await calendar.reserve.click()
  expect((await answered).status()).toBe(201)
  await expectSeenLive('a booking elsewhere', (limit) => expect(booked).toHaveCount(1, limit))
  await expectDetail(page, 'seen elsewhere')
})

test('a booking made after the page read and before its stream is open is shown', async ({ open, ben }) => {
  const day = dayIn(19)
  const page = await open('ana')
  let letOpen = (): void => undefined
  const held = new Promise<void>((resolve) => (letOpen = resolve))
  await page.context().route('**/api/v1/events*', async (route) => {
    await held
    await route.continue()
  })
  const calendar = await new CalendarPage(page).goto(day)
  await ben.book(window(day, '10:00', '12:00'))
  letOpen()
  const booked = calendar.grid.getByRole('gridcell', { name: /^Slice \d, 24 GB, .* 10:00 to 10:30 C\w+, booked/ })
  await expectSeenLive('a booking before the stream', (limit) => expect(booked).toHaveCount(1, limit))
})

test('A23 a booking of another person changes neither selection nor form; a collision is told within 2 s', async ({
  open,
  ben,
}) => {
  const day = dayIn(16)
  const page = await open('ana')
  const calendar = await new CalendarPage(page).goto(day)
  await expectLive(page)
  await calendar.drag(SLICE(2), day, '10:00', '11:30')
  await calendar.field('Memory (GiB)').fill('48')
  await calendar.field('Name (optional)').fill('half fil')
  await expect(calendar.fit).toContainText('Fits.')
  const before = await calendar.values()

  const booked = calendar.grid.getByRole('gridcell', { name: /^Slice \d, 24 GB, .* 10:00 to 10:30 C\w+, booked/ })
  const unchanged = async () => {
    expect(await calendar.values()).toEqual(before)
    await expect(calendar.field('Name (optional)')).toBeFocused()
    await calendar.expectTime(day, '10:00', '12:00', '2 h')
  }
  for (let unit = 1; unit <= 3; unit += 1) {
    await ben.book(window(day, '10:00', '12:00'))
    await expect(booked).toHaveCount(unit)
  }
  await expect(calendar.fit).toContainText('Fits.')
  await unchanged()
  await ben.book(window(day, '11:00', '12:00'))
  await expectSeenLive('a collision elsewhere', (limit) =>
    expect(calendar.fit).toContainText('Does not fit: 24 GB slices 0 of 4', limit),
  )
  await expect(calendar.conflict).toBeVisible()
  await unchanged()
})

test('A24 with the event stream blocked the page polls and says so; unblocked it is live again', async ({
  open,
  ben,
}) => {
  test.setTimeout(90_000)
  const day = dayIn(17)
  const page = await open('ana')
  await page.context().route('**/api/v1/events*', (route) => route.abort())
  const calendar = await new CalendarPage(page).goto(day)
  await expect(badge(page)).toHaveAccessibleName('Live updates: Updates every 10 s', { timeout: 30_000 })
  await expect(page.getByText('Live updates are off. This page refreshes every 10 s.')).toBeVisible()
  await ben.book(window(day, '10:00', '12:00'))
  await expect(
    calendar.grid.getByRole('gridcell', { name: /^Slice \d, 24 GB, .* 10:00 to 10:30 C\w+, booked/ }),
  ).toHaveCount(1, {
    timeout: 12_000,
  })
  await page.context().unroute('**/api/v1/events*')
  await expect(badge(page)).toHaveAccessibleName('Live updates: Live', { timeout: 15_000 })
  await expect(page.getByText('Live updates are off.')).toHaveCount(0)
})

test('A25 eight tabs over plain HTTP/1.1 each show their data within 3 s', async ({ open, ana }) => {
  const day = dayIn(18)
  const booked = await ana.book({ ...window(day, '10:00', '12:00'), name: 'in eight tabs' })
  const first = await open('ana')
  const tabs = [first]
  while (tabs.length < 8) tabs.push(await first.context().newPage())
  const addresses = [`/calendar?date=${day}`, '/reservations?tab=upcoming', `/reservations/${booked.id}`, '/home']
  for (const [index, tab] of tabs.entries()) {
    const begun = performance.now()
    await tab.goto(addresses[index % addresses.length] ?? '', { waitUntil: 'commit' })
    const name = tab.getByText('in eight tabs').first()
    const cell = tab.getByRole('gridcell', { name: /10:00 to 10:30 C\w+, booked by you: in eight tabs/ })
    await expect(index % addresses.length === 0 ? cell : name).toBeVisible({ timeout: 30_000 })
    expectPromised(`tab ${index + 1}`, 3_000, performance.now() - begun)
  }
  // All eight are open now: none of them is starved, and each hears of changes.
  for (const tab of tabs) await expect(badge(tab)).toHaveAccessibleName('Live updates: Live')
})
