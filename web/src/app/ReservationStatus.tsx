import { useSession, useStatus } from '../api/queries'
import type { Reservation } from '../api/types'
import { statusOf, type Status } from '../booking/status'
import { useZone } from './zone'
import { StatusBadge } from '../ui/StatusBadge'
import { useNow } from '../ui/use_now'

/** Badge and sentence of a reservation in a list. Only what is starting has its session read. */
export function useReservationStatus(reservation: Reservation): { status: Status; unverified: boolean } {
  const zone = useZone()
  const now = useNow()
  const controllers = useStatus().data?.controllers
  const session = useSession(reservation.id, reservation.state === 'ACTIVE')
  const status = statusOf({ reservation, session: session.data, controllers, zone, now })
  return { status, unverified: session.isError }
}

export function ReservationStatus({ reservation, short = false }: { reservation: Reservation; short?: boolean }) {
  const { status, unverified } = useReservationStatus(reservation)
  return (
    <span className="berth-row-status">
      <StatusBadge status={status} unverified={unverified} />
      {!short && <span>{status.sentence}</span>}
    </span>
  )
}
