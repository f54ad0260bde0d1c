import type { Page, Route } from '@playwright/test'
import { CalendarPage, SLICE, expectDetail } from './rig/calendar.ts'
import { expect, test } from './rig/fixtures.ts'
import { sheetsOf } from './rig/pdf.ts'
import { dayIn, dayName, window } from './rig/times.ts'

const LISTS = '**/api/v1/reservations?*'
const CREATE = '**/api/v1/reservations'

const problem = (route: Route, reference: string) =>
  route.fulfill({
    status: 500,
    contentType: 'application/problem+json',
    body: JSON.stringify({
      type: 'about:blank',
      title: 'Internal error',
      status: 500,
      detail: 'The server failed.',
      code: 'internal',
      request_id: reference,
    }),
  })
const html = (route: Route, status: number) =>
  route.fulfill({
    status,
    contentType: 'text/html',
    body: '<!doctype html><title>502</title><h1>Bad gateway</h1><script>window.hit = 1</script>',
  })

/** A form that is filled, and what is in it. */
async function filled(
  page: Page,
  day: string,
  name: string,
): Promise<{ calendar: CalendarPage; values: Record<string, string> }> {
  const calendar = await new CalendarPage(page).goto(day)
  await calendar.drag(SLICE(1), day, '10:00', '11:30')
  await calendar.field('Name (optional)').fill(name)
  await calendar.field('Memory (GiB)').fill('41')
  await expect(calendar.fit).toContainText('Fits.')
  return { calendar, values: await calendar.values() }
}

test('A44 a list that fails shows the error with Retry and reference, and Retry recovers', async ({ open, ana }) => {
  await ana.book({ ...window(dayIn(20), '10:00', '12:00'), name: 'in the list' })
  const page = await open('ana')
  await page.route(LISTS, (route) => problem(route, '7f3a91'))
  await page.goto('/reservations?tab=upcoming')
  const alert = page.getByRole('alert').filter({ hasText: 'Reservations could not be loaded.' })
  await expect(alert).toBeVisible()
  await expect(alert).toContainText('Reference 7f3a91')
  await expect(page.getByText('Nothing is booked ahead.')).toHaveCount(0)
  await page.unroute(LISTS)
  await alert.getByRole('button', { name: 'Retry' }).click()
  await expect(page.getByRole('row', { name: /in the list/ })).toBeVisible()
  await expect(alert).toHaveCount(0)
})

test('A calendar that fails keeps its last data and takes no selection', async ({ open, ana }) => {
  const day = dayIn(21)
  await ana.book({ ...window(day, '10:00', '12:00'), name: 'kept in sight' })
  const page = await open('ana')
  const calendar = await new CalendarPage(page).goto(day)
  const bar = calendar.grid.getByRole('gridcell', { name: /10:00 to 10:30 C\w+, booked by you: kept in sight/ })
  await expect(bar).toBeVisible()
  for (const it of ['calendar', 'availability'])
    await page.route(`**/api/v1/${it}?*`, (route) => problem(route, `ref-${it}`))
  await ana.book({ ...window(day, '14:00', '15:00'), name: 'makes it read again' })
  await expect(page.getByRole('alert').filter({ hasText: 'The calendar could not be loaded.' })).toContainText(
    /Reference ref-/,
  )
  await expect(bar).toBeVisible()
  await calendar.drag(SLICE(3), day, '16:00', '17:00')
  await expect(calendar.form).toHaveCount(0)
})

test('With the server out of reach the form says so, keeps everything, and books once it is back', async ({
  open,
  ana,
}) => {
  const page = await open('ana')
  const { calendar, values } = await filled(page, dayIn(22), 'offline')
  await page.context().setOffline(true)
  await calendar.reserve.click()
  await expect(page.getByText('We did not get an answer. Checking whether your reservation exists...')).toBeVisible()
  expect(await calendar.values()).toEqual(values)
  await page.context().setOffline(false)
  await expectDetail(page, 'offline')
  expect((await ana.list('&mine=true')).filter((it) => it.name === 'offline').length).toBe(1)
})

test('A server error on Reserve is told with its reference, and nothing typed is lost', async ({ open }) => {
  const page = await open('ana')
  const { calendar, values } = await filled(page, dayIn(23), 'refused')
  await page.route(CREATE, (route) =>
    route.request().method() === 'POST' ? problem(route, 'c0ffee') : route.fallback(),
  )
  await calendar.reserve.click()
  const alert = calendar.form.getByRole('alert').filter({ hasText: 'This was not booked.' })
  await expect(alert).toContainText('The server failed.')
  await expect(alert).toContainText('Reference c0ffee')
  expect(await calendar.values()).toEqual(values)
  await page.unroute(CREATE)
  await calendar.reserve.click()
  await expectDetail(page, 'refused')
})

test('HTML instead of an answer is told as such and its script does not run @whole', async ({ open }) => {
  const page = await open('ana')
  const { calendar, values } = await filled(page, dayIn(24), 'behind a proxy')
  await page.route(CREATE, (route) => (route.request().method() === 'POST' ? html(route, 403) : route.fallback()))
  await calendar.reserve.click()
  await expect(calendar.form.getByRole('alert')).toContainText('Something other than Berth answered')
  expect(await calendar.values()).toEqual(values)
  await page.unroute(CREATE)

  await page.route(LISTS, (route) => html(route, 200))
  await page.goto('/reservations')
  await expect(page.getByRole('alert').filter({ hasText: 'Reservations could not be loaded.' })).toContainText(
    'Something other than Berth answered.',
  )
  expect(await page.evaluate(() => 'hit' in window)).toBe(false)
})

test('A slow answer shows rows in waiting, then says that it is still loading @whole', async ({ open }) => {
  const page = await open('ana')
  let release = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  await page.route(LISTS, async (route) => {
    await held
    await route.fallback().catch(() => undefined)
  })
  await page.goto('/reservations')
  await expect(page.getByText('Loading reservations')).toBeAttached()
  await expect(page.getByText('Still loading.').first()).toBeVisible({ timeout: 15_000 })
  await expect(page.getByText('Nothing is running.')).toHaveCount(0)
  release()
  await expect(page.getByText('Nothing is running.')).toBeVisible()
})

test('Hostile text in a name is text on every page', async ({ open, ana }) => {
  const day = dayIn(25)
  const name = '<img src=x onerror="window.hit=1"><script>window.hit=2</script>{{7*7}}"\'&amp;'
  const page = await open('ana')
  const { calendar } = await filled(page, day, name)
  await calendar.reserve.click()
  const id = await expectDetail(page, name)
  expect((await ana.reservation(id)).name).toBe(name)
  await expect(page).toHaveTitle(`${name} - Berth`)
  await page.getByRole('button', { name: 'Cancel reservation' }).click()
  await expect(page.getByRole('dialog')).toContainText(name)
  await page.keyboard.press('Escape')
  await page.goto('/reservations?tab=upcoming')
  await expect(page.getByRole('link', { name, exact: true })).toBeVisible()
  await page.goto('/home')
  await expect(page.getByRole('link', { name, exact: true })).toBeVisible()
  await calendar.goto(day)
  const cell = calendar.grid.getByRole('gridcell', { name: /10:00 to 10:30 C\w+, booked by you: <img src=x/ })
  await cell.click()
  await expect(page.getByRole('dialog')).toContainText(name)
  await page.goto(
    `/calendar?date=${encodeURIComponent('"><script>window.hit=3</script>')}&kind=${encodeURIComponent('<b>')}&zone=${encodeURIComponent('<i>')}`,
  )
  await expect(page.getByRole('heading', { level: 1, name: 'Calendar' })).toBeVisible()
  expect(await page.evaluate(() => 'hit' in window)).toBe(false)
  await expect(page.locator('img[src="x"]')).toHaveCount(0)
})

test('An address that leads nowhere says so @whole', async ({ open }) => {
  const page = await open('finance')
  await page.goto('/no/such/page')
  await expect(page.getByRole('heading', { level: 1, name: 'There is no such page' })).toBeVisible()
  const stranger = await open('ana')
  await stranger.goto('/reservations/00000000-0000-4000-8000-000000000000')
  await expect(stranger.getByRole('heading', { level: 1, name: 'There is no such reservation' })).toBeVisible()
})

test('offline the shell stays and says so, and a page that was not loaded comes by itself', async ({ open }) => {
  const page = await open('ana')
  await page.goto('/home')
  await expect(page.getByRole('heading', { level: 1, name: 'Home' })).toBeVisible()
  await page.context().setOffline(true)
  const navigation = page.getByRole('navigation', { name: 'Main' })
  await navigation.getByRole('link', { name: 'Tokenomics' }).click()
  const main = page.getByRole('main')
  await expect(main.getByRole('alert')).toContainText('You are offline.')
  await expect(navigation).toBeVisible()
  await expect(page.getByText('This page has a fault.')).toHaveCount(0)
  await expect(page.locator('[data-live]')).toHaveAccessibleName('Live updates: Offline')
  await page.context().setOffline(false)
  await expect(page.getByRole('heading', { level: 1, name: 'Tokenomics' })).toBeVisible()
})

test('a portal that does not answer is told as that, with the time, until it does', async ({ open }) => {
  const page = await open('ana')
  await page.goto('/home')
  await expect(page.getByRole('heading', { level: 1, name: 'Home' })).toBeVisible()
  await page.context().route('**/api/**', (route) => route.abort())
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Reservations' }).click()
  await expect(page.getByText(/Portal does not answer since \d\d:\d\d C\w+\./)).toBeVisible({ timeout: 20_000 })
  await expect(page.locator('[data-live]')).toHaveAccessibleName('Live updates: No answer')
  await expect(page.getByText('This page refreshes every 10 s')).toHaveCount(0)
  await page.context().unroute('**/api/**')
  await expect(page.getByText(/Portal does not answer/)).toHaveCount(0, { timeout: 40_000 })
})

test('something is drawn before the files of the page are here @whole', async ({ open }) => {
  const page = await open('ana')
  let let_go = () => {}
  const held = new Promise<void>((resolve) => (let_go = resolve))
  await page.route(/assets\/(?!first-paint).*\.(css|js)$/, async (route) => {
    await held
    await route.continue().catch(() => {})
  })
  await page.goto('/home', { waitUntil: 'commit' })
  await expect(page.getByRole('img', { name: 'Berth is loading' })).toBeVisible()
  const painted = () => page.evaluate(() => performance.getEntriesByName('first-contentful-paint').length)
  await expect.poll(painted).toBe(1)
  let_go()
  await expect(page.getByRole('heading', { level: 1, name: 'Home' })).toBeVisible()
  await expect(page.getByRole('img', { name: 'Berth is loading' })).toHaveCount(0)
})

test('a field that the server refuses is above the foot of the form, whatever the foot has to say', async ({
  open,
}) => {
  const page = await open('ana', { viewport: { width: 1440, height: 900 } })
  const { calendar } = await filled(page, dayIn(16), 'refused')
  const refused = {
    field: 'name',
    value: 'refused',
    limit: '100 characters',
    message: `This name is refused. ${'It is told at length. '.repeat(8)}`,
  }
  await page.route(CREATE, (route) =>
    route.request().method() === 'POST'
      ? route.fulfill({
          status: 422,
          contentType: 'application/problem+json',
          body: JSON.stringify({
            type: 'about:blank',
            title: 'Some fields are at fault',
            status: 422,
            detail: refused.message,
            code: 'invalid_fields',
            errors: [refused],
          }),
        })
      : route.fallback(),
  )
  await calendar.reserve.click()
  const name = calendar.field('Name (optional)')
  await expect(name).toBeFocused()
  const [field, foot] = [await name.boundingBox(), await calendar.form.locator('.berth-form-foot').boundingBox()]
  if (!field || !foot) throw new Error('the form is not on the page')
  expect(field.y + field.height).toBeLessThanOrEqual(foot.y)
})

test('print keeps the words that are buttons on the screen, and nothing runs out of the sheet @whole', async ({
  open,
  ana,
}) => {
  await ana.book(window(dayIn(17), '10:00', '12:00'))
  const page = await open('ana', { viewport: { width: 1440, height: 900 } })
  const calendar = await new CalendarPage(page).goto(dayIn(17), '&view=week')
  // On the screen the filter is as wide as its words, and leaves its row to the others.
  const filter = await page.getByRole('combobox', { name: 'Resource kind filter' }).boundingBox()
  expect(filter?.width).toBeLessThan(250)
  await page.emulateMedia({ media: 'print' })
  await expect(calendar.grid.getByRole('button', { name: 'Slice, 24 GB' })).toBeVisible()
  await expect(page.getByRole('status', { name: 'Period' })).toContainText(/ 20\d\d$/)
  await expect(page.getByText(/^Pool \w/)).toBeVisible()
  // What is left and right of it on A4 lying on its side.
  expect((await calendar.grid.boundingBox())?.width).toBeLessThan(277 * (96 / 25.4))

  await page.emulateMedia({ media: 'screen' })
  await page.goto('/reservations?tab=upcoming')
  await expect(page.getByRole('columnheader', { name: /^When/ })).toBeVisible()
  await expect(page.getByRole('link', { name: 'New reservation' })).toBeVisible()
  await page.emulateMedia({ media: 'print' })
  await expect(page.getByRole('columnheader', { name: /^When/ }).getByText('When')).toBeVisible()
  await expect(page.getByRole('link', { name: 'New reservation' })).toBeHidden()

  await page.emulateMedia({ media: 'screen' })
  await page.goto('/tokenomics')
  await expect(page.locator('svg.ch-svg').first()).toBeVisible()
  await page.emulateMedia({ media: 'print' })
  const outside = await page.evaluate(() =>
    [...document.querySelectorAll<SVGElement>('svg.ch-svg')].flatMap((svg) => {
      const around = svg.parentElement
      if (!around) return []
      // Narrower all at once, as a sheet is: nothing is drawn anew for it.
      around.style.width = '300px'
      const most = around.getBoundingClientRect().right + 1
      return [...svg.querySelectorAll('rect, path, circle')]
        .filter((it) => it.getBoundingClientRect().right > most)
        .map((it) => it.outerHTML.slice(0, 80))
    }),
  )
  expect(outside).toEqual([])
})

test('print has the whole page and nothing that only a screen can use; titles name the page @whole', async ({
  open,
}) => {
  const page = await open('ana', { viewport: { width: 1280, height: 400 } })
  for (const name of ['Home', 'Calendar', 'Reservations', 'Tokenomics']) {
    await page.goto(`/${name.toLowerCase()}`)
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
    await expect(page).toHaveTitle(`${name} - Berth`)
  }
  await expect(page.locator('svg.ch-svg').first()).toBeVisible()
  await page.emulateMedia({ media: 'print' })
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeHidden()
  const cut = await page.evaluate(() =>
    [...document.querySelectorAll('#root, main, main *')]
      .filter((node) => {
        const { overflowY } = getComputedStyle(node)
        return (overflowY === 'auto' || overflowY === 'scroll') && node.scrollHeight > node.clientHeight + 1
      })
      .map((node) => node.className),
  )
  expect(cut, 'what scrolls on the screen is cut on paper').toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeGreaterThan(400)
})

test('a PDF of a page has all of its words on sheets of paper, none of them empty @whole', async ({ open, ana }) => {
  const names = [...Array(16).keys()].map((index) => `row-${index}`)
  for (const [index, name] of names.entries()) await ana.book({ ...window(dayIn(30 + index), '10:00', '12:00'), name })
  const page = await open('ana', { viewport: { width: 1280, height: 400 } })
  const printed = async () => {
    const sheets = sheetsOf(await page.pdf({ preferCSSPageSize: true }))
    for (const [number, sheet] of sheets.entries()) {
      expect(sheet.text, `sheet ${number + 1} of ${sheets.length}`).not.toBe('')
      expect(sheet.outside, `beside sheet ${number + 1}`).toEqual([])
    }
    return sheets.map((it) => it.text).join(' ')
  }
  await page.goto('/reservations?tab=upcoming')
  await expect(page.getByRole('link', { name: names.at(-1) ?? '' })).toBeVisible()
  const list = await printed()
  for (const words of [...names, 'Duration', 'EUR 1.60']) expect(list).toContain(words)
  expect(list, 'what leads elsewhere is for the screen').not.toContain('Tokenomics')

  await new CalendarPage(page).goto(dayIn(30), '&view=week')
  const calendar = await printed()
  for (const words of ['Slice, 24 GB', '4 in all', dayName(dayIn(30)).split(' ').slice(0, 2).join(' ')])
    expect(calendar).toContain(words)

  await page.goto('/tokenomics')
  await expect(page.locator('svg.ch-svg').first()).toBeVisible()
  const sums = await printed()
  for (const words of ['Tokenomics', 'Unit cost over utilisation', 'per million tokens']) expect(sums).toContain(words)
})
