import { useMemo } from 'react'
import { isApiError } from '../../api/errors'
import { useAvailability, useForecast } from '../../api/queries'
import type { DeviceClass, Pool, Reservation } from '../../api/types'
import { readAvailability, without, type Free } from '../../booking/availability'
import { amountsOf, unreadable, wishOf, type Draft } from '../../booking/draft'
import { shortageOf, shortages, type Shortage, type Wish } from '../../booking/fit'
import { isNoCapacity, questionOf, type Verdict } from '../../booking/forecast'
import { policyOf, priceOf, type Policy } from '../../booking/policy'
import { totalOf } from '../../booking/words'
import { DAY, HOUR, ceilTo, floorTo, type Instant } from '../../time/instants'

export interface Booking {
  deviceClass: DeviceClass
  policy: Policy
  wish: Wish
  /** Undefined while what is free is not known. */
  free: Free | undefined
  missing: Shortage[]
  verdict: Verdict
  /** Amounts that are no numbers. */
  unreadable: { field: string; message: string }[]
  /** Per unit and hour: of the class, or what the server's answer goes by. */
  rate: number
  /** Rate by hours at once, the server's amount when it has answered; with its hours: those of `wish`, at this moment. */
  cost: number
  /** By how much a change changes the cost; null for a new booking, and until the server has answered. */
  costChange: number | null
  query: ReturnType<typeof useAvailability>
}

/**
 * What the form shows of a draft. By the numbers already here at once, asking for nothing; by the server's answer as soon as it
 * comes. The range is cut coarsely, so that only a selection on another day reads anew.
 * `readable` says that the typed times are times.
 */
export function useBooking(
  pool: Pool,
  draft: Draft,
  deviceClass: DeviceClass,
  own: Reservation | undefined,
  now: Instant,
  readable: boolean,
): Booking {
  const from = floorTo(Math.min(now, draft.start), 6 * HOUR)
  const to = Math.min(ceilTo(Math.max(draft.end, draft.start, now), DAY), from + 399 * DAY)
  const query = useAvailability(pool.name, { start: from, end: to })
  const { data, dataUpdatedAt: countedAt } = query
  const free = useMemo(() => {
    if (!data) return undefined
    const read = readAvailability(data)
    return own ? without(read, own) : read
  }, [data, own])

  const faults = useMemo(() => unreadable(amountsOf(draft, deviceClass)), [draft, deviceClass])
  const question = useMemo(() => questionOf(draft, deviceClass), [draft, deviceClass])
  const asks = readable && faults.length === 0
  const { data: forecast, dataUpdatedAt: toldAt, error } = useForecast(asks ? question : null)

  return useMemo(() => {
    const wish = wishOf(draft, deviceClass, now)
    const verdict: Verdict = !asks
      ? { phase: 'none' }
      : forecast
        ? { phase: 'told', forecast, at: toldAt }
        : error
          ? isApiError(error) && error.problem?.errors
            ? { phase: 'refused', problem: error.problem }
            : { phase: 'silent', error }
          : { phase: 'asking' }
    const price = forecast?.price
    const rate = price?.rate ?? deviceClass.rate
    // From "now" on the window gets shorter after the answer: its price is then that of what is left, at the rate of the answer.
    const cost = price && !draft.startNow ? price.amount : priceOf(rate, draft.units, wish)
    const change = price?.change ?? null
    const counted = free && faults.length === 0 && wish.end > wish.start ? shortages(free, wish) : []
    return {
      deviceClass,
      policy: policyOf(pool),
      wish,
      free,
      query,
      verdict,
      missing: missingOf(counted, free ? countedAt : 0, verdict, wish, pool),
      unreadable: faults,
      rate,
      cost,
      costChange: price && change !== null ? change + (cost - price.amount) : null,
    }
  }, [pool, draft, deviceClass, free, countedAt, query, asks, faults, forecast, toldAt, error, now])
}

/** The server's word before what is counted here, save that newer numbers can show that what fitted was taken: it is asked again. */
function missingOf(counted: Shortage[], countedAt: Instant, verdict: Verdict, wish: Wish, pool: Pool): Shortage[] {
  if (verdict.phase !== 'told') return counted
  const { fits, problem } = verdict.forecast
  if (fits) return verdict.at >= countedAt ? [] : counted
  const limiting = isNoCapacity(problem) ? problem?.limiting : undefined
  if (!limiting || counted.some((it) => it.resource === limiting.resource)) return counted
  return [shortageOf(limiting, wish, totalOf(limiting.resource, pool, wish.deviceClass))]
}
