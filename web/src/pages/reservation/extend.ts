import type { Calendar, Pool, Reservation } from '../../api/types'
import { fromRfc3339, ceilTo, HOUR, MINUTE, type Instant } from '../../time/instants'
import { pluralTitle } from '../../booking/words'
import { rulesOf, priceOf } from '../../booking/rules'
import { clockWithZone, duration, when } from '../../time/format'

export interface ExtendOption {
  label: string
  end: Instant
  cost: number
}

export interface ExtendChoices {
  options: ExtendOption[]
  /** Why there are no more: `You can extend to 20:00 CET. Then the slice is booked.` */
  limit: string
}

/** How far the end can move: to the next booking on any of its units, and within the pool's rules. The server decides. */
export function extendChoices(
  it: Reservation,
  pool: Pool,
  calendar: Calendar,
  zone: string,
  now: Instant,
): ExtendChoices {
  const rules = rulesOf(pool)
  const start = fromRfc3339(it.start)
  const end = fromRfc3339(it.end)
  const own = new Set(it.unit_names ?? [])
  const next = calendar.lanes
    .filter((lane) => lane.node === it.node && own.has(lane.unit))
    .flatMap((lane) => lane.bars)
    .filter((bar) => bar.reservation !== it.id && fromRfc3339(bar.start) >= end)
    .map((bar) => fromRfc3339(bar.start))
  const booked = Math.min(...next, Infinity)
  const longest = start + rules.maxLength
  const horizon = now + rules.horizon
  const most = Math.floor(Math.min(booked, longest, horizon) / rules.step) * rules.step

  const options: ExtendOption[] = []
  const add = (label: string, to: Instant) => {
    if (to <= end || to > most || options.some((option) => option.end === to)) return
    options.push({ label, end: to, cost: priceOf(it.rate, it.units, { start: end, end: to }) })
  }
  add(`+${duration(30 * MINUTE)}`, ceilTo(end + 30 * MINUTE, rules.step))
  add(`+${duration(HOUR)}`, ceilTo(end + HOUR, rules.step))
  if (booked < Infinity && booked === most) add(`Until the next booking, ${clockWithZone(most, zone)}`, most)
  return { options, limit: limitWords(it, pool, { end, booked, longest, horizon, most }, zone, now) }
}

interface Limits {
  end: Instant
  booked: Instant
  longest: Instant
  horizon: Instant
  most: Instant
}

function limitWords(it: Reservation, pool: Pool, at: Limits, zone: string, now: Instant): string {
  const title = pool.device_classes.find((entry) => entry.name === it.device_class)?.title ?? it.device_class
  const until = when(at.most, zone, now)
  if (at.most <= at.end) {
    if (at.booked <= at.end) return `You cannot extend: the next booking begins ${when(at.booked, zone, now)}.`
    return `You cannot extend: the longest booking here is ${duration(rulesOf(pool).maxLength)}.`
  }
  if (at.most === at.booked) return `You can extend to ${until}. Then it is booked (${pluralTitle(title)}).`
  if (at.most >= at.longest - rulesOf(pool).step)
    return `You can extend to ${until}: the longest booking here is ${duration(rulesOf(pool).maxLength)}.`
  return `You can extend to ${until}.`
}
