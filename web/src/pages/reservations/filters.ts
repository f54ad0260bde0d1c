import type { ReservationSort, ReservationState } from '../../api/types'
import { flag, oneOf, text } from '../../ui/address'

interface TabWords {
  title: string
  states: ReservationState[]
  empty: string
  /** What comes first for what is to come, the newest for the past. */
  sort: ReservationSort
}

export const TABS = {
  active: { title: 'Active', states: ['ACTIVE'], empty: 'Nothing is running.', sort: 'start' },
  upcoming: { title: 'Upcoming', states: ['APPROVED'], empty: 'Nothing is booked ahead.', sort: 'start' },
  past: {
    title: 'Past',
    states: ['COMPLETED', 'CANCELED', 'FAILED'],
    empty: 'Nothing has ended yet.',
    sort: '-start',
  },
} satisfies Record<string, TabWords>

export type TabKey = keyof typeof TABS
export const TAB_KEYS = Object.keys(TABS) as TabKey[]

/** In the address; a sort that is left out is the tab's own. */
export const FILTERS = {
  tab: oneOf(TAB_KEYS, 'active'),
  mine: flag(),
  text: text(),
  kind: text(),
  sort: oneOf<ReservationSort | ''>(['start', '-start', '-created'], ''),
}
