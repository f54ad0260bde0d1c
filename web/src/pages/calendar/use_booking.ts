import { useMemo } from 'react'
import { useAvailability } from '../../api/queries'
import type { DeviceClass, Pool, Reservation } from '../../api/types'
import { readAvailability, without, type Free } from '../../booking/availability'
import { amountsOf, amountFaults, wishOf, type AmountFault, type Draft } from '../../booking/draft'
import { shortages, type Shortage, type Wish } from '../../booking/fit'
import { faultsOf, priceOf, rulesOf, type Fault, type Rules } from '../../booking/rules'
import { DAY, HOUR, ceilTo, floorTo, type Instant } from '../../time/instants'

/** How far beyond the selection other windows are looked for without asking. */
const LOOK_AHEAD_MS = 14 * DAY

export interface Booking {
  deviceClass: DeviceClass
  rules: Rules
  wish: Wish
  /** Undefined while what is free is not known. */
  free: Free | undefined
  missing: Shortage[]
  timeFaults: Fault[]
  amountFaults: AmountFault[]
  cost: number
}

/**
 * Everything the form shows of a draft, by the numbers already here: changing a field asks for nothing. The range is cut
 * coarsely, so that only a selection on another day reads anew.
 */
export function useBooking(
  pool: Pool,
  draft: Draft,
  deviceClass: DeviceClass,
  own: Reservation | undefined,
  zone: string,
  now: Instant,
): Booking & { query: ReturnType<typeof useAvailability> } {
  const from = floorTo(Math.min(now, draft.start), 6 * HOUR)
  const to = Math.min(ceilTo(Math.max(draft.end, draft.start, now) + LOOK_AHEAD_MS, DAY), from + 399 * DAY)
  const query = useAvailability(pool.name, { start: from, end: to })
  const { data } = query
  const free = useMemo(() => {
    if (!data) return undefined
    const read = readAvailability(data)
    return own ? without(read, own) : read
  }, [data, own])
  return useMemo(() => {
    const rules = rulesOf(pool)
    const wish = wishOf(draft, deviceClass, now)
    return {
      deviceClass,
      rules,
      wish,
      free,
      query,
      missing: free && wish.end > wish.start ? shortages(free, wish) : [],
      timeFaults: faultsOf({ ...wish, startNow: draft.startNow }, rules, zone, now),
      amountFaults: amountFaults(amountsOf(draft, deviceClass), pool.capacity),
      cost: priceOf(deviceClass.rate, draft.units, wish),
    }
  }, [pool, draft, deviceClass, free, query, zone, now])
}
