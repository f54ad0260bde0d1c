import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { CalendarPage, SLICE } from './rig/calendar.ts'
import { expect, test } from './rig/fixtures.ts'
import { dayIn, window } from './rig/times.ts'

/** Pictures for the documents: real pages of a real demo. */
const FOLDER = process.env['BERTH_WEB_SCREENSHOTS'] ?? '../docs/screenshots'

const SIZES = {
  desk: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
} as const

test('screenshots', async ({ open, ana, ben, admin }) => {
  test.setTimeout(180_000)
  mkdirSync(FOLDER, { recursive: true })
  const day = dayIn(1)
  await ana.book({ ...window(day, '08:00', '12:00'), name: 'train-7b' })
  await ana.book({ ...window(day, '14:00', '18:00'), device_class: 'whole-96gb', name: 'finetune' })
  await ben.book({ ...window(day, '09:00', '11:30'), name: 'evaluation' })
  await ben.book({ ...window(day, '13:00', '17:00'), name: 'notebooks' })
  await ben.book({ ...window(day, '10:00', '19:00'), mode: 'inference_containers', name: 'embeddings' })
  await admin.book({ ...window(day, '07:30', '11:00'), device_class: 'whole-96gb', name: 'driver check' })
  const running = await ana.bookNow('rag-demo')
  await ana.ready(running.id)

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [size, options] of Object.entries(SIZES)) {
      const page = await open('ana', { ...options, colorScheme, reducedMotion: 'reduce' })
      const shoot = async (name: string) => {
        await page.mouse.move(0, 0)
        await page.screenshot({
          path: join(FOLDER, `${name}-${size}-${colorScheme}.png`),
          animations: 'disabled',
          caret: 'hide',
        })
      }
      await page.goto('/home')
      await expect(page.getByRole('link', { name: 'Open VS Code' })).toBeVisible()
      await shoot('home')
      await page.goto(`/calendar?date=${day}`)
      if (size === 'desk') {
        const calendar = new CalendarPage(page)
        await calendar.loaded()
        await expect(calendar.grid.getByRole('gridcell', { name: /booked by you: train-7b/ }).first()).toBeVisible()
        await shoot('calendar')
        await calendar.drag(SLICE(4), day, '13:00', '16:30')
        await calendar.field('Name (optional)').fill('ablation')
        await expect(calendar.fit).toContainText('Fits.')
        await shoot('booking')
        await calendar.form.getByRole('button', { name: 'Close the form' }).click()
      } else {
        await expect(page.getByRole('region', { name: 'Slice, 24 GB' })).toBeVisible()
        await expect(page.getByText('train-7b').first()).toBeAttached()
        await shoot('calendar')
      }
      await page.goto(`/reservations/${running.id}`)
      await expect(page.getByRole('link', { name: 'Open VS Code' }).first()).toBeVisible()
      await shoot('reservation')
      await page.goto('/tokenomics')
      await expect(page.getByText(/per million tokens/).first()).toBeVisible()
      await shoot('tokenomics')
    }
  }
})
