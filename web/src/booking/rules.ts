import type { Pool } from '../api/types'
import { dayMonth, duration, when } from '../time/format'
import { DAY, MINUTE, SECOND, ceilTo, isOnStep, type Instant, type Span } from '../time/instants'

/** The pool's rules in milliseconds. */
export interface Rules {
  step: number
  minLength: number
  maxLength: number
  lead: number
  horizon: number
}

export const rulesOf = (pool: Pool): Rules => ({
  step: pool.policy.step_minutes * MINUTE,
  minLength: pool.policy.min_length_minutes * MINUTE,
  maxLength: pool.policy.max_length_minutes * MINUTE,
  lead: pool.policy.lead_minutes * MINUTE,
  horizon: pool.policy.horizon_days * DAY,
})

export interface Fault {
  field: 'start' | 'end'
  message: string
}

/** The earliest start that is on a step. */
export const earliestStart = (rules: Rules, now: Instant): Instant => ceilTo(now + rules.lead, rules.step)

/** What the pool's rules say against a window. The server checks the same; this only tells it sooner. */
export function faultsOf(span: Span & { startNow: boolean }, rules: Rules, zone: string, now: Instant): Fault[] {
  const faults: Fault[] = []
  const earliest = earliestStart(rules, now)
  if (!span.startNow && span.start < now + rules.lead - 30 * SECOND) {
    const why = span.start < now ? 'Start is in the past.' : 'Start is too soon.'
    faults.push({ field: 'start', message: `${why} Earliest: ${when(earliest, zone, now)}.` })
  } else if (!span.startNow && !isOnStep(span.start, rules.step)) {
    faults.push({ field: 'start', message: offStep(span.start, rules, zone, now) })
  }
  const length = span.end - span.start
  if (length <= 0) {
    faults.push({ field: 'end', message: 'The end must be after the start.' })
  } else if (!isOnStep(span.end, rules.step)) {
    faults.push({ field: 'end', message: offStep(span.end, rules, zone, now) })
  } else if (length > rules.maxLength) {
    faults.push({ field: 'end', message: `Longest booking here: ${duration(rules.maxLength)}.` })
  } else if (length < rules.minLength) {
    faults.push({ field: 'end', message: `Shortest booking here: ${duration(rules.minLength)}.` })
  } else if (span.end > now + rules.horizon) {
    const days = Math.round(rules.horizon / DAY)
    const message = `Bookings open ${days} days ahead (until ${dayMonth(now + rules.horizon, zone)}).`
    faults.push({ field: 'end', message })
  }
  return faults
}

function offStep(at: Instant, rules: Rules, zone: string, now: Instant): string {
  const nearest = Math.max(Math.round(at / rules.step) * rules.step, earliestStart(rules, now))
  return `Bookings here are in steps of ${duration(rules.step)}. Nearest: ${when(nearest, zone, now)}.`
}

/** Price of elapsed time: a day of 23 hours costs 23 hours. */
export const priceOf = (rate: number, units: number, span: Span): number =>
  (rate * units * (span.end - span.start)) / (60 * MINUTE)
