import type { Reservation, Session } from '../../api/types'
import { when } from '../../time/format'
import { fromRfc3339, type Instant } from '../../time/instants'

export interface Stage {
  /** The lifecycle's own word, for support. */
  state: string
  title: string
  time: string
  place: 'done' | 'current' | 'pending' | 'failed'
}

/** APPROVED, ACTIVE and the end of it, with planned and real times. */
export function stagesOf(it: Reservation, session: Session | null | undefined, zone: string, now: Instant): Stage[] {
  const time = (text: string) => when(fromRfc3339(text), zone, now)
  const started = session ? `started ${time(session.created_at)}` : ''
  const approved: Stage = { state: 'APPROVED', title: 'Booked', time: `booked ${time(it.created_at)}`, place: 'done' }
  const active: Stage = {
    state: 'ACTIVE',
    title: 'Running',
    time: [`planned ${time(it.start)}`, started].filter(Boolean).join(', '),
    place: 'pending',
  }
  const completed: Stage = {
    state: 'COMPLETED',
    title: 'Ended',
    time: it.ended_at
      ? `ended ${time(it.ended_at)}`
      : session?.gone_at
        ? `removed ${time(session.gone_at)}`
        : `planned ${time(it.end)}`,
    place: 'pending',
  }
  switch (it.state) {
    case 'APPROVED':
      return [{ ...approved, place: 'current' }, active, completed]
    case 'ACTIVE':
      return [approved, { ...active, place: 'current' }, completed]
    case 'COMPLETED':
      return [approved, { ...active, place: 'done' }, { ...completed, place: 'current' }]
    case 'CANCELED':
      return [approved, { state: 'CANCELED', title: 'Canceled', time: it.reason, place: 'current' }]
    case 'FAILED': {
      const failed: Stage = { state: 'FAILED', title: 'Failed', time: it.reason, place: 'failed' }
      return session ? [approved, { ...active, place: 'done' }, failed] : [approved, failed]
    }
  }
}
