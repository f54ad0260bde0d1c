import { expect } from '@playwright/test'

/**
 * A promised time is held to with slack: a test also runs on machines whose processors others take. How fast the pages are
 * is what `make bench` measures.
 */
const SLACK = 10

/** For what comes by the event stream: less than the 10 s after which the fallback would bring it. */
export const LIVE_PROMISED_MS = 2_000
export const LIVE_LIMIT_MS = 8_000

/** Prints what was measured, and refuses what has nothing to do with the promise any more. */
export function expectPromised(what: string, promisedMs: number, tookMs: number): void {
  console.log(`${what}: ${tookMs.toFixed(0)} ms (promised ${promisedMs})`)
  expect(tookMs, what).toBeLessThan(promisedMs * SLACK)
}

/** Waits for what a change elsewhere brings, and prints how long it took. */
export async function expectSeenLive(what: string, seen: (limit: { timeout: number }) => Promise<void>): Promise<void> {
  const begun = performance.now()
  await seen({ timeout: LIVE_LIMIT_MS })
  console.log(`${what}: ${(performance.now() - begun).toFixed(0)} ms (promised ${LIVE_PROMISED_MS})`)
}
