import type { Availability, Reservation, Segment, Series } from '../api/types'
import { fromRfc3339, overlaps, type Instant, type Span } from '../time/instants'

/** What a reservation takes out of a pool, beside its units. */
export type Resource = 'units' | 'cpu' | 'memory_gib' | 'storage_gib'

export interface Stretch extends Span {
  free: number
  /** Units whose device is held by a unit of another layout. */
  blocked: number
  outOfService: number
}

/** A series of the server with its times read, in order and without gap. */
export interface FreeSeries {
  total: number
  stretches: Stretch[]
}

export interface Free extends Span {
  pool: string
  units: Map<string, FreeSeries>
  cpu: FreeSeries
  memory_gib: FreeSeries
  storage_gib: FreeSeries
}

const stretch = (segment: Segment): Stretch => ({
  start: fromRfc3339(segment.start),
  end: fromRfc3339(segment.end),
  free: segment.free,
  blocked: segment.blocked,
  outOfService: segment.out_of_service,
})

const series = (it: Series): FreeSeries => ({ total: it.total, stretches: it.segments.map(stretch) })

export function readAvailability(it: Availability): Free {
  return {
    pool: it.pool,
    start: fromRfc3339(it.from),
    end: fromRfc3339(it.to),
    units: new Map(it.device_classes.map((entry) => [entry.device_class, series(entry)])),
    cpu: series(it.cpu),
    memory_gib: series(it.memory_gib),
    storage_gib: series(it.storage_gib),
  }
}

export function seriesOf(free: Free, resource: Resource, deviceClass: string): FreeSeries | undefined {
  return resource === 'units' ? free.units.get(deviceClass) : free[resource]
}

/** Where in `span` there is less than `needed`: the stretch that is worst, or null when all of it will do. */
export function shortest(it: FreeSeries, span: Span, needed: number): (Span & { free: number }) | null {
  let worst: (Span & { free: number }) | null = null
  for (const part of it.stretches) {
    if (!overlaps(part, span) || part.free >= needed) continue
    const start = Math.max(part.start, span.start)
    const end = Math.min(part.end, span.end)
    if (worst && part.free === worst.free && worst.end === start) worst.end = end
    else if (!worst || part.free < worst.free) worst = { start, end, free: part.free }
  }
  return worst
}

/** The least that is free anywhere in `span`. */
export const leastFree = (it: FreeSeries, span: Span): number =>
  Math.min(it.total, ...it.stretches.filter((part) => overlaps(part, span)).map((part) => part.free))

/** How long from `at` at least `needed` stay free; null when they are not free at `at`. */
export function freeUntil(it: FreeSeries, at: Instant, needed: number): Instant | null {
  let until: Instant | null = null
  for (const part of it.stretches) {
    if (part.end <= at) continue
    if (part.free < needed) break
    until = part.end
  }
  return until
}

/** As if `reservation` were not there: what is free for changing it. */
export function without(free: Free, reservation: Reservation): Free {
  const span = { start: fromRfc3339(reservation.start), end: fromRfc3339(reservation.end) }
  const give = (it: FreeSeries, back: number): FreeSeries => ({
    total: it.total,
    stretches: it.stretches.flatMap((part) => returned(part, span, back)),
  })
  const units = new Map(free.units)
  const own = units.get(reservation.device_class)
  if (own) units.set(reservation.device_class, give(own, reservation.units))
  return {
    ...free,
    units,
    cpu: give(free.cpu, reservation.cpu),
    memory_gib: give(free.memory_gib, reservation.memory_gib),
    storage_gib: give(free.storage_gib, reservation.storage_gib),
  }
}

function returned(part: Stretch, span: Span, back: number): Stretch[] {
  if (!overlaps(part, span)) return [part]
  const start = Math.max(part.start, span.start)
  const end = Math.min(part.end, span.end)
  return [
    { ...part, end: start },
    { ...part, start, end, free: part.free + back },
    { ...part, start: end },
  ].filter((it) => it.start < it.end)
}
