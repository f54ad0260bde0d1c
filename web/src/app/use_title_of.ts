import { useCallback } from 'react'
import { usePools } from '../api/queries'
import type { Reservation } from '../api/types'
import { titleOf } from '../booking/words'
import { useZone } from './zone'

/** What to call a reservation on this page. */
export function useTitleOf(): (it: Reservation) => string {
  const pools = usePools().data
  const zone = useZone()
  return useCallback((it: Reservation) => titleOf(it, pools, zone), [pools, zone])
}
