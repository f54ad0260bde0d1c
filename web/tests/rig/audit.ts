import type { Page } from '@playwright/test'
import axe from 'axe-core'

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa']

/** What axe holds against the page as it is now, in words. */
export async function audit(page: Page, only: string[] = []): Promise<string[]> {
  // A colour on its way to another is neither.
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every((it) => it.effect?.getTiming().iterations === Infinity || it.playState !== 'running'),
  )
  // Once for a document: it is half a megabyte of program, which takes as long to begin as to look at most pages.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source)
  return page.evaluate(
    async (options) => {
      const { axe: there } = window as unknown as { axe: typeof axe }
      const { violations } = await there.run(document, options)
      return violations.flatMap((rule) =>
        rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary ?? rule.help}`),
      )
    },
    {
      runOnly: only.length > 0 ? { type: 'rule' as const, values: only } : { type: 'tag' as const, values: RULES },
      // There are no frames, and nothing is asked of the server: the policy forbids it.
      iframes: false,
      preload: false,
      resultTypes: ['violations' as const],
    },
  )
}

/** The rules that the theme makes a difference to. */
export const OF_COLOUR = ['color-contrast', 'link-in-text-block']

/** In dark as well, which takes as long again: for `make test-all`. */
export const BOTH_THEMES = process.env.BERTH_BOTH_THEMES === '1'
