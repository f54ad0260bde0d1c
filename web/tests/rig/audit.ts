import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa']

/** What axe holds against the page as it is now, in words. */
export async function audit(page: Page, only: string[] = []): Promise<string[]> {
  // A colour on its way to another is neither.
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every((it) => it.effect?.getTiming().iterations === Infinity || it.playState !== 'running'),
  )
  // No page of its own for the result (there are no frames), and nothing is asked of the server: the policy forbids it.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ preload: false, resultTypes: ['violations'] })
  const { violations } = await (only.length > 0 ? axe.withRules(only) : axe.withTags(RULES)).analyze()
  return violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary ?? rule.help}`),
  )
}

/** The rules that the theme makes a difference to. */
export const OF_COLOUR = ['color-contrast', 'link-in-text-block']
