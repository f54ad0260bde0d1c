import { CalendarPage, SLICE, expectDetail, isDetail } from './rig/calendar.ts'
import { expect, test } from './rig/fixtures.ts'
import { dayIn, window } from './rig/times.ts'

const CREATE = '**/api/v1/reservations'

test('A11 a full time shows the conflict panel; its next free slot fits and can be reserved', async ({
  open,
  ana,
  ben,
}) => {
  const day = dayIn(12)
  for (let unit = 0; unit < 4; unit += 1) await ben.book(window(day, '10:00', '12:00'))
  const page = await open('ana')
  const calendar = await new CalendarPage(page).goto(day)
  await calendar.drag(SLICE(1), day, '10:00', '11:30')

  await expect(calendar.conflict).toBeVisible()
  await expect(calendar.conflict).toContainText('Not free: 24 GB slices')
  await expect(calendar.conflict).toContainText('0 of 4 free')
  await expect(calendar.fit).toContainText('Does not fit')
  await calendar.field('Name (optional)').fill('moved')
  await calendar.conflict.getByRole('button', { name: /^Next free slot/ }).click()
  await calendar.expectTime(day, '12:00', '14:00', '2 h')
  await expect(calendar.fit).toContainText('Fits.')
  await expect(calendar.conflict).toHaveCount(0)
  await expect(calendar.field('Name (optional)')).toHaveValue('moved')
  await calendar.form.getByRole('button', { name: 'Undo' }).click()
  await calendar.expectTime(day, '10:00', '12:00', '2 h')
  await calendar.conflict.getByRole('button', { name: /^Next free slot/ }).click()
  await calendar.reserve.click()
  const id = await expectDetail(page, 'moved')
  expect(await ana.reservation(id)).toMatchObject(window(day, '12:00', '14:00'))
})

test('A12 two browsers race for the last slice: one gets it, the other keeps its values and gets what works', async ({
  open,
  ana,
  ben,
}) => {
  const day = dayIn(13)
  for (let unit = 0; unit < 3; unit += 1) await ben.book(window(day, '10:00', '12:00'))
  const pages = [await open('ana'), await open('ben')]
  const forms: CalendarPage[] = []
  for (const [index, page] of pages.entries()) {
    const calendar = await new CalendarPage(page).goto(day)
    await calendar.drag(SLICE(4), day, '10:00', '11:30')
    await calendar.field('Name (optional)').fill(`racer ${index}`)
    await calendar.field('Memory (GiB)').fill('33')
    await expect(calendar.fit).toContainText('Fits.')
    forms.push(calendar)
  }
  const before = await Promise.all(forms.map((it) => it.values()))
  // Both are sent before either is answered.
  let waiting = 0
  let release = () => {}
  const both = new Promise<void>((resolve) => (release = resolve))
  for (const page of pages) {
    await page.route(CREATE, async (route) => {
      if (route.request().method() === 'POST') {
        waiting += 1
        if (waiting === 2) release()
        await both
      }
      await route.fallback()
    })
  }
  await Promise.all(forms.map((it) => it.reserve.click()))

  await expect.poll(() => pages.filter((it) => isDetail.test(it.url())).length).toBe(1)
  const winner = pages.findIndex((it) => isDetail.test(it.url()))
  const loser = 1 - winner
  const form = forms[loser]
  if (!form) throw new Error('no loser')
  await expect(form.conflict).toBeVisible()
  await expect(form.conflict).toContainText('Your details are kept.')
  const kept = await form.values()
  const told = (values: Record<string, string> | undefined) => ({ ...values, 'Resource kind': '' })
  expect(told(kept)).toEqual(told(before[loser]))
  expect(pages.filter((it) => isDetail.test(it.url())).length).toBe(1)

  await form.conflict.getByRole('button', { name: /^Next free slot/ }).click()
  await expect(form.fit).toContainText('Fits.')
  await form.reserve.click()
  await expectDetail(form.page, `racer ${loser}`)
  const mine = [...(await ana.list('&mine=true&state=APPROVED')), ...(await ben.list('&mine=true&state=APPROVED'))]
  expect(mine.filter((it) => it.name.startsWith('racer')).length).toBe(2)
})

test('A13 Reserve pressed twice, and a first reply that is lost, each make one reservation', async ({ open, ana }) => {
  const day = dayIn(14)
  const page = await open('ana')
  const calendar = await new CalendarPage(page).goto(day)
  await calendar.drag(SLICE(1), day, '10:00', '11:30')
  await calendar.field('Name (optional)').fill('pressed twice')
  await calendar.reserve.dblclick()
  await expectDetail(page, 'pressed twice')
  expect((await ana.list('&mine=true')).filter((it) => it.name === 'pressed twice').length).toBe(1)

  await calendar.goto(day)
  await calendar.drag(SLICE(2), day, '10:00', '11:30')
  await calendar.field('Name (optional)').fill('reply lost')
  let lost = 0
  await page.route(CREATE, async (route) => {
    if (route.request().method() !== 'POST' || lost > 0) return route.fallback()
    lost += 1
    const answer = await route.fetch()
    expect(answer.status()).toBe(201)
    await route.abort('connectionreset')
  })
  await calendar.reserve.click()
  await expect(page.getByText('We did not get an answer. Checking whether your reservation exists...')).toBeVisible()
  await expectDetail(page, 'reply lost')
  expect(lost).toBe(1)
  expect((await ana.list('&mine=true')).filter((it) => it.name === 'reply lost').length).toBe(1)
})
