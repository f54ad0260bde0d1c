import type { Reservation, ReservationState, Session, User } from '../api/types'

export type Action = 'open' | 'edit' | 'cancel' | 'extend' | 'end' | 'bookAgain'

/** In which states of its lifecycle something can be done with a reservation. */
const ALLOWED_IN = {
  open: ['ACTIVE'],
  edit: ['APPROVED'],
  cancel: ['APPROVED'],
  extend: ['APPROVED', 'ACTIVE'],
  end: ['ACTIVE'],
  bookAgain: ['COMPLETED', 'CANCELED', 'FAILED'],
} satisfies Record<Action, ReservationState[]>

/** Opening a workspace is for its owner alone; an admin can end it. The server decides; this only hides what it would refuse. */
export function may(action: Action, user: User, reservation: Reservation): boolean {
  const states: ReservationState[] = ALLOWED_IN[action]
  if (!states.includes(reservation.state) || (action !== 'bookAgain' && reservation.ending)) return false
  const own = reservation.owner === user.email
  if (action === 'open' || action === 'bookAgain') return own
  if (own || user.role === 'admin') return true
  const leads = user.role === 'lead' && reservation.team !== null && user.teams.includes(reservation.team)
  return leads && (action === 'end' || action === 'cancel')
}

/** The workspace's address is the first endpoint named so; anything but a web address is not followed. */
export function workspaceUrl(session: Session | null | undefined): string | null {
  const url = session?.endpoints.find((it) => it.name === 'workspace')?.url
  return url && /^https?:\/\//.test(url) ? url : null
}
