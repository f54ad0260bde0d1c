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

/** Of what was done and asked last, so many are told of a test that failed. */
const TOLD = 12

declare global {
  interface Window {
    berthHands?: string[]
    berthHeard?: string[]
  }
}

/** Keeps what a pointer did last and on what, in the page, since a click that came to nothing leaves no other trace. */
function watchHands(told: number): void {
  const hands: string[] = (window.berthHands = [])
  for (const kind of ['pointerdown', 'pointerup', 'click', 'submit'])
    addEventListener(
      kind,
      ({ target, timeStamp }) => {
        const text =
          target instanceof Element ? `${target.tagName} ${target.textContent.trim().slice(0, 16)}` : 'the page'
        hands.push(`${Math.round(timeStamp)} ${kind} on ${text}`)
        hands.splice(0, hands.length - told)
      },
      true,
    )
  // And what the stream of events said: a page that is not told of a change shows nothing of that either.
  const Plain = window.EventSource
  window.EventSource = class extends Plain {
    constructor(url: string | URL) {
      super(url)
      const heard: string[] = (window.berthHeard = [`${Math.round(performance.now())} opened ${String(url)}`])
      for (const kind of ['open', 'error', 'ping', 'change', 'reset'])
        this.addEventListener(kind, (event) => {
          heard.push(`${Math.round(event.timeStamp)} ${kind} ${event instanceof MessageEvent ? event.lastEventId : ''}`)
          heard.splice(1, heard.length - told)
        })
    }
  }
}

/** What a page shows and was doing when a test failed, in lines that the test run repeats at its end. */
async function lastOf(page: Page, asked: string[]): Promise<string[]> {
  const soon = { timeout: 5_000 }
  const hands = await page.evaluate(() => window.berthHands ?? []).catch(() => ['no answer'])
  const heard = await page.evaluate(() => window.berthHeard ?? []).catch(() => ['no answer'])
  const shown = await page
    .locator('body')
    .ariaSnapshot(soon)
    .catch(() => 'no answer')
  const said = shown
    .split('\n')
    .filter((line) => /heading|alert|status|dialog/.test(line))
    .map((line) => line.trim())
  return [
    `at ${page.url()}`,
    `hands: ${hands.join('; ')}`,
    `asked: ${asked.join('; ')}`,
    `heard: ${heard.join('; ')}`,
    ...said.map((line) => `shows ${line}`),
  ]
}

export const test = base.extend<Rig>({
  open: async ({ browser, baseURL, viewport, locale, timezoneId }, use, info) => {
    const contexts: BrowserContext[] = []
    const faults: string[] = []
    const asked = new Map<Page, string[]>()
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
      await context.addInitScript(watchHands, TOLD)
      context.on('page', (page) => {
        const last: string[] = []
        asked.set(page, last)
        page.on('requestfinished', (request) => {
          last.push(`${request.method()} ${new URL(request.url()).pathname}`)
          last.splice(0, last.length - TOLD)
        })
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
        for (const line of await lastOf(page, asked.get(page) ?? [])) console.log(`    Page ${index + 1}: ${line}`)
        const body = await artefact(page)
        if (body) await info.attach(`browser ${index + 1}: ${page.url()}`, { body, contentType: 'image/png' })
      }
    }
    // What a test put in the way of requests may be at work on one: it is of no interest any more, and no fault.
    const idle = { behavior: 'ignoreErrors' } as const
    await Promise.all(
      contexts.flatMap((it) => [it.unrouteAll(idle), ...it.pages().map((page) => page.unrouteAll(idle))]),
    )
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
