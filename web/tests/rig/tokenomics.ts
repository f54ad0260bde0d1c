import { expect, type Download, type Locator, type Page } from '@playwright/test'
import { readFileSync } from 'node:fs'

export type Tab = 'Unit cost' | 'Sensitivity' | 'Solver' | 'Multi-agent growth' | 'Scenarios'
export const TABS: Tab[] = ['Unit cost', 'Sensitivity', 'Solver', 'Multi-agent growth', 'Scenarios']

/** The Tokenomics page, found as a person with a screen reader finds it. */
export class TokenomicsPage {
  readonly inputs: Locator
  readonly headline: Locator
  readonly breakeven: Locator

  constructor(readonly page: Page) {
    this.inputs = page.getByRole('form', { name: 'Inputs' })
    this.headline = page.locator('[data-headline]')
    this.breakeven = page.locator('[data-breakeven]')
  }

  async goto(search = ''): Promise<this> {
    await this.page.goto(`/tokenomics${search}`)
    await expect(this.inputs).toBeVisible()
    return this
  }

  /** The field of an input, by its name in scenario files. */
  input = (name: string): Locator => this.inputs.locator(`#input-${name}`)
  slider = (label: string): Locator => this.inputs.getByRole('slider', { name: label, exact: true })
  figure = (title: string | RegExp): Locator => this.page.getByRole('figure', { name: title })
  chart = (title: string | RegExp): Locator => this.figure(title).getByRole('img').first()
  async tab(name: Tab): Promise<void> {
    const tab = this.page.getByRole('tab', { name, exact: true })
    await tab.click()
    await expect(tab).toHaveAttribute('aria-selected', 'true')
  }

  /** The cells of a chart's table by rows, without its head; the chart is shown again afterwards. */
  async table(title: string | RegExp): Promise<string[][]> {
    const figure = this.figure(title)
    await figure.getByRole('button', { name: 'Show as table' }).click()
    const rows = await rowsOf(figure.getByRole('table'))
    await figure.getByRole('button', { name: 'Show as chart' }).click()
    return rows
  }

  /** The exact results, as they are exported. */
  async results(): Promise<Map<string, number | null>> {
    const text = await this.download('Export CSV')
    const results = new Map<string, number | null>()
    for (const line of text.split('\r\n')) {
      const [kind, name = '', value = ''] = line.split(',')
      if (kind === 'result') results.set(name, value === '' ? null : Number(value))
    }
    return results
  }

  async download(button: 'Export CSV' | 'Export JSON'): Promise<string> {
    const coming: Promise<Download> = this.page.waitForEvent('download')
    await this.page.getByRole('button', { name: button }).click()
    return readFileSync(await (await coming).path(), 'utf8')
  }

  /** Everything that is entered, by the name of the field's element. */
  values = (): Promise<Record<string, string>> =>
    this.inputs.evaluate((form) => {
      const out: Record<string, string> = {}
      for (const it of form.querySelectorAll<HTMLInputElement | HTMLSelectElement>('input, select')) {
        out[it.id || `slider of ${it.getAttribute('aria-label')}`] =
          it instanceof HTMLInputElement && it.type === 'checkbox' ? String(it.checked) : it.value
      }
      return out
    })
}

export const rowsOf = (table: Locator): Promise<string[][]> =>
  table
    .locator('tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll('th, td')].map((cell) => cell.textContent?.trim() ?? '')),
    )

/** Milliseconds from the next change of an input until the page shows it: the headline and the curve are others, and painted. */
export async function measureChange(page: Page, change: () => Promise<void>): Promise<number> {
  await page.evaluate(() => {
    const clock = { changed: 0, shown: 0 }
    Object.assign(window, { clock })
    const looks = () =>
      `${document.querySelector('[data-headline]')?.textContent} ${document.querySelector('[data-series="own"]')?.getAttribute('d')} ${document.querySelector('[data-mark="current"]')?.innerHTML}`
    const before = looks()
    addEventListener('input', () => (clock.changed ||= performance.now()), { capture: true })
    const look = () => {
      if (clock.changed && looks() !== before) setTimeout(() => (clock.shown ||= performance.now()))
      else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
  await change()
  const clock = await page.waitForFunction(() => {
    const { clock } = window as unknown as { clock: { changed: number; shown: number } }
    return clock.shown ? clock : null
  })
  const { changed, shown } = (await clock.jsonValue()) as { changed: number; shown: number }
  return shown - changed
}

/** The first number of a text, thousands separated or not; NaN where there is none. */
export const numberIn = (text: string | undefined): number =>
  Number(/-?[\d,]+(\.\d+)?/.exec(text ?? '')?.[0].replaceAll(',', ''))
