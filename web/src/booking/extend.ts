import type { Forecast, Pool, Reservation } from '../api/types'
import { duration, when } from '../time/format'
import { HOUR, MINUTE, ceilTo, fromRfc3339, type Instant } from '../time/instants'
import { inZone } from './forecast'
import { policyOf, priceOf } from './policy'
import { freeOf, pluralTitle, resourceWord, totalOf } from './words'

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

const LENGTHS = [30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR]

/** Round steps up to the end that the server gave as the latest, and that end itself where a booking is behind it. */
export function extendChoices(
  it: Reservation,
  pool: Pool,
  forecast: Forecast,
  zone: string,
  now: Instant,
): ExtendChoices {
  const { step } = policyOf(pool)
  const end = fromRfc3339(it.end)
  const furthest = forecast.furthest
  const most = furthest?.end ? fromRfc3339(furthest.end) : end
  const options: ExtendOption[] = []
  const add = (label: string, to: Instant) => {
    if (to <= end || to > most || options.some((option) => option.end === to)) return
    options.push({ label, end: to, cost: priceOf(it.rate, it.units, { start: end, end: to }) })
  }
  for (const length of LENGTHS) add(`+${duration(length)}`, ceilTo(end + length, step))
  if (furthest?.limited_by === 'capacity') add(`until the next booking, ${when(most, zone, now)}`, most)

  const why = furthest ? whyNoMore(furthest, it, pool, zone, now) : inZone(forecast.problem?.detail ?? '', zone, now)
  return {
    options,
    limit: most > end ? `You can extend to ${when(most, zone, now)}. ${why}` : `You cannot extend. ${why}`,
  }
}

function whyNoMore(
  furthest: NonNullable<Forecast['furthest']>,
  it: Reservation,
  pool: Pool,
  zone: string,
  now: Instant,
): string {
  const { limiting } = furthest
  if (!limiting) return inZone(furthest.message, zone, now)
  const title = pool.device_classes.find((entry) => entry.name === it.device_class)?.title ?? it.device_class
  const what = limiting.resource === 'units' ? pluralTitle(title) : resourceWord(limiting.resource)
  const amounts = freeOf({ ...limiting, total: totalOf(limiting.resource, pool, it.device_class) })
  return `Then it is booked: ${what} ${amounts}, at ${when(fromRfc3339(limiting.at), zone, now)}.`
}
