import type { Page } from '@playwright/test'

/** What of the charts on the page is too faint: text below 4.5:1, lines, bars and parts below 3:1. Grid lines are decoration. */
export const chartFaults = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    type Rgb = [number, number, number]
    const rgb = (text: string): Rgb => (text.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number) as Rgb
    const light = ([r, g, b]: Rgb) => {
      const [x, y, z] = [r, g, b].map((it) =>
        it / 255 <= 0.04045 ? it / 255 / 12.92 : ((it / 255 + 0.055) / 1.055) ** 2.4,
      ) as Rgb
      return 0.2126 * x + 0.7152 * y + 0.0722 * z
    }
    const ratio = (a: string, b: string) => {
      const [x, y] = [light(rgb(a)), light(rgb(b))].sort((one, other) => other - one) as [number, number]
      return (x + 0.05) / (y + 0.05)
    }
    const faults: string[] = []
    let seen = 0
    for (const figure of document.querySelectorAll('figure')) {
      const surface = getComputedStyle(figure).backgroundColor
      const check = (it: Element, colour: string, on: string, least: number) => {
        seen += 1
        const found = ratio(colour, on)
        if (!(found >= least))
          faults.push(
            `${it.tagName} ${it.getAttribute('class')} ${it.textContent ?? ''}: ${found.toFixed(2)} of ${least}`,
          )
      }
      for (const it of figure.querySelectorAll('svg text')) {
        const part = it.parentElement?.querySelector('rect.ch-part')
        const on = it.classList.contains('ch-part-letter') && part ? getComputedStyle(part).fill : surface
        check(it, getComputedStyle(it).fill, on, 4.5)
      }
      for (const it of figure.querySelectorAll('.ch-line, .ch-mark, .ch-base, .ch-drop, .ch-axis, .ch-bar-low'))
        check(it, getComputedStyle(it).stroke, surface, 3)
      for (const it of figure.querySelectorAll('.ch-part, .ch-bar')) check(it, getComputedStyle(it).fill, surface, 3)
    }
    if (seen < 5) faults.push(`only ${seen} things were looked at`)
    return faults
  })
