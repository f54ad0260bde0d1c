import type { Pool, ReservationCreate } from '../api/types'
import { amount, lengthOf, range, when } from '../time/format'
import { fromRfc3339, type Instant, type Span } from '../time/instants'
import type { Amounts } from './draft'
import type { Wish } from './fit'
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
  if (moved)
    parts.push(start > asked.start ? `starts ${lengthOf({ start: asked.start, end: start })} later` : 'starts earlier')
  // From now on it gets shorter while one looks at it: what stays is its end.
  if (shorter && offer.start === 'now' && !moved)
    parts.push(`until ${when(span.end, zone, now)} instead of ${when(asked.end, zone, now)}`)
  else if (shorter) parts.push(`${lengthOf(span)} instead of ${lengthOf(asked)}`)
  const lessOf = (field: keyof Amounts, unit: string) => {
    const value = offer[field]
    if (value === undefined || otherClass || value >= asked[field]) return
    parts.push(`${resourceWord(field)} ${amount(value)} instead of ${amount(asked[field])} ${unit}`)
  }
  lessOf('cpu', 'CPU')
  lessOf('memory_gib', 'GiB')
  lessOf('storage_gib', 'GiB')

  const fromNow = offer.start === 'now' ? `from now until ${when(span.end, zone, now)}` : null
  const time = fromNow ?? range(span, zone, now)
  if (otherClass)
    return { title: `Same time, other kind: ${titleOf(offer.device_class)}, ${time}`, difference: parts.join(', ') }
  if (moved) return { title: `Next free slot: ${time}`, difference: parts.join(', ') }
  if (shorter) return { title: `Shorter: until ${when(span.end, zone, now)}`, difference: parts.join(', ') }
  if (parts.length > 0) return { title: `With ${parts.join(', ')}: ${time}`, difference: parts.join(', ') }
  return { title: `Same again: ${time}`, difference: 'as you asked' }
}
