import type { DeviceClass, Pool } from '../../api/types'
import type { Free } from '../../booking/availability'
import { shortages } from '../../booking/fit'
import { leastEnd, nextStart, type Policy } from '../../booking/policy'
import type { Axis } from '../../time/axis'
import { parseLocal } from '../../time/parse'
import { HOUR, ceilTo, type Instant, type Span } from '../../time/instants'
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

/** What a form proposes from `start` on: an hour, or the least that may be booked, to the end of a step. */
export const proposedSpan = (start: Instant, policy: Policy): Span => ({
  start,
  end: Math.max(ceilTo(start + HOUR, policy.step), leastEnd(start, policy)),
})

/** The soonest that one unit with its defaults fits by these numbers: now itself where that may be; null when they show none. */
export function soonestFree(free: Free, deviceClass: DeviceClass, policy: Policy, now: Instant): Instant | null {
  const fits = (start: Instant) =>
    shortages(free, {
      deviceClass: deviceClass.name,
      units: 1,
      ...deviceClass.defaults,
      ...proposedSpan(start, policy),
    }).length === 0
  if (policy.lead === 0 && fits(now)) return now
  const first = nextStart(policy, now)
  // What is free changes where a stretch of some amount begins: nowhere else can it begin to fit.
  const changes = [free.units.get(deviceClass.name), free.cpu, free.memory_gib, free.storage_gib]
    .flatMap((series) => series?.stretches ?? [])
    .map((part) => ceilTo(part.start, policy.step))
  const starts = [first, ...changes.filter((at) => at > first).sort((a, b) => a - b)]
  return starts.find(fits) ?? null
}
