import { clockRange, range } from '../time/format'
import { fromRfc3339, type Instant, type Span } from '../time/instants'
import type { Limiting } from '../api/types'
import { seriesOf, shortest, type Free, type Resource } from './availability'
import { freeOf, pluralTitle, resourceWord } from './words'

export interface Wish extends Span {
  deviceClass: string
  units: number
  cpu: number
  memory_gib: number
  storage_gib: number
}

export interface Shortage extends Span {
  resource: Resource
  needed: number
  free: number
}

export const RESOURCES: Resource[] = ['units', 'cpu', 'memory_gib', 'storage_gib']

/**
 * What is missing for a wish by the numbers that are here, in the order units, CPU, memory, storage: a preview, counted without
 * asking. Empty is no promise; whether it fits the server says.
 */
export function shortages(free: Free, wish: Wish): Shortage[] {
  const found: Shortage[] = []
  for (const resource of RESOURCES) {
    const it = seriesOf(free, resource, wish.deviceClass)
    const needed = wish[resource]
    if (!it) continue
    const worst = shortest(it, wish, needed)
    if (worst) found.push({ resource, needed, free: worst.free, start: worst.start, end: worst.end })
  }
  return found
}

/** What the server named as missing. */
export const shortageOf = (it: Limiting, wish: Span): Shortage => ({
  resource: it.resource,
  needed: it.needed,
  free: it.free,
  start: fromRfc3339(it.at),
  end: wish.end,
})

/** `Does not fit: memory 96 of 128 GiB free from 14:00 to 15:30 CET.` */
export function shortageSentence(it: Shortage, title: string, zone: string, now?: Instant): string {
  const what = it.resource === 'units' ? pluralTitle(title) : resourceWord(it.resource)
  return `Does not fit: ${what} ${freeOf(it.resource, it.free, it.needed)} free from ${clockRange(it, zone, now)}.`
}

/** The heading of the conflict panel: `Not free: 24 GB slices, 14:00 to 15:30 CET: 0 of 4 free.` */
export function conflictSentence(it: Shortage, title: string, total: number, zone: string, now: Instant): string {
  const what = it.resource === 'units' ? pluralTitle(title) : resourceWord(it.resource)
  const amounts =
    it.resource === 'units' ? freeOf(it.resource, it.free, total) : freeOf(it.resource, it.free, it.needed)
  return `Not free: ${what}, ${range(it, zone, now)}: ${amounts} free.`
}
