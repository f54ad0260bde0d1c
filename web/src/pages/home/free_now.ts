import type { DeviceClass } from '../../api/types'
import { freeUntil, type Free } from '../../booking/availability'
import { countedTitle } from '../../booking/words'
import { when } from '../../time/format'
import { DAY, type Instant } from '../../time/instants'

export interface FreeNow {
  /** `3 of 4 slices of 24 GB free until 16:00 CET.` */
  sentence: string
  now: boolean
  /** The next moment at which one is free; null when none is known. */
  next: Instant | null
}

/** Further away than this is as good as for ever. */
const LONG_MS = 7 * DAY

export function freeNow(free: Free, deviceClass: DeviceClass, zone: string, now: Instant): FreeNow {
  const series = free.units.get(deviceClass.name)
  const here = series?.stretches.find((part) => part.start <= now && part.end > now)
  if (!series || !here) return { sentence: 'What is free is not known.', now: false, next: null }
  const what = countedTitle(deviceClass.title)
  if (here.free > 0) {
    const until = freeUntil(series, now, here.free)
    const end = until !== null && until - now < LONG_MS ? ` until ${when(until, zone, now)}` : ''
    return { sentence: `${here.free} of ${series.total} ${what} free${end}.`, now: true, next: now }
  }
  const next = series.stretches.find((part) => part.start > now && part.free > 0)?.start ?? null
  const then = next === null ? 'none in the next two weeks' : `next free ${when(next, zone, now)}`
  return { sentence: `0 of ${series.total} ${what} free; ${then}.`, now: false, next }
}
