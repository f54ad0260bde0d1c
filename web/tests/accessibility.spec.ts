import type { Locator, Page } from '@playwright/test'
import { BOTH_THEMES, OF_COLOUR, audit } from './rig/audit.ts'
import { CalendarPage, SLICE, expectDetail } from './rig/calendar.ts'
import { withFault } from './rig/cluster.ts'
import { expect, test } from './rig/fixtures.ts'
import { PASSWORD, emailOf } from './rig/settings.ts'
import { dayIn, window } from './rig/times.ts'

test('A45 no page has a WCAG 2.2 A or AA violation', async ({ open, ana, ben }) => {
  test.setTimeout(900_000)
  const found: Record<string, string[]> = {}
  /** Everything in light; what the theme changes once more in dark, on the same page in the same state. */
  const look = async (what: string, page: Page) => {
    const light = await audit(page)
    if (light.length > 0) found[`${what}, light`] = light
    if (!BOTH_THEMES) return
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect
      .poll(() => page.evaluate(() => document.documentElement.classList.contains('pf-v6-theme-dark')))
      .toBe(true)
    const dark = await audit(page, OF_COLOUR)
    if (dark.length > 0) found[`${what}, dark`] = dark
    await page.emulateMedia({ colorScheme: 'light' })
  }
  const heading = (page: Page) => expect(page.getByRole('heading', { level: 1 })).toBeVisible()

  const stranger = await open(null, { colorScheme: 'light' })
  await stranger.goto('/sign-in?return=/home')
  await heading(stranger)
  await look('sign-in', stranger)

  const page = await open('ana', { colorScheme: 'light' })
  await page.goto('/home')
  await expect(page.getByText('Nothing running or coming')).toBeVisible()
  await expect(page.getByText(/free/).first()).toBeVisible()
  await look('home, empty', page)
  await page.getByRole('button', { name: /^Time zone:/ }).click()
  await look('zone menu', page)
  await page.keyboard.press('Escape')

  const day = dayIn(27)
  await ana.book({ ...window(day, '08:00', '10:00'), name: 'mine' })
  for (let unit = 0; unit < 4; unit += 1) await ben.book({ ...window(day, '12:00', '14:00'), name: 'theirs' })
  const calendar = await new CalendarPage(page).goto(day)
  await look('calendar', page)
  await calendar.drag(SLICE(2), day, '10:00', '11:30')
  await expect(calendar.fit).toContainText('Fits.')
  // So high that the form's foot covers nothing: what lies half under it is small to axe, and one scroll away to people.
  const usual = page.viewportSize()
  await page.setViewportSize({ width: usual?.width ?? 1280, height: 2000 })
  await look('form', page)
  await calendar.field('Start time').fill('25:00')
  await calendar.reserve.click()
  await look('form with a fault', page)
  await calendar.field('Start time').fill('12:00')
  await expect(calendar.conflict).toBeVisible()
  await look('conflict', page)
  if (usual) await page.setViewportSize(usual)
  await calendar.form.getByRole('button', { name: 'Close the form' }).click()
  await calendar.goto(day, '&list=1').catch(() => undefined)
  await expect(page.getByRole('region', { name: 'Slice, 24 GB' })).toBeVisible()
  await look('list view', page)
  await page.goto(`/calendar?date=${day}&view=week`)
  await calendar.loaded()
  await look('week', page)
  await page.getByRole('button', { name: 'Keys and legend' }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await look('help', page)

  await page.goto('/reservations?tab=upcoming')
  await expect(page.getByRole('link', { name: 'mine', exact: true })).toBeVisible()
  await look('reservations, upcoming', page)
  await page.goto('/reservations')
  await heading(page)
  await look('reservations, active', page)
  await page.goto('/nothing-is-here')
  await heading(page)
  await look('not found', page)

  const failing = await withFault({ kind: 'image_pull_error', message: 'manifest unknown' })
  const starting = await ana.bookNow('starting')
  await page.goto(`/reservations/${starting.id}`)
  await expect(page.getByText('Failed, repeating')).toBeVisible({ timeout: 30_000 })
  await look('detail, failed step', page)
  await failing()
  await ana.ready(starting.id)
  await expect(page.getByRole('link', { name: 'Open VS Code' }).first()).toBeVisible({ timeout: 15_000 })
  await look('detail, ready', page)
  await page.getByRole('tab', { name: 'Access' }).click()
  await look('detail, access', page)
  await page.getByRole('button', { name: 'End now' }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await look('end now', page)
  await page.goto('/home')
  await expect(page.getByRole('link', { name: 'Open VS Code' })).toBeVisible()
  await look('home', page)
  await page.goto('/reservations?tab=past')
  await heading(page)
  await look('reservations, past', page)

  const admin = await open('admin', { colorScheme: 'light' })
  await admin.goto('/admin/cards')
  await expect(admin.getByRole('list', { name: 'gpu0: Its only way' })).toBeVisible()
  await look('cards', admin)

  const phone = await open('ana', {
    colorScheme: 'light',
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  })
  await phone.goto(`/calendar?date=${day}`)
  await expect(phone.getByRole('region', { name: 'Slice, 24 GB' })).toBeVisible()
  await look('agenda on a phone', phone)
  expect(found).toEqual({})
})

test('A45 what is planted is found, on the same page again too', async ({ open }) => {
  const page = await open(null)
  await page.setContent('<html lang="en"><title>t</title><main><p style="color: #bbb">faint</p></main></html>')
  expect((await audit(page)).join()).toContain('color-contrast: p')
  await page.setContent('<html lang="en"><title>t</title><main><p>plain</p><input></main></html>')
  expect((await audit(page, OF_COLOUR)).join()).toBe('')
  expect((await audit(page)).join()).toContain('label: input')
})

/** Whether the element that has the focus shows it, and is not under something else. */
async function focusFault(page: Page): Promise<string> {
  return page.evaluate(() => {
    const at = document.activeElement
    if (!at || at === document.body) return 'nothing has the focus'
    const name = `${at.tagName} ${at.getAttribute('aria-label') ?? at.textContent?.slice(0, 40) ?? ''}`
    const box = at.getBoundingClientRect()
    const inSight = {
      left: Math.max(0, box.left),
      right: Math.min(innerWidth, box.right),
      top: Math.max(0, box.top),
      bottom: Math.min(innerHeight, box.bottom),
    }
    if (inSight.right - inSight.left < 1 || inSight.bottom - inSight.top < 1) return `${name}: out of sight`
    const top = document.elementFromPoint((inSight.left + inSight.right) / 2, (inSight.top + inSight.bottom) / 2)
    const own = top && (at.contains(top) || top.contains(at) || (at as HTMLInputElement).labels?.length)
    if (!own) return `${name}: under ${top?.tagName} ${top?.className}`
    // What the focus is seen by: something there that is gone without it.
    const looks = () =>
      [at, at.parentElement].flatMap((it) =>
        [null, '::before', '::after'].map((part) => {
          if (!it) return ''
          const style = getComputedStyle(it, part)
          const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor, borderWidth, backgroundColor } =
            style
          const outline = outlineStyle === 'none' ? '' : `${outlineStyle} ${outlineWidth} ${outlineColor}`
          return `${outline}|${boxShadow}|${borderColor}|${borderWidth}|${backgroundColor}|${style.textDecorationLine}`
        }),
      )
    // Once for each: a date field has several stops of its own and starts at the first whenever it gets the focus.
    const judged = ((window as { judged?: WeakSet<Element> }).judged ??= new WeakSet())
    if (judged.has(at)) return ''
    judged.add(at)
    const withFocus = looks()
    ;(at as HTMLElement).blur()
    const without = looks()
    ;(at as HTMLElement).focus({ preventScroll: true })
    return withFocus.join() === without.join() ? `${name}: the focus is not to be seen` : ''
  })
}

test('A45 from sign-in to Ready by keyboard alone, the focus always in sight', async ({ open, ana }) => {
  test.setTimeout(300_000)
  const page = await open(null, { reducedMotion: 'reduce' })
  const { keyboard } = page
  const faults: string[] = []
  const press = async (key: string) => {
    await keyboard.press(key)
    const fault = await focusFault(page)
    if (fault && key !== 'Enter') faults.push(`after ${key}: ${fault}`)
  }
  const tabTo = async (target: Locator, key = 'Tab') => {
    for (let count = 0; count < 80; count += 1) {
      if (await target.evaluate((it) => it === document.activeElement).catch(() => false)) return
      await press(key)
    }
    throw new Error(`80 times ${key} did not reach it`)
  }

  await page.goto('/sign-in')
  await tabTo(page.getByRole('textbox', { name: 'E-mail' }))
  await keyboard.type(emailOf('ana'))
  await tabTo(page.getByLabel('Password'))
  await keyboard.type(PASSWORD)
  await tabTo(page.getByRole('button', { name: 'Sign in' }))
  await press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'Home' })).toBeVisible()

  // The skip link is the first stop.
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  await press('Tab')
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused()
  await tabTo(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Calendar' }))
  await press('Enter')
  const calendar = new CalendarPage(page)
  await expect(calendar.grid).toBeVisible()
  await calendar.loaded()
  for (let count = 0; count < 40 && (await calendar.grid.locator(':focus').count()) === 0; count += 1)
    await press('Tab')
  await press('t')
  const focused = () => calendar.grid.locator(':focus').getAttribute('aria-label')
  for (let count = 0; count < 12 && !(await focused())?.startsWith(SLICE(1)); count += 1) await press('ArrowDown')
  expect(await focused()).toContain(SLICE(1))
  await press('Enter')
  await press('Shift+ArrowRight')
  await press('Shift+ArrowRight')
  await press('Enter')
  await expect(calendar.form).toBeVisible()
  await tabTo(calendar.field('Name (optional)'))
  await keyboard.type('by keyboard')
  await tabTo(calendar.reserve)
  await press('Enter')
  const id = await expectDetail(page, 'by keyboard')
  await expect(page.getByRole('heading', { level: 1, name: 'by keyboard' })).toBeFocused()
  await ana.ready(id)
  const link = page.getByRole('link', { name: 'Open VS Code' }).first()
  await expect(link).toBeVisible({ timeout: 15_000 })
  await tabTo(link)
  await expect(link).toBeFocused()
  expect(faults).toEqual([])
})
