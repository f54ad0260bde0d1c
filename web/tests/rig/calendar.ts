import { expect, type Locator, type Page } from '@playwright/test'
import { dayName, stepName } from './times.ts'

export const SLICE = (number: number): string => `Slice ${number}, 24 GB`
export const WHOLE = 'Whole GPU, 96 GB'

const escaped = (text: string): RegExp => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))

type Box = NonNullable<Awaited<ReturnType<Locator['boundingBox']>>>

/** The calendar page, found as a person with a screen reader finds it. */
export class CalendarPage {
  readonly grid: Locator
  readonly form: Locator
  readonly fit: Locator
  readonly conflict: Locator

  constructor(readonly page: Page) {
    this.grid = page.getByRole('grid', { name: /^Calendar of/ })
    this.form = page.getByRole('region', { name: 'New reservation' })
    this.fit = this.form.getByRole('status', { name: 'Fit' })
    this.conflict = this.form.getByRole('region', { name: 'Conflict' })
  }

  async goto(date: string, more = ''): Promise<this> {
    await this.page.goto(`/calendar?date=${date}${more}`)
    await expect(this.grid).toBeVisible()
    await this.loaded()
    return this
  }

  loaded = () => expect(this.grid).not.toHaveAttribute('aria-busy', 'true')

  /** The cell of a lane that begins at a local time, whatever its state. */
  cell(lane: string, date: string, clock: string): Locator {
    return this.grid.getByRole('gridcell', {
      name: new RegExp(`^${escaped(`${lane}, ${dayName(date)}, ${stepName(date, clock)}, `).source}`),
    })
  }

  /** The whole accessible name of a cell, state included. */
  exactCell = (lane: string, date: string, clock: string, state: string): Locator =>
    this.grid.getByRole('gridcell', {
      name: `${lane}, ${dayName(date)}, ${stepName(date, clock)}, ${state}`,
      exact: true,
    })

  /** Drags from the cell that begins at `from` to the one that begins at `last`. */
  async drag(lane: string, date: string, from: string, last: string): Promise<void> {
    const first = this.cell(lane, date, from)
    await first.scrollIntoViewIfNeeded()
    const [a, b] = await this.resting(first, this.cell(lane, date, last))
    await this.page.mouse.move(a.x + a.width / 2, a.y + a.height / 2)
    await this.page.mouse.down()
    await this.page.mouse.move(b.x + b.width / 2, b.y + b.height / 2, { steps: 6 })
    await this.page.mouse.up()
  }

  /** Where two cells are, once they have stopped moving: what comes above them pushes them down. */
  private async resting(first: Locator, last: Locator): Promise<[Box, Box]> {
    let before = ''
    let boxes: [Box | null, Box | null] = [null, null]
    await expect(async () => {
      boxes = [await first.boundingBox(), await last.boundingBox()]
      const now = JSON.stringify(boxes)
      const rests = now === before
      before = now
      expect(boxes.every(Boolean) && rests, `cells at ${now}`).toBe(true)
    }).toPass({ intervals: [50], timeout: 10_000 })
    const [a, b] = boxes
    if (!a || !b) throw new Error('a cell is not on the page')
    return [a, b]
  }

  field = (name: string): Locator => this.form.getByRole('textbox', { name, exact: true })
  date = (name: string): Locator => this.form.getByLabel(name, { exact: true })
  get duration(): Locator {
    return this.form.getByRole('status', { name: 'Duration' })
  }
  get reserve(): Locator {
    return this.form.getByRole('button', { name: /^Reserv/ })
  }

  /** What the form says about the time. */
  async expectTime(date: string, from: string, to: string, duration: string): Promise<void> {
    await expect(this.date('Start date')).toHaveValue(date)
    await expect(this.field('Start time')).toHaveValue(from)
    await expect(this.date('End date')).toHaveValue(date)
    await expect(this.field('End time')).toHaveValue(to)
    await expect(this.duration).toHaveText(duration)
  }

  /** Everything in the form, as text. */
  async values(): Promise<Record<string, string>> {
    return this.form.evaluate((form) => {
      const out: Record<string, string> = {}
      for (const it of form.querySelectorAll<HTMLInputElement | HTMLSelectElement>('input, select')) {
        const name = it.labels?.[0]?.textContent?.trim() ?? it.name
        out[name] =
          it instanceof HTMLInputElement && (it.type === 'radio' || it.type === 'checkbox')
            ? String(it.checked)
            : it.value
      }
      return out
    })
  }
}

export const isDetail = /\/reservations\/[0-9a-f]{8}-[0-9a-f-]{27}/

/** The page of a reservation, after booking it. */
export async function expectDetail(page: Page, name: string): Promise<string> {
  await expect(page).toHaveURL(isDetail)
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
  return new URL(page.url()).pathname.split('/').at(-1) ?? ''
}

/** The requests to the API from now on, save those that go out by the clock. */
export function requestsOf(page: Page): string[] {
  const seen: string[] = []
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (pathname.startsWith('/api/') && !/\/(events|status)$/.test(pathname))
      seen.push(`${request.method()} ${pathname}`)
  })
  return seen
}
