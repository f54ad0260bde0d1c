import type { Pool } from '../../api/types'
import { nextStart, type Policy } from '../../booking/policy'
import type { Axis } from '../../time/axis'
import { parseLocal } from '../../time/parse'
import { ceilTo, type Instant } from '../../time/instants'
import { readStored, writeStored } from '../../ui/stored'

/** When a day that is looked at begins for most people. */
const MORNING = '09:00'

const key = (pool: string) => `berth.kind.${pool}`

/** What was booked last is what a new form proposes. */
export const rememberKind = (pool: string, kind: string): void => writeStored('local', key(pool), kind)

/** The kind that the calendar is filtered by, the one that was booked last, else the cheapest. */
export function kindToPropose(pool: Pool, shown: string): string | undefined {
  const offered = pool.device_classes.filter((it) => it.units > 0)
  const named = [shown, readStored('local', key(pool.name))]
  const cheapest = offered.reduce((least, it) => (least && least.rate <= it.rate ? least : it), offered[0])
  return (named.flatMap((name) => offered.find((it) => it.name === name) ?? [])[0] ?? cheapest)?.name
}

/** A start that is in sight: the next one that can be had where that is shown, else the morning of the date that is. */
export function startInView(axis: Axis, date: string, policy: Policy, now: Instant): Instant {
  const next = nextStart(policy, now)
  if (next >= axis.start && next < axis.end) return next
  const morning = parseLocal(date, MORNING, axis.zone)
  const start = morning.kind === 'instant' ? ceilTo(morning.at, policy.step) : next
  return start > next ? start : next
}
