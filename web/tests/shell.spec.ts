import { PASSWORD, emailOf } from './rig/settings.ts'
import { CalendarPage, expectDetail } from './rig/calendar.ts'
import { sql } from './rig/database.ts'
import { expect, test } from './rig/fixtures.ts'
import { dayIn, window } from './rig/times.ts'

/** What the navigation lists; a page is added here when it comes to exist. */
const PAGES = ['Home', 'Calendar', 'Reservations', 'Tokenomics']

test('A01 a member signs in to Home, and the navigation lists what exists', async ({ open }) => {
  const page = await open(null)
  await page.goto('/')
  await page.getByRole('textbox', { name: 'E-mail' }).fill(emailOf('ana'))
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()

  await expect(page.getByRole('heading', { level: 1, name: 'Home' })).toBeVisible()
  await expect(page).toHaveURL(/\/home$/)
  const links = page.getByRole('navigation', { name: 'Main' }).getByRole('link')
  await expect(links).toHaveText(PAGES)
  await expect(page.getByText('Administration')).toHaveCount(0)
  for (const name of PAGES) {
    await links.filter({ hasText: name }).click()
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
  }
})

test('an admin finds the cards, each as it is cut; a member has no way there and is refused', async ({ open }) => {
  const page = await open('admin')
  await page.goto('/home')
  const links = page.getByRole('navigation', { name: 'Main' }).getByRole('link')
  await expect(links).toHaveText([...PAGES, 'GPU cards'])
  await links.filter({ hasText: 'GPU cards' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'GPU cards' })).toBeVisible()
  const parts = page.getByRole('list', { name: 'gpu0: Its only way' }).getByRole('listitem')
  await expect(parts).toHaveCount(4)
  await expect(parts.nth(3)).toHaveText(/1g\.24gb\+me x2\s*gpu0-slice3\s*9 to 11/)
  const boxes = await Promise.all((await parts.all()).map((it) => it.boundingBox()))
  const [first, ...others] = boxes.map((it) => Math.round(it?.width ?? 0))
  for (const width of others) expect(Math.abs(width - (first ?? 0))).toBeLessThanOrEqual(2)
  await expect(page.getByRole('list', { name: 'gpu1: Its only way' }).getByRole('listitem')).toHaveText(/whole x4/)

  const member = await open('ana')
  await member.goto('/admin/cards')
  await expect(member.getByRole('alert')).toContainText('Your role does not allow this.')
  await expect(member.getByText('GPU cards')).toHaveCount(1)
})

test('A03 with the sign-in expired, Reserve leads through the sign-in back to the same form', async ({ open, ana }) => {
  const day = dayIn(3)
  const page = await open(null)
  await page.goto(`/calendar?date=${day}`)
  await page.getByRole('textbox', { name: 'E-mail' }).fill(emailOf('ana'))
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()

  const calendar = new CalendarPage(page)
  await calendar.loaded()
  await calendar.drag('Slice 2, 24 GB', day, '10:00', '13:30')
  await calendar.field('Name (optional)').fill('kept through sign-in')
  await calendar.field('Memory (GiB)').fill('64')
  await calendar.form.getByRole('radio', { name: 'Inference containers' }).check()
  // Nothing is being asked any more.
  await expect(calendar.fit).toContainText('Fits.')
  const before = await calendar.values()

  // The newest one is the one that was just made; everyone else stays signed in.
  sql(
    'DELETE FROM berth.web_session WHERE token_hash = (SELECT token_hash FROM berth.web_session ORDER BY created_at DESC LIMIT 1)',
  )
  await calendar.reserve.click()
  await expect(page.getByRole('heading', { name: 'Sign in to Berth' })).toBeVisible()
  await page.getByRole('textbox', { name: 'E-mail' }).fill(emailOf('ana'))
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()

  await expect(calendar.form).toBeVisible()
  await expect(page).toHaveURL(new RegExp(`/calendar\\?date=${day}`))
  expect(await calendar.values()).toEqual(before)
  await calendar.expectTime(day, '10:00', '14:00', '4 h')
  await calendar.reserve.click()
  const id = await expectDetail(page, 'kept through sign-in')
  expect(await ana.reservation(id)).toMatchObject({
    ...window(day, '10:00', '14:00'),
    memory_gib: 64,
    mode: 'inference_containers',
  })
})

test('A wrong password says so, and nothing else', async ({ open }) => {
  const page = await open(null)
  await page.goto('/sign-in')
  await page.getByRole('textbox', { name: 'E-mail' }).fill(emailOf('finance'))
  await page.getByLabel('Password').fill('not the password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert')).toContainText('E-mail or password is wrong.')
  await expect(page.getByRole('textbox', { name: 'E-mail' })).toHaveValue(emailOf('finance'))
})

test('A48 no page asks anything of another origin', async ({ open, ana }) => {
  const page = await open('ana')
  const booked = await ana.book({ ...window(dayIn(4), '10:00', '12:00'), name: 'origins' })
  const origins = new Set<string>()
  page.on('request', (request) => void origins.add(new URL(request.url()).origin))
  for (const path of [
    '/home',
    '/calendar',
    '/reservations',
    `/reservations/${booked.id}`,
    '/tokenomics',
    '/nothing-is-here',
  ]) {
    await page.goto(path)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await page.waitForLoadState('load')
  }
  const stranger = await open(null)
  stranger.on('request', (request) => void origins.add(new URL(request.url()).origin))
  await stranger.goto('/sign-in')
  await expect(stranger.getByRole('heading', { level: 1 })).toBeVisible()
  expect([...origins]).toEqual([new URL(page.url()).origin])
})

test('A04 while the controller is silent every page says for how long, and no longer once it reports', async ({
  open,
}) => {
  const page = await open('ana')
  const body = (silentFor: number | null) => {
    const now = Date.now()
    const last = new Date(now - (silentFor ?? 1) * 1000).toISOString()
    const controller = {
      cluster: 'default',
      state: silentFor === null ? 'reporting' : 'silent',
      last_report_at: last,
      age_seconds: silentFor ?? 1,
      problem: '',
    }
    return JSON.stringify({ server_time: new Date(now).toISOString(), version: '1', controllers: [controller] })
  }
  let silentFor: number | null = 200
  await page.route('**/api/v1/status', (route) =>
    route.fulfill({ contentType: 'application/json', body: body(silentFor) }),
  )
  const warning = page.getByText('The controller last reported 3 min ago.')
  for (const path of ['/home', '/calendar', '/reservations', '/tokenomics']) {
    await page.goto(path)
    await expect(warning.first()).toBeVisible()
  }
  silentFor = null
  await expect(warning).toHaveCount(0, { timeout: 20_000 })
})
