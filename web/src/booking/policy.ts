import type { Pool } from '../api/types'
import { DAY, MINUTE, ceilTo, type Instant, type Span } from '../time/instants'

/** The pool's policy in milliseconds, for laying out the calendar and for what the form proposes. What it forbids the server says. */
export interface Policy {
  step: number
  minLength: number
  maxLength: number
  lead: number
  horizon: number
}

export const policyOf = (pool: Pool): Policy => ({
  step: pool.policy.step_minutes * MINUTE,
  minLength: pool.policy.min_length_minutes * MINUTE,
  maxLength: pool.policy.max_length_minutes * MINUTE,
  lead: pool.policy.lead_minutes * MINUTE,
  horizon: pool.policy.horizon_days * DAY,
})

/** Where a new selection begins: the next step that leaves the notice which the pool asks for. */
export const nextStart = (policy: Policy, now: Instant): Instant => ceilTo(now + policy.lead, policy.step)

/** The earliest end of what begins at `start`: ends lie on a step, whatever the shortest length says. */
export const leastEnd = (start: Instant, policy: Policy): Instant => ceilTo(start + policy.minLength, policy.step)

/** Rate by elapsed hours, as both are shown: a day of 23 hours costs 23 hours. */
export const priceOf = (rate: number, units: number, span: Span): number =>
  (rate * units * (span.end - span.start)) / (60 * MINUTE)
