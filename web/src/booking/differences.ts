import type { Pool } from '../api/types'
import { amount, when } from '../time/format'
import type { Instant } from '../time/instants'
import type { Shape } from './draft'
import { slotWords } from './words'

/** Each part of a reservation that is no longer what it was: `Name: "b", was "a"`. */
export function differences(was: Shape, is: Shape, pool: Pool, zone: string, now: Instant): string[] {
  const kind = (name: string) => pool.device_classes.find((it) => it.name === name)?.title ?? name
  const parts: [string, (it: Shape) => string][] = [
    ['Name', (it) => (it.name ? `"${it.name}"` : 'none')],
    ['Resource kind', (it) => kind(it.deviceClass)],
    ['Units', (it) => String(it.units)],
    ['Start', (it) => when(it.start, zone, now)],
    ['End', (it) => when(it.end, zone, now)],
    ['Mode', (it) => slotWords(it.mode, { slots_per_unit: 1 }, 1).title],
    ['CPU', (it) => `${amount(it.cpu)} cores`],
    ['Memory', (it) => `${amount(it.memory_gib)} GiB`],
    ['Storage', (it) => `${amount(it.storage_gib)} GiB`],
  ]
  return parts
    .filter(([, text]) => text(was) !== text(is))
    .map(([title, text]) => `${title}: ${text(is)}, was ${text(was)}.`)
}
