import { expect } from '@playwright/test'
import type { Open } from './fixtures.ts'
import { PASSWORD, emailOf, largeDate, largeUrl } from './settings.ts'

export interface LargeFigures {
  rows: number
  bars: number
  /** From opening the address until a key moves the focus in the grid. */
  usableMs: number
  /** From pressing an arrow until the next cell has the focus and is painted. */
  arrowMs: number
}

/** Opens two full weeks of a pool of 40 units in a browser that has been there before. */
export async function measureLarge(open: Open): Promise<LargeFigures> {
  const page = await open(null, { baseURL: largeUrl() })
  await page.goto('/sign-in')
  await page.getByRole('textbox', { name: 'E-mail' }).fill(emailOf('ana'))
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Home' })).toBeVisible()

  const calendar = page.waitForResponse((it) => it.url().includes('/api/v1/calendar?'))
  await page.goto(`/calendar?date=${largeDate()}&view=2weeks`)
  const grid = page.getByRole('grid', { name: /^Calendar of/ })
  await expect(grid).toBeVisible()
  const { lanes } = (await (await calendar).json()) as { lanes: { bars: unknown[] }[] }

  // Measured in the page: the way from here to there and back is not the page's.
  await page.addInitScript(() => {
    const figures = { usable: 0 }
    Object.assign(window, { figures })
    const look = () => {
      const grid = document.querySelector('[role="grid"]:not([aria-busy="true"])')
      const cell = grid?.querySelector<HTMLElement>('[data-lane] [role="gridcell"]')
      if (cell && grid?.querySelector('.tl-bar'))
        requestAnimationFrame(() => setTimeout(() => (figures.usable = performance.now())))
      else setTimeout(look, 5)
    }
    look()
  })
  await page.reload()
  const usableMs = await page
    .waitForFunction(() => (window as unknown as { figures: { usable: number } }).figures.usable)
    .then((it) => it.jsonValue())

  await grid.locator('[role="gridcell"][tabindex="0"]').first().focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.evaluate(() => {
    const clock = { pressed: 0, moved: 0 }
    Object.assign(window, { clock })
    addEventListener('keydown', () => (clock.pressed = performance.now()), { capture: true })
    addEventListener(
      'focusin',
      () => requestAnimationFrame(() => setTimeout(() => (clock.moved = performance.now()))),
      { capture: true },
    )
  })
  await page.keyboard.press('ArrowRight')
  const arrowMs = await page
    .waitForFunction(() => {
      const { clock } = window as unknown as { clock: { pressed: number; moved: number } }
      return clock.pressed > 0 && clock.moved > clock.pressed ? clock.moved - clock.pressed : 0
    })
    .then((it) => it.jsonValue())
  return { rows: lanes.length, bars: lanes.reduce((sum, it) => sum + it.bars.length, 0), usableMs, arrowMs }
}
