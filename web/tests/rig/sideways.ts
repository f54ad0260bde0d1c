import type { Page } from '@playwright/test'

/** Everything that scrolls sideways, save timelines and tables of data. */
export const sidewaysFaults = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const faults: string[] = []
    if (document.documentElement.scrollWidth > innerWidth)
      faults.push(`the page: ${document.documentElement.scrollWidth} px`)
    for (const it of document.querySelectorAll<HTMLElement>('body *')) {
      const { overflowX } = getComputedStyle(it)
      if (
        overflowX === 'visible' ||
        overflowX === 'hidden' ||
        overflowX === 'clip' ||
        it.scrollWidth <= it.clientWidth + 1
      )
        continue
      const allowed = it.querySelector(':scope [role="grid"], :scope > table') && !it.matches('main, main > *')
      if (!allowed && it.tagName !== 'PRE' && it.tagName !== 'TEXTAREA' && it.tagName !== 'INPUT') {
        faults.push(`${it.tagName} ${it.className}: ${it.scrollWidth} of ${it.clientWidth} px`)
      }
    }
    return faults
  })
