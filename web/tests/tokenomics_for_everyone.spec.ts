import type { Page } from '@playwright/test'
import { BOTH_THEMES, OF_COLOUR, audit } from './rig/audit.ts'
import { requestsOf } from './rig/calendar.ts'
import { chartFaults } from './rig/contrast.ts'
import { expect, test } from './rig/fixtures.ts'
import { sidewaysFaults } from './rig/sideways.ts'
import { TABS, TokenomicsPage, numberIn } from './rig/tokenomics.ts'

const CURVE = 'Unit cost over utilisation'
const PARTS = 'What it is made of'

test('A45 no part of the page has a WCAG 2.2 A or AA violation', async ({ open }) => {
  test.setTimeout(900_000)
  const page = await open('ana', { colorScheme: 'light' })
  const tokenomics = await new TokenomicsPage(page).goto()
  const found: Record<string, string[]> = {}
  const look = async (what: string) => {
    const light = await audit(page)
    if (light.length > 0) found[`${what}, light`] = light
    if (!BOTH_THEMES) return
    await inTheme(page, 'dark')
    const dark = await audit(page, OF_COLOUR)
    if (dark.length > 0) found[`${what}, dark`] = dark
    await inTheme(page, 'light')
  }
  for (const tab of TABS) {
    await tokenomics.tab(tab)
    if (tab === 'Unit cost') await look(`${tab}, charts`)
    const asTable = page.getByRole('button', { name: 'Show as table' })
    if ((await asTable.count()) > 1) await asTable.first().click()
    for (const it of await page.locator('.tk-results details > summary').all()) await it.click()
    await look(tab)
  }
  await tokenomics.tab('Unit cost')
  for (const it of await tokenomics.inputs.locator('summary').all()) await it.click()
  await tokenomics.inputs.getByRole('button', { name: 'Add model' }).click()
  await look('all inputs')
  await tokenomics.input('utilisation').fill('7')
  await expect(page.getByText('from previous values').first()).toBeVisible()
  await look('invalid input')
  await tokenomics.input('utilisation').fill('0.5')
  await page.getByLabel('Currency', { exact: true }).fill('EUR')
  await look('another currency')
  expect(found).toEqual({})
})

async function inTheme(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme })
  await expect
    .poll(() => page.evaluate(() => document.documentElement.classList.contains('pf-v6-theme-dark')))
    .toBe(colorScheme === 'dark')
}

test('A46 at 320 px nothing but tables scrolls sideways', async ({ open }) => {
  const page = await open('ana', { viewport: { width: 320, height: 700 } })
  const tokenomics = await new TokenomicsPage(page).goto('?name=narrow')
  const found: Record<string, string[]> = {}
  for (const tab of TABS) {
    await tokenomics.tab(tab)
    for (const it of await page.locator('.tk-results details > summary').all()) await it.click()
    const chart = await sidewaysFaults(page)
    if (chart.length > 0) found[tab] = chart
    const asTable = page.getByRole('button', { name: 'Show as table' })
    for (let left = await asTable.count(); left > 0; left -= 1) await asTable.first().click()
    const table = await sidewaysFaults(page)
    if (table.length > 0) found[`${tab}, tables`] = table
  }
  for (const it of await tokenomics.inputs.locator('summary').all()) await it.click()
  const inputs = await sidewaysFaults(page)
  if (inputs.length > 0) found['inputs'] = inputs
  expect(found).toEqual({})
})

test('A47 text of charts has 4.5:1 and marks have 3:1 in both themes; each table has the values of its chart', async ({
  open,
}) => {
  const page = await open('ana', { colorScheme: 'light' })
  const tokenomics = await new TokenomicsPage(page).goto()
  const found: Record<string, string[]> = {}
  for (const tab of TABS.slice(0, 4)) {
    await tokenomics.tab(tab)
    await expect(page.getByRole('figure').first()).toBeVisible()
    for (const theme of ['light', 'dark'] as const) {
      await inTheme(page, theme)
      const faults = await chartFaults(page)
      if (faults.length > 0) found[`${tab}, ${theme}`] = faults
    }
    const figures = await page.getByRole('figure').count()
    expect(await page.getByRole('button', { name: 'Show as table' }).count()).toBe(figures)
  }
  expect(found).toEqual({})

  // The curve's points lie where the rows say: the axis runs from nothing at its foot.
  await tokenomics.tab('Unit cost')
  const rows = await tokenomics.table(CURVE)
  const pointsOf = async (series: string) => {
    const line = tokenomics.chart(CURVE).locator(`[data-series="${series}"]`)
    const d = (await line.count()) === 0 ? '' : ((await line.getAttribute('d')) ?? '')
    return [...d.matchAll(/[ML]([\d.-]+) ([\d.-]+)/g)].map((it) => [Number(it[1]), Number(it[2])] as const)
  }
  // What is out of reach is a line of its own, from the last point within reach on.
  const points = [...(await pointsOf('own')), ...(await pointsOf('beyond')).slice(1)]
  expect(points.length).toBe(rows.length)
  const foot = Number(await tokenomics.chart(CURVE).locator('.ch-axis').getAttribute('y1')) - 28
  const last = rows.length - 1
  const scale = (foot - (points[last]?.[1] ?? NaN)) / numberIn(rows[last]?.[1])
  for (const [at, row] of rows.entries()) {
    const cost = numberIn(row[1])
    // Texts have four digits.
    expect(Math.abs((foot - (points[at]?.[1] ?? NaN)) / scale / cost - 1)).toBeLessThan(0.002)
  }
  const parts = await tokenomics.table(PARTS)
  const legend = await tokenomics.figure(PARTS).locator('.ch-legend li').allTextContents()
  expect(legend.map((it) => it.replace(/^\s*[A-Z] /, '').trim())).toEqual(
    parts.filter((row) => row[0] !== 'Of it idle').map((row) => `${row[0]}: ${row[2]} per million tokens, ${row[3]}`),
  )
})

test('A48 nothing is asked while inputs move, nothing ever of another origin, and the calendar never loads the calculation', async ({
  open,
}) => {
  const page = await open('ana')
  const origins = new Set<string>()
  const programs: string[] = []
  page.on('request', (request) => {
    origins.add(new URL(request.url()).origin)
    if (/engine|Tokenomics/.test(request.url())) programs.push(new URL(request.url()).pathname)
  })
  await page.goto('/calendar')
  await expect(page.getByRole('grid', { name: /^Calendar of/ })).toBeVisible()
  await page.waitForLoadState('networkidle')
  expect(programs).toEqual([])

  const tokenomics = await new TokenomicsPage(page).goto()
  await expect(tokenomics.headline).toContainText('per million tokens')
  expect(programs.filter((it) => it.endsWith('.wasm')).length).toBe(1)
  const requests = requestsOf(page)
  const before = programs.length
  for (const tab of TABS) await tokenomics.tab(tab)
  await tokenomics.tab('Unit cost')
  await tokenomics.slider('Utilisation').focus()
  for (let count = 0; count < 20; count += 1) await page.keyboard.press('ArrowRight')
  await expect(tokenomics.headline).toContainText('at 21 % utilisation') // what follows from the demand stands at the left end
  await expect(page).toHaveURL(/utilisation=0\.21/)
  expect([requests, programs.length - before]).toEqual([[], 0])
  expect([...origins].filter((it) => !it.startsWith('blob:'))).toEqual([new URL(page.url()).origin])
})
