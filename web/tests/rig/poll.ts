/** Often at first, then twice a second: each look costs those who are waited for what it costs the test. */
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 500

/** The condition's first value that is not empty; throws with `what` when there was none in time. */
export async function until<T>(what: string, seconds: number, look: () => Promise<T> | T): Promise<NonNullable<T>> {
  const deadline = performance.now() + seconds * 1000
  let pause = FIRST_PAUSE_MS
  for (;;) {
    const value = await look()
    if (value) return value
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, pause))
    pause = Math.min(pause * 1.3, LONGEST_PAUSE_MS)
  }
}
