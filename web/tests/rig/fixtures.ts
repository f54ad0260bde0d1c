import { test as base, expect, type BrowserContext, type BrowserContextOptions, type Page } from '@playwright/test'
import { Api } from './api.ts'
import { clearFaults } from './cluster.ts'
import { signedInFile, type User } from './settings.ts'

/** A browser of its own for someone who is signed in; nobody when null. */
export type Open = (user: User | null, options?: BrowserContextOptions) => Promise<Page>

interface Rig {
  open: Open
  ana: Api
  ben: Api
  admin: Api
  tidy: void
}

/** Chromium tells of answers that are no success; those are part of many tests. */
const EXPECTED = /Failed to load resource|net::ERR_/

const artefact = (page: Page) => page.screenshot({ timeout: 5_000 }).catch(() => null)

export const test = base.extend<Rig>({
  open: async ({ browser, baseURL, viewport, locale, timezoneId }, use, info) => {
    const contexts: BrowserContext[] = []
    const faults: string[] = []
    await use(async (user, options = {}) => {
      const context = await browser.newContext({
        baseURL,
        viewport,
        locale,
        timezoneId,
        ...(user ? { storageState: signedInFile(user) } : {}),
        ...options,
      })
      context.setDefaultTimeout(30_000)
      contexts.push(context)
      context.on('page', (page) => {
        page.on('pageerror', (error) => void faults.push(`page error: ${error.message}`))
        page.on('dialog', (dialog) => {
          faults.push(`dialog: ${dialog.message()}`)
          void dialog.dismiss()
        })
        page.on('console', (message) => {
          if (message.type() === 'error' && !EXPECTED.test(message.text())) faults.push(`console: ${message.text()}`)
        })
      })
      return context.newPage()
    })
    if (info.status !== info.expectedStatus) {
      for (const [index, page] of contexts.flatMap((it) => it.pages()).entries()) {
        const body = await artefact(page)
        if (body) await info.attach(`browser ${index + 1}: ${page.url()}`, { body, contentType: 'image/png' })
      }
    }
    await Promise.all(contexts.map((it) => it.close()))
    expect(faults, 'faults that the page itself reported').toEqual([])
  },

  ana: async ({ baseURL }, use) => use(new Api('ana', baseURL)),
  ben: async ({ baseURL }, use) => use(new Api('ben', baseURL)),
  admin: async ({ baseURL }, use) => use(new Api('admin', baseURL)),

  /** What a test booked is ended after it, and what it broke in the cluster is mended. */
  tidy: [
    async ({ admin }, use) => {
      await use()
      await clearFaults()
      const live = await admin.list('&state=APPROVED,ACTIVE')
      for (const it of live) if (!it.ending) await admin.end(it.id)
      for (const it of live) if (it.state === 'ACTIVE') await admin.gone(it.id)
    },
    { auto: true },
  ],
})

export { expect }
