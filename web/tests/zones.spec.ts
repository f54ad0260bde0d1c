import type { Page } from '@playwright/test'
import { CalendarPage, SLICE, requestsOf } from './rig/calendar.ts'
import { expect, test } from './rig/fixtures.ts'
import { at, dayName, nextChange, rfc, shortDay, window, winterDay } from './rig/times.ts'

async function chooseZone(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: /^Time zone:/ }).click()
  // "Berlin, UTC+1", and what that zone is: "This platform".
  await page.getByRole('menuitem', { name: new RegExp(`^${name.replace('+', '\\+')}( |$)`) }).click()
  await expect(page.getByRole('button', { name: `Time zone: ${name}` })).toBeVisible()
}

test('A17 switching to UTC turns 10:00 in winter into 09:00 everywhere, and asks nothing', async ({ open, ana }) => {
  const day = winterDay()
  const booked = await ana.book({ ...window(day, '10:00', '12:00'), name: 'in winter' })
  const page = await open('ana')
  const main = page.getByRole('main')

  await page.goto(`/reservations/${booked.id}`)
  await expect(page.getByRole('heading', { level: 1, name: 'in winter' })).toBeVisible()
  await expect(main).toContainText('10:00 to 12:00 CET')
  await expect(main).toContainText('2 h')
  const requests = requestsOf(page)
  await chooseZone(page, 'UTC')
  await expect(main).toContainText('09:00 to 11:00 UTC')
  await expect(main).toContainText('2 h')
  await expect(main).not.toContainText('CET')
  await expect(main).not.toContainText('10:00')
  expect(requests).toEqual([])

  await page.goto('/reservations')
  await page.getByRole('tab', { name: 'Upcoming' }).click()
  const row = page.getByRole('row', { name: /in winter/ })
  await expect(row).toContainText('09:00 to 11:00 UTC')
  await chooseZone(page, 'Berlin, UTC+1')
  await expect(row).toContainText('10:00 to 12:00 CET')
  await expect(row).toContainText('2 h')

  const calendar = await new CalendarPage(page).goto(day)
  await expect(
    calendar.grid.getByRole('gridcell', { name: /10:00 to 10:30 CET, booked by you: in winter/ }),
  ).toBeVisible()
  const cells = await calendar.grid.getByRole('gridcell', { name: /booked by you: in winter/ }).count()
  const onCalendar = requestsOf(page)
  await chooseZone(page, 'UTC')
  await expect(
    calendar.grid.getByRole('gridcell', { name: /09:00 to 09:30 UTC, booked by you: in winter/ }),
  ).toBeVisible()
  await expect(calendar.grid.getByRole('gridcell', { name: /CET/ })).toHaveCount(0)
  await expect(calendar.grid.getByRole('gridcell', { name: /booked by you: in winter/ })).toHaveCount(cells)
  expect(onCalendar).toEqual([])
})

test('A17 a selection stays at the same instant when the zone is switched', async ({ open }) => {
  const day = winterDay()
  const page = await open('ana')
  const calendar = await new CalendarPage(page).goto(day)
  await calendar.drag(SLICE(1), day, '10:00', '13:30')
  await calendar.expectTime(day, '10:00', '14:00', '4 h')
  await chooseZone(page, 'UTC')
  await calendar.expectTime(day, '09:00', '13:00', '4 h')
})

test('A18 the days on which the clocks change have 23 and 25 hours', async ({ open }) => {
  const page = await open('ana')
  const calendar = new CalendarPage(page)
  const hours = calendar.grid.getByRole('columnheader', { name: /^\d\d:00/ })
  const cellsOf = (day: string) =>
    calendar.grid.getByRole('gridcell', { name: new RegExp(`^Slice 1, 24 GB, ${dayName(day)}`) })

  const spring = nextChange('forward')
  await calendar.goto(spring)
  await expect(hours).toHaveCount(23)
  await expect(calendar.grid.getByRole('columnheader', { name: /^02:00/ })).toHaveCount(0)
  await expect(calendar.grid.getByRole('columnheader', { name: /^01:00/ })).toHaveCount(1)
  await expect(calendar.grid.getByRole('columnheader', { name: /^03:00/ })).toHaveCount(1)
  await expect(cellsOf(spring)).toHaveCount(46)

  const autumn = nextChange('back')
  await calendar.goto(autumn)
  await expect(hours).toHaveCount(25)
  const twice = calendar.grid.getByRole('columnheader', { name: /^02:00/ })
  await expect(twice).toHaveCount(2)
  await expect(twice.nth(0)).toHaveAccessibleName(/UTC\+2/)
  await expect(twice.nth(1)).toHaveAccessibleName(/UTC\+1/)
  await expect(cellsOf(autumn)).toHaveCount(50)
})

test('A19 a booking over the missing hour is two hours long and priced for two; the missing time cannot be typed', async ({
  open,
  ana,
}) => {
  const spring = nextChange('forward')
  const page = await open('ana')
  const calendar = await new CalendarPage(page).goto(spring)
  await calendar.drag(SLICE(1), spring, '01:00', '03:30')
  await calendar.expectTime(spring, '01:00', '04:00', '2 h')
  await expect(calendar.form).toContainText('EUR 1.60')

  await calendar.field('Start time').fill('02:30')
  await expect(
    calendar.form.getByText(`02:30 does not exist on ${shortDay(spring)} (clocks go forward). Next: 03:00 CEST.`),
  ).toBeVisible()
  await calendar.field('Start time').fill('01:00')
  await calendar.field('Name (optional)').fill('short night')
  await calendar.expectTime(spring, '01:00', '04:00', '2 h')
  await calendar.reserve.click()
  await expect(page.getByRole('heading', { level: 1, name: 'short night' })).toBeVisible()
  await expect(page.getByRole('main')).toContainText('2 h')
  const booked = (await ana.list('&mine=true&state=APPROVED')).find((it) => it.name === 'short night')
  expect(booked).toMatchObject({ start: rfc(at(spring, '01:00')), end: rfc(at(spring, '04:00')) })
})

test('A time that happens twice must be chosen', async ({ open }) => {
  const autumn = nextChange('back')
  const calendar = await new CalendarPage(await open('ana')).goto(autumn)
  await calendar.drag(SLICE(1), autumn, '00:30', '01:30')
  await calendar.field('Start time').fill('02:30')
  await expect(calendar.form.getByText('02:30 happens twice. Choose 02:30 CEST or 02:30 CET.')).toBeVisible()
  await calendar.form.getByRole('button', { name: '02:30 CET', exact: true }).click()
  await expect(calendar.field('Start time')).toHaveValue('02:30')
  await expect(calendar.form.getByText('02:30 happens twice.')).toHaveCount(0)
})
