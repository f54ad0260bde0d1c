import type { DeviceClass, Pool, Reservation } from '../api/types'
import { amount, clock, money } from '../time/format'
import { fromRfc3339, type Span } from '../time/instants'
import type { Resource } from './availability'

/** `Slice 2, 24 GB` for the second unit of "Slice, 24 GB"; the class's title alone where there is only one. */
export function laneTitle(title: string, number: number, ofMany: number): string {
  if (ofMany <= 1) return title
  const comma = title.indexOf(',')
  return comma < 0 ? `${title} ${number}` : `${title.slice(0, comma)} ${number}${title.slice(comma)}`
}

/** `24 GB slices` for "Slice, 24 GB": the plural, size first. */
export function pluralTitle(title: string): string {
  const [what, ...sizes] = title.split(',').map((part) => part.trim())
  if (!what) return title
  const noun = what.startsWith('Whole ') ? `whole ${what.slice(6)}s` : `${what.toLowerCase()}s`
  return [...sizes, noun].join(' ')
}

/** `slices of 24 GB`, as in "3 of 4 slices of 24 GB free". */
export function countedTitle(title: string): string {
  const [what, ...sizes] = title.split(',').map((part) => part.trim())
  if (!what || sizes.length === 0) return pluralTitle(title)
  return `${pluralTitle(what)} of ${sizes.join(' ')}`
}

/** `2 units` where a class has several, `Whole GPU, 96 GB` otherwise. */
export const unitsAndTitle = (units: number, title: string): string => (units === 1 ? title : `${units} x ${title}`)

const RESOURCE_WORDS: Record<Resource, string> = {
  units: 'units',
  cpu: 'CPU',
  memory_gib: 'memory',
  storage_gib: 'storage',
}

export const resourceWord = (resource: Resource): string => RESOURCE_WORDS[resource]

export const unitOf = (resource: Resource): string =>
  resource === 'memory_gib' || resource === 'storage_gib' ? 'GiB' : resource === 'cpu' ? 'CPU' : ''

interface FreeOfAll {
  resource: Resource
  free: number
  needed: number
  total: number | null
}

/** `96 of 740 GiB free, 128 needed`, `0 of 4 free, 1 needed`: of all that there is, never of what is wanted. */
export function freeOf({ resource, free, needed, total }: FreeOfAll): string {
  const of = total === null ? '' : ` of ${amount(total)}`
  return `${`${amount(free)}${of} ${unitOf(resource)}`.trim()} free, ${amount(needed)} needed`
}

/** How much of a resource a pool has, as far as the page knows. */
export function totalOf(resource: Resource, pool: Pool, deviceClass: string): number | null {
  if (resource !== 'units') return pool.capacity[resource]
  return pool.device_classes.find((entry) => entry.name === deviceClass)?.units ?? null
}

export type Mode = 'interactive_ml' | 'inference_containers'

export interface SlotWords {
  title: string
  sentence: string
  used: number
  total: number
}

/** What a mode leaves of the slots of `units` units, in words. */
export function slotWords(mode: Mode, deviceClass: Pick<DeviceClass, 'slots_per_unit'>, units: number): SlotWords {
  const total = deviceClass.slots_per_unit * units
  if (mode === 'interactive_ml') {
    const left = Math.max(0, total - 1)
    return {
      title: 'Interactive ML',
      sentence: `The workspace has a GPU. Uses 1 of ${total} slots, ${left} left for your containers.`,
      used: 1,
      total,
    }
  }
  return {
    title: 'Inference containers',
    sentence: `The workspace has no GPU. ${total} of ${total} slots for your containers.`,
    used: 0,
    total,
  }
}

export const SLOT_NOTE = 'Slots share memory and compute of one device.'

/** What it really held, or holds at the latest: the server's word, as in usage. */
export const heldSpan = (it: Pick<Reservation, 'start' | 'until'>): Span => ({
  start: fromRfc3339(it.start),
  end: fromRfc3339(it.until),
})

/** In the words of money; the amount is the server's. */
export const costOf = (it: Pick<Reservation, 'cost' | 'currency'>): string => money(it.cost, it.currency)

/** `24 GB slice` for "Slice, 24 GB": one of them, size first. */
export function singularTitle(title: string): string {
  const [what, ...sizes] = title.split(',').map((part) => part.trim())
  if (!what) return title
  return [...sizes, what.startsWith('Whole ') ? `whole ${what.slice(6)}` : what.toLowerCase()].join(' ')
}

/** What has no name, as a calendar tells it: `14:00 to 18:00`. The zone and the day stand beside it. */
export const clockTitle = ({ start, end }: Span, zone: string): string => `${clock(start, zone)} to ${clock(end, zone)}`

type Kinds = Pick<Pool, 'name' | 'device_classes'>[] | undefined

/** `24 GB slice`, `2 x 24 GB slice`: what was booked, in words. */
export function kindOf(it: Pick<Reservation, 'pool' | 'device_class' | 'units'>, pools: Kinds): string {
  const classes = pools?.find((pool) => pool.name === it.pool)?.device_classes
  const title = classes?.find((entry) => entry.name === it.device_class)?.title ?? it.device_class
  return it.units === 1 ? singularTitle(title) : `${it.units} x ${singularTitle(title)}`
}

type Titled = Pick<Reservation, 'name' | 'pool' | 'device_class' | 'units' | 'start' | 'until'>

/**
 * What to call a reservation: its name, else what was booked and when, `24 GB slice, 14:00 to 18:00`. That is made each time and
 * kept nowhere: a second name for one thing would be one more to look for.
 */
export const titleOf = (it: Titled, pools: Kinds, zone: string): string =>
  it.name || `${kindOf(it, pools)}, ${clockTitle(heldSpan(it), zone)}`

/** One's own, within a sentence: `"train-7b"`, or `your booking of 14:00 to 18:00`. */
export const quotedName = (name: string, span: Span, zone: string, your: 'your' | 'Your' = 'your'): string =>
  name ? `"${name}"` : `${your} booking of ${clockTitle(span, zone)}`
