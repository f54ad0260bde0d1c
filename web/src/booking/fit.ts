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
  /** How much there is of it at all; null where that is not known. */
  total: number | null
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
    if (worst) found.push({ ...worst, resource, needed, total: it.total })
  }
  return found
}

/** What the server named as missing, of so much as there is. */
export const shortageOf = (it: Limiting, wish: Span, total: number | null): Shortage => ({
  resource: it.resource,
  needed: it.needed,
  free: it.free,
  total,
  start: fromRfc3339(it.at),
  end: wish.end,
})

const whatOf = (it: Shortage, title: string): string =>
  it.resource === 'units' ? pluralTitle(title) : resourceWord(it.resource)

/** `memory 96 of 740 GiB free, 128 needed` */
export const shortageWords = (it: Shortage, title: string): string => `${whatOf(it, title)} ${freeOf(it)}`

/** `Does not fit: memory 96 of 740 GiB free, 128 needed, from 14:00 to 15:30 CET.` */
export const shortageSentence = (it: Shortage, title: string, zone: string, now?: Instant): string =>
  `Does not fit: ${shortageWords(it, title)}, from ${clockRange(it, zone, now)}.`

/** The heading of the conflict panel: `Not free: 24 GB slices, 14:00 to 15:30 CET: 0 of 4 free, 1 needed.` */
export const conflictSentence = (it: Shortage, title: string, zone: string, now: Instant): string =>
  `Not free: ${whatOf(it, title)}, ${range(it, zone, now)}: ${freeOf(it)}.`
