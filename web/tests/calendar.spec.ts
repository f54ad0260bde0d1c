import { CalendarPage, SLICE, WHOLE, expectDetail } from './rig/calendar.ts'
import { expect, test } from './rig/fixtures.ts'
import { expectPromised } from './rig/promised.ts'
import { at, dayIn, dayName, window, zoneName } from './rig/times.ts'

test('A05 a row per kind, and the strip counts what is free', async ({ open, ben }) => {
  const day = dayIn(5)
  await ben.book(window(day, '10:00', '12:00'))
  const calendar = await new CalendarPage(await open('ana')).goto(day)

  await expect(calendar.grid.getByRole('rowheader', { name: /^Whole GPU, 96 GB/ }).first()).toBeVisible()
  await expect(calendar.grid.getByRole('rowheader', { name: /Slice, 24 GB/ })).toBeVisible()
  for (const number of [1, 2, 3, 4]) {
    await expect(calendar.grid.getByRole('rowheader', { name: new RegExp(`^Slice ${number}, 24 GB`) })).toBeVisible()
  }
  const zone = zoneName(at(day, '10:00'))
  const strip = (from: string, to: string, free: string) =>
    calendar.grid.getByRole('gridcell', {
      name: `Slice, 24 GB, ${dayName(day)}, ${from} to ${to} ${zone}, ${free}`,
      exact: true,
    })
  await expect(strip('10:00', '12:00', '3 of 4 free')).toBeVisible()
  await expect(
    calendar.grid.getByRole('gridcell', {
      name: new RegExp(`^Slice, 24 GB, ${dayName(day)}, 12:00 to .*, 4 of 4 free$`),
    }),
  ).toBeVisible()
  // Someone else's booking tells nothing about itself.
  await expect(calendar.grid.getByRole('gridcell', { name: /10:00 to 10:30 C\w+, booked/ })).toHaveCount(1)
})

test('A06 dragging 10:00 to 14:00 on a free lane opens the form with it', async ({ open }) => {
  const day = dayIn(6)
  const calendar = await new CalendarPage(await open('ana')).goto(day)
  await expect(calendar.form).toHaveCount(0)
  await calendar.drag(SLICE(3), day, '10:00', '13:30')
  await calendar.expectTime(day, '10:00', '14:00', '4 h')
  await expect(calendar.form.getByRole('combobox', { name: 'Resource kind' })).toHaveValue('slice-24gb')
  await expect(calendar.fit).toContainText('Fits.')
})

test('A07 two clicks, and the keyboard alone, select the same; Escape clears it', async ({ open }) => {
  const day = dayIn(7)
  const page = await open('ana')
  const calendar = await new CalendarPage(page).goto(day)
  await calendar.drag(SLICE(2), day, '10:00', '13:30')
  await calendar.expectTime(day, '10:00', '14:00', '4 h')
  const dragged = await calendar.values()

  await page.reload()
  await calendar.loaded()
  await page.evaluate(() => sessionStorage.clear())
  await calendar.goto(day)
  if (await calendar.form.count()) await calendar.form.getByRole('button', { name: 'Close the form' }).click()
  await expect(calendar.form).toHaveCount(0)
  await calendar.cell(SLICE(2), day, '10:00').click()
  await calendar.cell(SLICE(2), day, '13:30').click()
  await calendar.expectTime(day, '10:00', '14:00', '4 h')
  expect(await calendar.values()).toEqual(dragged)
  await calendar.cell(SLICE(2), day, '09:00').focus()
  await page.keyboard.press('Escape')
  await expect(calendar.form).toHaveCount(0)

  // The keyboard alone: into the grid with Tab, then arrows.
  await page.getByRole('button', { name: 'Keys and legend' }).focus()
  await page.keyboard.press('Tab')
  await expect(calendar.grid.locator(':focus')).toHaveRole('gridcell')
  const focused = () => calendar.grid.locator(':focus').getAttribute('aria-label')
  for (let step = 0; step < 12 && !(await focused())?.startsWith(SLICE(2)); step += 1)
    await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Home')
  for (let step = 0; step < 20; step += 1) await page.keyboard.press('ArrowRight')
  await expect(calendar.cell(SLICE(2), day, '10:00')).toBeFocused()
  await page.keyboard.press('Enter')
  for (let step = 0; step < 7; step += 1) await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('Enter')
  await calendar.expectTime(day, '10:00', '14:00', '4 h')
  expect(await calendar.values()).toEqual(dragged)
  await expect(calendar.cell(SLICE(2), day, '10:00')).toHaveAttribute('aria-selected', 'true')
  await expect(calendar.cell(SLICE(2), day, '14:00')).toHaveAttribute('aria-selected', 'false')
  await calendar.cell(SLICE(2), day, '13:30').focus()
  await page.keyboard.press('Escape')
  await expect(calendar.form).toHaveCount(0)
})

const DOORS = [
  { door: 'Home', at: '/home', link: 'Find the next free slot' },
  // Marked for `make test-all`: the unit tests of CalendarPage have all of these doors.
  { door: 'Reservations', at: '/reservations', link: 'New reservation' },
  { door: 'an address of its own', at: '/reservations/new', link: null },
  { door: 'the address of the calendar', at: '/calendar?new=1', link: null },
]

for (const { door, at: place, link } of DOORS) {
  test(`the form that ${door} opens is at rest, keeps what is chosen and books it${door === 'Home' ? '' : ' @whole'}`, async ({
    open,
  }) => {
    const page = await open('ana')
    await page.addInitScript(() => {
      const counted = { replaced: 0 }
      Object.assign(window, { counted })
      const replace = history.replaceState.bind(history)
      history.replaceState = (...given) => {
        counted.replaced += 1
        replace(...given)
      }
    })
    await page.goto(place)
    if (link)
      await page
        .getByRole('link', { name: link })
        .or(page.getByRole('button', { name: link }))
        .first()
        .click()
    const calendar = new CalendarPage(page)
    await expect(calendar.form).toBeVisible()
    await calendar.loaded()
    const replaced = () =>
      page.evaluate(() => (window as unknown as { counted: { replaced: number } }).counted.replaced)
    await expect(page).not.toHaveURL(/new=/)
    const before = await replaced()
    await page.waitForTimeout(1_000)
    expect((await replaced()) - before, 'the address at rest').toBe(0)

    await calendar.form.getByRole('checkbox', { name: 'Start now' }).uncheck()
    const kind = calendar.form.getByLabel('Resource kind', { exact: true })
    await kind.selectOption('whole-96gb')
    await calendar.form.getByRole('button', { name: '2 h', exact: true }).click()
    await calendar.date('Start date').fill(dayIn(11))
    await calendar.form.getByRole('radio', { name: 'Inference containers' }).check()
    await calendar.field('Name (optional)').fill(`by ${door}`)
    await expect(kind).toHaveValue('whole-96gb')
    await expect(calendar.duration).toHaveText('2 h')
    await calendar.reserve.click()
    await expectDetail(page, `by ${door}`)
    await expect(page.getByText('Whole GPU, 96 GB').first()).toBeVisible()
  })
}

for (const viewport of [
  { width: 1366, height: 768 },
  { width: 1440, height: 900 },
]) {
  test(`at ${viewport.width} x ${viewport.height} the time and Reserve are in sight below a warning${viewport.width === 1366 ? '' : ' @whole'}`, async ({
    open,
    ana,
  }) => {
    const it = await ana.bookNow('short', { duration_minutes: 30 })
    const day = dayIn(viewport.width === 1366 ? 14 : 15)
    await ana.book({ ...window(day, '08:00', '12:00'), device_class: 'whole-96gb' })
    const page = await open('ana', { viewport })
    // It begins between two steps and ends up to an hour later: here it is near its end.
    await page.route('**/api/v1/reservations?*', async (route) => {
      const answer = await route.fetch()
      const body = (await answer.json()) as { items: { id: string; end: string; state: string }[] }
      const soon = new Date(Date.now() + 20 * 60_000).toISOString()
      for (const one of body.items) if (one.id === it.id) Object.assign(one, { end: soon, state: 'ACTIVE' })
      await route.fulfill({ response: answer, json: body })
    })
    await page.goto(`/calendar?new=1&date=${day}`)
    const calendar = new CalendarPage(page)
    await expect(calendar.form).toBeVisible()
    await expect(page.getByRole('region', { name: 'Ending soon' })).toBeVisible({ timeout: 30_000 })
    await expect(calendar.fit).toContainText('Fits.')
    await expect(calendar.reserve).toBeInViewport({ ratio: 1 })
    await expect(calendar.date('Start date')).toBeInViewport({ ratio: 1 })
    await expect(calendar.field('End time')).toBeInViewport({ ratio: 1 })
    // Also where it does not fit, with what would fit instead above it.
    await calendar.form.getByLabel('Resource kind', { exact: true }).selectOption('whole-96gb')
    await expect(calendar.form.getByRole('region', { name: 'Conflict' })).toContainText('The server checked')
    await expect(calendar.reserve).toBeInViewport({ ratio: 1 })
    const box = await page.getByRole('region', { name: 'Ending soon' }).boundingBox()
    expect(box?.height).toBeLessThan(64)
  })
}

test('A08 memory above what is free changes the fit line at once, before anything is asked', async ({ open, ben }) => {
  const day = dayIn(8)
  await ben.book({ ...window(day, '10:00', '12:00'), device_class: 'whole-96gb' })
  const page = await open('ana')
  const calendar = await new CalendarPage(page).goto(day)
  await calendar.drag(SLICE(1), day, '10:00', '11:30')
  await expect(calendar.fit).toContainText('Fits.')
  const memory = calendar.field('Memory (GiB)')
  await memory.fill('40')
  await expect(calendar.fit).toContainText('Fits.')

  // What else would fit is asked of the server once the typing stops; the line itself waits for no answer.
  let answer = () => {}
  const answered = new Promise<void>((resolve) => (answer = resolve))
  await page.route('**/reservations:check', async (route) => {
    await answered
    await route.continue().catch(() => {}) // the page takes back a question that it no longer asks
  })
  await calendar.fit.evaluate((line) => {
    const clock = { typed: 0, told: 0 }
    Object.assign(window, { clock })
    addEventListener('input', () => (clock.typed = performance.now()), { capture: true })
    new MutationObserver(() => {
      if (clock.told === 0 && line.textContent?.includes('400')) clock.told = performance.now()
    }).observe(line, { subtree: true, childList: true, characterData: true })
  })
  await memory.press('End')
  await memory.press('0')
  await expect(calendar.fit).toContainText('Does not fit: memory 368 of 740 GiB free, 400 needed')
  const { typed, told } = await page.evaluate(
    () => (window as unknown as { clock: { typed: number; told: number } }).clock,
  )
  expect(told).toBeGreaterThan(typed)
  expectPromised('fit line', 100, told - typed)
  answer()
  await expect(calendar.conflict.getByRole('button').first()).toBeVisible()
})

test('the button of the form rests: nothing that is scrolled or typed moves it from under the pointer', async ({
  open,
}) => {
  const page = await open('ana')
  const day = dayIn(9)
  const calendar = await new CalendarPage(page).goto(day)
  await calendar.drag(SLICE(1), day, '10:00', '11:30')
  await expect(calendar.fit).toContainText('Fits.')
  const drawer = page.locator('.berth-drawer')
  const seen: number[] = []
  const look = async () => seen.push(Math.round((await calendar.reserve.boundingBox())?.y ?? -1))
  await look()
  for (const field of ['Name (optional)', 'CPU cores', 'Memory (GiB)']) {
    await calendar.field(field).fill('15')
    await look()
  }
  // Each scroll measures anew, with the next drawing.
  for (const top of [0, 200, 0, 1_000, 0, 1_000]) {
    const scrolled = await drawer.evaluate(async (node, to) => {
      const before = node.scrollTop
      node.scrollTo(0, to)
      for (let frame = 0; frame < 3; frame++) await new Promise((done) => requestAnimationFrame(done))
      return before !== node.scrollTop
    }, top)
    expect(scrolled, 'there is more form than room').toBe(true)
    await look()
  }
  expect(Math.max(...seen) - Math.min(...seen), `the button was at ${seen.join(', ')}`).toBeLessThanOrEqual(2)
})

test('A09 the past cannot be selected or typed; bookings back to back are both accepted', async ({ open, ana }) => {
  const page = await open('ana')
  const calendar = await new CalendarPage(page).goto(dayIn(-1))
  const past = calendar.exactCell(SLICE(1), dayIn(-1), '10:00', 'past')
  await expect(past).toHaveAttribute('aria-disabled', 'true')
  await past.click({ force: true })
  await calendar.cell(SLICE(1), dayIn(-1), '12:00').click({ force: true })
  await calendar.drag(SLICE(1), dayIn(-1), '14:00', '16:00')
  await expect(calendar.form).toHaveCount(0)

  const day = dayIn(9)
  await calendar.goto(day)
  await calendar.drag(WHOLE, day, '10:00', '11:30')
  await calendar.date('Start date').fill(dayIn(-1))
  await expect(calendar.form.getByText(/^Start is in the past\. Earliest: /)).toBeVisible()
  await calendar.reserve.click()
  await expect(page).toHaveURL(/\/calendar/)
  expect((await ana.list('&mine=true&state=APPROVED,ACTIVE')).length).toBe(0)

  await calendar.date('Start date').fill(day)
  await calendar.field('Name (optional)').fill('first half')
  await calendar.expectTime(day, '10:00', '12:00', '2 h')
  await calendar.reserve.click()
  const first = await expectDetail(page, 'first half')
  await calendar.goto(day)
  await calendar.drag(WHOLE, day, '12:00', '13:30')
  await calendar.field('Name (optional)').fill('second half')
  await calendar.reserve.click()
  const second = await expectDetail(page, 'second half')
  const [a, b] = [await ana.reservation(first), await ana.reservation(second)]
  expect(a.end).toBe(b.start)
  expect(a.unit_names).toEqual(b.unit_names)
})

test('A15 each mode says how many slots it takes and leaves', async ({ open }) => {
  const day = dayIn(10)
  const calendar = await new CalendarPage(await open('ana')).goto(day)
  await calendar.drag(WHOLE, day, '10:00', '11:30')
  const described = (mode: string) =>
    calendar.form.getByRole('radio', { name: mode }).locator('xpath=ancestor::*[contains(@class, "berth-mode")][1]')
  await expect(described('Interactive ML')).toContainText('Uses 1 of 4 slots')
  await expect(described('Inference containers')).toContainText('4 of 4 slots')
  await calendar.form.getByRole('combobox', { name: 'Resource kind' }).selectOption('slice-24gb')
  await expect(described('Interactive ML')).toContainText('Uses 1 of 2 slots')
  await expect(described('Inference containers')).toContainText('2 of 2 slots')
  await expect(calendar.form.getByText('Slots share memory and compute of one device.')).toBeVisible()
})

test('The address holds date, range and kind, and a reload shows the same @whole', async ({ open }) => {
  const day = dayIn(11)
  const page = await open('ana')
  const calendar = await new CalendarPage(page).goto(day)
  await page.getByRole('button', { name: '3 days' }).click()
  await page.getByRole('combobox', { name: 'Resource kind filter' }).selectOption('whole-96gb')
  await expect(calendar.grid.getByRole('rowheader', { name: /Slice/ })).toHaveCount(0)
  await expect(page).toHaveURL(/view=3days/)
  await page.reload()
  await expect(calendar.grid.getByRole('rowheader', { name: /Whole GPU, 96 GB/ }).first()).toBeVisible()
  await expect(calendar.grid.getByRole('rowheader', { name: /Slice/ })).toHaveCount(0)
  await expect(calendar.grid.getByRole('columnheader', { name: new RegExp(`^${dayName(dayIn(13))}`) })).toBeVisible()
})

test('a week shows seven days and a day all of its hours, with their year, and Back undoes a change of period or view', async ({
  open,
}) => {
  for (const viewport of [
    { width: 1366, height: 768 },
    { width: 1440, height: 900 },
  ]) {
    const page = await open('ana', { viewport })
    const day = dayIn(20)
    const calendar = await new CalendarPage(page).goto(day)
    const scroller = page.locator('.tl-scroll')
    const hidden = () => scroller.evaluate((node) => node.scrollWidth - node.clientWidth)
    expect(await hidden(), 'a day').toBeLessThanOrEqual(1)
    const period = page.getByRole('status', { name: 'Period' })
    await expect(period).toContainText(day.slice(0, 4))
    const before = await period.textContent()
    await page.getByRole('button', { name: 'Week', exact: true }).click()
    await calendar.loaded()
    await expect(page).toHaveURL(/view=week/)
    expect(await hidden(), 'a week').toBeLessThanOrEqual(1)
    const week = await period.textContent()
    await page.getByRole('button', { name: 'Next period' }).click()
    await expect(period).not.toHaveText(week ?? '')
    await page.goBack()
    await expect(period).toHaveText(week ?? '')
    await page.goBack()
    await expect(period).toHaveText(before ?? '')
    // Beside the form too.
    await page.getByRole('button', { name: 'New reservation' }).click()
    await expect(calendar.form).toBeVisible()
    for (const view of ['Day', '3 days', 'Week', '2 weeks', 'Month']) {
      await page.getByRole('button', { name: view, exact: true }).click()
      await calendar.loaded()
      expect(await hidden(), `${view} beside the form`).toBeLessThanOrEqual(1)
    }
    const cut = await calendar.grid
      .locator('.tl-day')
      .evaluateAll((heads) => heads.filter((it) => it.scrollWidth > it.clientWidth).map((it) => it.textContent))
    expect(cut, 'the numbers of the days').toEqual([])
  }
})

test('a month shows the numbers of its days, and the fullest day as the fullest @whole', async ({ open, ben }) => {
  const full = dayIn(25)
  for (let count = 0; count < 4; count += 1) await ben.book(window(full, '10:00', '11:00'))
  const page = await open('ana')
  const calendar = await new CalendarPage(page).goto(full, '&view=month')
  const heads = calendar.grid.locator('.tl-day > span')
  const numbers = await heads.allTextContents()
  expect(numbers.length).toBeGreaterThanOrEqual(28)
  numbers.forEach((text, index) => expect(text.split(' ')).toContain(String(index + 1)))
  const head = await heads.nth(numbers.length - 1).boundingBox()
  const cell = await calendar.grid.locator('.tl-day').last().boundingBox()
  expect((head?.x ?? 0) + (head?.width ?? 0)).toBeLessThanOrEqual((cell?.x ?? 0) + (cell?.width ?? 0) + 1)
  const of = (day: string) =>
    calendar.grid.getByRole('gridcell', { name: new RegExp(`^Slice, 24 GB, ${dayName(day)}, at its fullest`) })
  await expect(of(full)).toHaveClass(/tl-bin0/)
  await expect(of(full)).toHaveAccessibleName(/0 of 4 free/)
})

test("dragging one's own bar moves it, an end changes its length, and keys do the same", async ({ open, ana }) => {
  const day = dayIn(13)
  const it = await ana.book({ ...window(day, '10:00', '12:00'), device_class: 'whole-96gb', name: 'mine' })
  const page = await open('ana')
  const calendar = await new CalendarPage(page).goto(day)
  const form = page.getByRole('region', { name: 'Edit "mine"' })
  const value = (label: string) => form.getByLabel(label, { exact: true })
  await calendar.drag(WHOLE, day, '11:00', '13:00')
  await expect(value('Start time')).toHaveValue('12:00')
  await expect(value('End time')).toHaveValue('14:00')
  await expect(page.getByRole('region', { name: 'New reservation' })).toHaveCount(0)
  expect((await ana.reservation(it.id)).start, 'nothing is changed before it is saved').toBe(it.start)
  await form.getByRole('button', { name: 'Save changes' }).click()
  await expectDetail(page, 'mine')
  expect((await ana.reservation(it.id)).start).toBe(window(day, '12:00', '14:00').start)

  await calendar.goto(day)
  const last = await calendar.cell(WHOLE, day, '13:30').boundingBox()
  const target = await calendar.cell(WHOLE, day, '14:30').boundingBox()
  if (!last || !target) throw new Error('a cell is not on the page')
  await page.mouse.move(last.x + last.width - 2, last.y + last.height / 2)
  await page.mouse.down()
  await page.mouse.move(target.x + target.width - 2, target.y + target.height / 2, { steps: 4 })
  await page.mouse.up()
  await expect(value('Start time')).toHaveValue('12:00')
  await expect(value('End time')).toHaveValue('15:00')
  await form.getByRole('button', { name: 'Cancel', exact: true }).click()

  await calendar.cell(WHOLE, day, '12:30').click()
  await page.getByRole('dialog').getByRole('button', { name: 'Move' }).press('Enter')
  await expect(form.getByRole('heading')).toBeFocused()
  await expect(value('Start time')).toHaveValue('12:00')
  await form.getByRole('button', { name: 'Close the form' }).click()
  await calendar.cell(WHOLE, day, '12:30').click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel reservation' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel reservation' }).click()
  await expect(calendar.exactCell(WHOLE, day, '12:00', 'free')).toBeVisible()
  expect((await ana.reservation(it.id)).state).toBe('CANCELED')
})
