/** An instant: milliseconds since the Unix epoch, in UTC. Durations are milliseconds too. */
export type Instant = number

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** A window `[start, end)`. */
export interface Span {
  start: Instant
  end: Instant
}

/** RFC 3339 to an instant. The server only sends well-formed times; anything else is a fault and shows as one. */
export function fromRfc3339(text: string): Instant {
  const at = Date.parse(text)
  if (Number.isNaN(at)) throw new RangeError(`not a time: ${text.slice(0, 40)}`)
  return at
}

export const toRfc3339 = (at: Instant): string => new Date(at).toISOString().replace('.000Z', 'Z')

export const overlaps = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end

export const floorTo = (at: Instant, step: number): Instant => Math.floor(at / step) * step
export const ceilTo = (at: Instant, step: number): Instant => Math.ceil(at / step) * step
export const isOnStep = (at: Instant, step: number): boolean => at % step === 0
