import type { Reservation, ReservationState } from '../../api/types'
import { nameOf } from '../../booking/words'

export type TabKey = 'active' | 'upcoming' | 'past'

export const TABS: { key: TabKey; title: string; states: ReservationState[]; empty: string }[] = [
  { key: 'active', title: 'Active', states: ['ACTIVE'], empty: 'Nothing is running.' },
  { key: 'upcoming', title: 'Upcoming', states: ['APPROVED'], empty: 'Nothing is booked ahead.' },
  { key: 'past', title: 'Past', states: ['COMPLETED', 'CANCELED', 'FAILED'], empty: 'Nothing has ended yet.' },
]

export type SortKey = 'start' | 'name'

export interface Filters {
  tab: TabKey
  mine: boolean
  text: string
  kind: string
}

export function readFilters(params: URLSearchParams): Filters {
  const tab = TABS.find((it) => it.key === params.get('tab'))?.key ?? 'active'
  return { tab, mine: params.get('mine') === '1', text: params.get('text') ?? '', kind: params.get('kind') ?? '' }
}

export function writeFilters(params: URLSearchParams, change: Partial<Filters>): URLSearchParams {
  const next = new URLSearchParams(params)
  const put = (name: string, value: string | undefined, usual: string) => {
    if (value === undefined) return
    if (value === usual) next.delete(name)
    else next.set(name, value)
  }
  put('tab', change.tab, 'active')
  put('mine', change.mine === undefined ? undefined : change.mine ? '1' : '', '')
  put('text', change.text, '')
  put('kind', change.kind, '')
  return next
}

/** Loaded rows that pass, in the tab's order: what comes first for what is to come, the newest for the past. */
export function shownRows(items: Reservation[], filters: Filters): Reservation[] {
  const text = filters.text.trim().toLowerCase()
  const rows = items.filter(
    (it) =>
      (!filters.kind || it.device_class === filters.kind) &&
      (!text || [nameOf(it), it.owner, it.team ?? '', it.reason].some((value) => value.toLowerCase().includes(text))),
  )
  const sign = filters.tab === 'past' ? -1 : 1
  return rows.sort((a, b) => sign * a.start.localeCompare(b.start))
}
