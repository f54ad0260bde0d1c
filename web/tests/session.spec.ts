import type { Page } from '@playwright/test'
import { CalendarPage } from './rig/calendar.ts'
import { withFault } from './rig/cluster.ts'
import { expect, test } from './rig/fixtures.ts'
import { expectSeenLive } from './rig/promised.ts'
import { dayName, stepName, today, ZONE } from './rig/times.ts'
import { Temporal } from 'temporal-polyfill'

const openButton = (page: Page) => page.getByRole('button', { name: 'Open VS Code' })
const openLink = (page: Page) => page.getByRole('link', { name: 'Open VS Code' })
const steps = (page: Page) =>
  page.getByRole('region', { name: 'Provisioning' }).getByRole('list').first().getByRole('listitem')
const status = (page: Page) => page.getByRole('group', { name: 'Status' })

/** The titles of steps in the server's order. */
const TITLES = [
  'Device free',
  'Namespace',
  'Quota',
  'Limits',
  'Network',
  'Access rights',
  'Storage',
  'Settings',
  'Workspace image and start',
  'Address',
  'Health check',
]

test('A26 while starting, ACTIVE is current, steps advance in order without reload, and Open VS Code says why not yet', async ({
  open,
  ana,
}) => {
  const release = await withFault({ kind: 'quota_stalled' })
  const booked = await ana.bookNow('step by step')
  const page = await open('ana')
  await page.goto(`/reservations/${booked.id}`)
  await expect(status(page)).toContainText(/Starting \d+ of 11/)
  const lifecycle = page.getByRole('list', { name: 'Lifecycle' })
  await expect(lifecycle.locator('[aria-current="step"]')).toHaveCount(1)
  await expect(lifecycle.locator('[aria-current="step"]')).toContainText('ACTIVE')
  await expect(steps(page)).toHaveCount(TITLES.length)
  for (const [index, title] of TITLES.entries()) await expect(steps(page).nth(index)).toContainText(title)

  await expect(steps(page).nth(2)).toHaveAttribute('aria-current', 'step')
  await expect(steps(page).nth(2)).toContainText('so far')
  const button = openButton(page)
  await expect(button).toHaveAttribute('aria-disabled', 'true')
  await button.focus()
  await expect(button).toBeFocused()
  await expect(button).toHaveAccessibleDescription(/Not ready yet\. .*Starting/)

  await page.evaluate(() => {
    const seen: number[] = []
    Object.assign(window, { seen })
    const look = () => {
      const items = [...document.querySelectorAll('section[aria-labelledby="steps-title"] > ol > li')]
      const current = items.findIndex((it) => it.getAttribute('aria-current') === 'step')
      if (current >= 0 && seen.at(-1) !== current) seen.push(current)
    }
    look()
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true })
  })
  await release()
  await expect(openLink(page)).toBeVisible({ timeout: 30_000 })
  const seen = await page.evaluate(() => (window as unknown as { seen: number[] }).seen)
  expect(seen[0]).toBe(2)
  expect(seen.length).toBeGreaterThan(1)
  expect(seen).toEqual([...seen].sort((a, b) => a - b))
  // Once all is well the steps are one line, and what one does next is in sight.
  await page.getByRole('button', { name: 'All 11 steps are done' }).click()
  await expect(steps(page)).toHaveCount(TITLES.length)
  for (const step of await steps(page).all()) await expect(step).toContainText('Done')
})

test('A27 Open VS Code works only after the health check, and its first click shows the workspace', async ({
  open,
  ana,
}) => {
  const release = await withFault({ kind: 'pod_never_ready' })
  const booked = await ana.bookNow('first click')
  const page = await open('ana')
  await page.goto(`/reservations/${booked.id}`)
  await expect(page.getByRole('listitem').filter({ hasText: 'Network' })).toContainText('Done', { timeout: 20_000 })
  await expect(openButton(page)).toHaveAttribute('aria-disabled', 'true')
  await openButton(page).click({ force: true })
  expect(page.context().pages().length).toBe(1)
  await expect(page.getByRole('listitem').filter({ hasText: 'Health check' })).not.toContainText('Done')

  await release()
  await expect(openLink(page)).toBeVisible({ timeout: 30_000 })
  await page.getByRole('button', { name: 'All 11 steps are done' }).click()
  await expect(page.getByRole('listitem').filter({ hasText: 'Health check' })).toContainText('Done')
  await expect(status(page)).toContainText('Ready')
  const opened = page.context().waitForEvent('page')
  const answered = page.context().waitForEvent('response', (it) => it.request().isNavigationRequest())
  await openLink(page).click()
  const workspace = await opened
  expect((await answered).status()).toBe(200)
  await expect(workspace.getByText(/simulated/i).first()).toBeVisible()
})

/** What A28 asks of a step that failed and is repeated, with `raw` as what the cluster said. */
async function expectFailedStep(page: Page, title: string, raw: string, id: string): Promise<void> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const step = steps(page).filter({ hasText: title })
  await expect(step).toContainText('Failed', { timeout: 30_000 })
  await expect(step).toContainText(/\d+ (try|tries)/)
  await expect(step).toContainText(/Next try in \d+ s\.|Trying again now\./)
  await expect(status(page)).toContainText('retrying')

  const text = step.getByText(raw)
  const folded = step.getByRole('button', { name: 'Raw message' })
  await expect(folded).toHaveAttribute('aria-expanded', 'false')
  await expect(text.filter({ visible: true })).toHaveCount(0)
  await folded.click()
  await expect(text.filter({ visible: true })).toHaveCount(1)
  await expect(page.locator('img[src="x"]')).toHaveCount(0)
  expect(await page.evaluate(() => 'hit' in window)).toBe(false)

  await step.getByRole('button', { name: 'Copy details' }).click()
  const copied = await page.evaluate(() => navigator.clipboard.readText())
  expect(copied).toContain(raw)
  expect(copied).toContain(id)
}

const MARKUP = '<img src=x onerror="window.hit=1">'

test('A28 a failed image step says what, how often and when next; its raw text is folded, and is only text', async ({
  open,
  ana,
}) => {
  await withFault({
    kind: 'status',
    verb: 'apply',
    resource: 'deployments',
    times: -1,
    code: 500,
    message: `registry.example did not answer. ${MARKUP}`,
  })
  const booked = await ana.bookNow('step that fails')
  const page = await open('ana')
  await page.goto(`/reservations/${booked.id}`)
  await expectFailedStep(page, 'Workspace image and start', MARKUP, booked.id)
})

test('A28 an image that cannot be pulled is told in plain words', async ({ open, ana }) => {
  await withFault({ kind: 'image_pull_error', message: `manifest unknown. ${MARKUP}` })
  const booked = await ana.bookNow('no image')
  const page = await open('ana')
  await page.goto(`/reservations/${booked.id}`)
  const step = steps(page).filter({ hasText: 'Workspace image and start' })
  await expect(step).toContainText('The workspace image could not be pulled.', { timeout: 30_000 })
  await expect(step).toContainText(/\d+ (try|tries)/)
  await expect(status(page)).toContainText('retrying')
  await expect(openButton(page)).toHaveAttribute('aria-disabled', 'true')
})

test('A28 an image that cannot be pulled: the words of the cluster and the next try', async ({ open, ana }) => {
  await withFault({ kind: 'image_pull_error', message: `manifest unknown. ${MARKUP}` })
  const booked = await ana.bookNow('no image')
  const page = await open('ana')
  await page.goto(`/reservations/${booked.id}`)
  await expect(steps(page).filter({ hasText: 'The workspace image could not be pulled.' })).toBeVisible({
    timeout: 30_000,
  })
  const step = (await ana.session(booked.id))?.steps.find((it) => it.name === 'workspace')
  expect(step?.detail).toContain(MARKUP)
  expect(step?.next_try_at).not.toBeNull()
  await expectFailedStep(page, 'Workspace image and start', MARKUP, booked.id)
})

test('A31 End now needs the typed name; once removed the time is free elsewhere within 2 s and the record is under Past', async ({
  open,
  ana,
}) => {
  const name = `to be ended ${Date.now()}`
  const booked = await ana.bookNow(name)
  await ana.ready(booked.id)
  const now = Temporal.Now.zonedDateTimeISO(ZONE)
  const later = now.add({ minutes: 30 }).round({ smallestUnit: 'minute', roundingIncrement: 30, roundingMode: 'floor' })
  const date = later.toPlainDate().toString()
  const watcher = await new CalendarPage(await open('ben')).goto(date)
  const cell = (state: string) =>
    watcher.grid.getByRole('gridcell', {
      name: new RegExp(
        `^Slice \\d, 24 GB, ${dayName(date)}, ${stepName(date, later.toPlainTime().toString().slice(0, 5))}, ${state}`,
      ),
    })
  await expect(cell('booked')).toHaveCount(1)

  const page = await open('ana')
  await page.goto(`/reservations/${booked.id}`)
  await page.getByRole('button', { name: 'End now' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('This deletes the workspace, its containers and files.')
  await expect(dialog).toContainText('are free for others')
  await expect(dialog.getByRole('button', { name: 'Keep it running' })).toBeFocused()
  const confirm = dialog.getByRole('button', { name: 'End now' })
  await expect(confirm).toHaveAttribute('aria-disabled', 'true')
  await confirm.click({ force: true })
  await dialog.getByRole('textbox', { name: `Type "${name}" to confirm` }).fill('to be')
  await expect(confirm).toHaveAttribute('aria-disabled', 'true')
  expect((await ana.reservation(booked.id)).ending).toBe(false)
  await dialog.getByRole('textbox').fill(name)
  await confirm.click()
  await expect(dialog).toHaveCount(0)

  await ana.gone(booked.id)
  await expectSeenLive('an end elsewhere', (limit) => expect(cell('booked')).toHaveCount(0, limit))
  await expect(cell('free')).toHaveCount(4)
  await expect(status(page)).toContainText('Ended')
  await expect(openLink(page)).toHaveCount(0)
  await page.goto('/reservations')
  await page.getByRole('tab', { name: 'Past' }).click()
  await expect(page.getByRole('row', { name }).filter({ hasText: 'Ended' })).toHaveCount(1)
})

test('A booking can be edited and canceled before its start', async ({ open, ana }) => {
  const day = today().add({ days: 19 }).toString()
  const booked = await ana.book({ start: `${day}T10:00:00Z`, end: `${day}T12:00:00Z`, name: 'to be changed' })
  const page = await open('ana')
  await page.goto(`/reservations/${booked.id}`)
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  const form = page.getByRole('region', { name: /^Edit/ })
  await form.getByRole('textbox', { name: 'Memory (GiB)', exact: true }).fill('40')
  await form.getByRole('button', { name: 'Save changes' }).click()
  await expect(page).toHaveURL(new RegExp(`/reservations/${booked.id}`))
  await expect(page.getByRole('main')).toContainText('40 GiB')

  await page.getByRole('button', { name: 'Cancel reservation' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('button', { name: 'Keep it' })).toBeFocused()
  await dialog.getByRole('button', { name: 'Cancel reservation' }).click()
  await expect(status(page)).toContainText('Canceled')
  expect((await ana.reservation(booked.id)).state).toBe('CANCELED')
})
