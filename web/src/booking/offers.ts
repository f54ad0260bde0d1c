import type { Pool, ReservationCreate } from '../api/types'
import { amount, duration, range, when } from '../time/format'
import { fromRfc3339, toRfc3339, type Instant, type Span } from '../time/instants'
import { freeUntil, leastFree, seriesOf, type Free } from './availability'
import { bodyOf, type Amounts, type Draft } from './draft'
import { fits, nextFit, type Shortage, type Wish } from './fit'
import type { Rules } from './rules'
import { resourceWord } from './words'

/** Another booking instead of the one that does not fit, and how it differs, in words. */
export interface OfferWords {
  title: string
  difference: string
}

const endOf = (offer: ReservationCreate, now: Instant): Instant => {
  if (offer.end) return fromRfc3339(offer.end)
  return (offer.start === 'now' ? now : fromRfc3339(offer.start)) + (offer.duration_minutes ?? 0) * 60_000
}

export function offerWords(offer: ReservationCreate, asked: Wish, pool: Pool, zone: string, now: Instant): OfferWords {
  const start = offer.start === 'now' ? now : fromRfc3339(offer.start)
  const span: Span = { start, end: endOf(offer, now) }
  const titleOf = (name: string) => pool.device_classes.find((entry) => entry.name === name)?.title ?? name
  const parts: string[] = []
  const length = span.end - span.start
  const askedLength = asked.end - asked.start
  const otherClass = offer.device_class !== asked.deviceClass
  const moved = Math.abs(start - asked.start) >= 60_000
  const shorter = length < askedLength - 60_000

  if (otherClass) parts.push(`${titleOf(offer.device_class)} instead of ${titleOf(asked.deviceClass)}`)
  if (offer.units !== asked.units) parts.push(`${offer.units} instead of ${asked.units} units`)
  if (moved) parts.push(start > asked.start ? `starts ${duration(start - asked.start)} later` : 'starts earlier')
  if (shorter) parts.push(`${duration(length)} instead of ${duration(askedLength)}`)
  const lessOf = (field: keyof Amounts, unit: string) => {
    const value = offer[field]
    if (value === undefined || otherClass || value >= asked[field]) return
    parts.push(`${resourceWord(field)} ${amount(value)} instead of ${amount(asked[field])} ${unit}`)
  }
  lessOf('cpu', 'CPU')
  lessOf('memory_gib', 'GiB')
  lessOf('storage_gib', 'GiB')

  const time = range(span, zone, now)
  if (otherClass)
    return { title: `Same time, other kind: ${titleOf(offer.device_class)}, ${time}`, difference: parts.join(', ') }
  if (moved) return { title: `Next free slot: ${time}`, difference: parts.join(', ') }
  if (shorter) return { title: `Shorter: until ${when(span.end, zone, now)}`, difference: parts.join(', ') }
  if (parts.length > 0) return { title: `With ${parts.join(', ')}: ${time}`, difference: parts.join(', ') }
  return { title: `Same again: ${time}`, difference: 'as you asked' }
}

/**
 * Other bookings that fit by the numbers on this page, for a selection that was not sent yet. The server checks the chosen
 * one like any other; what it refuses comes with alternatives of its own.
 */
export function localOffers(
  free: Free,
  draft: Draft,
  wish: Wish,
  missing: Shortage[],
  pool: Pool,
  rules: Rules,
  now: Instant,
): ReservationCreate[] {
  const offers: ReservationCreate[] = []
  const at = (span: Span) => ({ ...bodyOf(draft), start: toRfc3339(span.start), end: toRfc3339(span.end) })
  const later = nextFit(free, wish, Math.max(wish.start, now + rules.lead), rules.step)
  if (later) offers.push(at(later))

  for (const other of pool.device_classes) {
    if (other.name === draft.deviceClass || draft.units > other.max_units) continue
    const { cpu, memory_gib, storage_gib } = other.defaults
    const scaled = {
      cpu: cpu * draft.units,
      memory_gib: memory_gib * draft.units,
      storage_gib: storage_gib * draft.units,
    }
    if (!fits(free, { ...wish, deviceClass: other.name, ...scaled })) continue
    const { cpu: _c, memory_gib: _m, storage_gib: _s, ...rest } = bodyOf(draft)
    offers.push({ ...rest, device_class: other.name })
  }

  const end = untilWhen(free, wish)
  if (end !== null) {
    const stepped = Math.floor(end / rules.step) * rules.step
    if (stepped < wish.end && stepped - wish.start >= rules.minLength)
      offers.push({ ...bodyOf(draft), end: toRfc3339(stepped) })
  }

  if (missing.length > 0 && missing.every((it) => it.resource !== 'units')) {
    const less = bodyOf(draft)
    for (const it of missing) {
      if (it.resource === 'units') continue
      const series = seriesOf(free, it.resource, wish.deviceClass)
      if (series) less[it.resource] = Math.floor(leastFree(series, wish))
    }
    if (missing.every((it) => it.resource !== 'units' && (less[it.resource] ?? 0) > 0)) offers.push(less)
  }
  return offers
}

function untilWhen(free: Free, wish: Wish): Instant | null {
  let until = Infinity
  for (const resource of ['units', 'cpu', 'memory_gib', 'storage_gib'] as const) {
    const series = seriesOf(free, resource, wish.deviceClass)
    const end = series ? freeUntil(series, wish.start, wish[resource]) : null
    if (end === null) return null
    until = Math.min(until, end)
  }
  return until
}
