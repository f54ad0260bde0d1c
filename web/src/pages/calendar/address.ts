import { flag, oneOf, readAddress, text, writeAddress } from '../../ui/address'
import { monthAndYear } from '../../time/format'
import { HOUR, type Span } from '../../time/instants'
import { addDays, addMonths, daysInMonth, isDate, startOfDate, startOfMonth, startOfWeek } from '../../time/parse'

export type View = 'day' | '3days' | 'week' | '2weeks' | 'month'

export const VIEWS: { view: View; text: string }[] = [
  { view: 'day', text: 'Day' },
  { view: '3days', text: '3 days' },
  { view: 'week', text: 'Week' },
  { view: '2weeks', text: '2 weeks' },
  { view: 'month', text: 'Month' },
]

const DAYS: Record<View, number> = { day: 1, '3days': 3, week: 7, '2weeks': 14, month: 0 }
/**
 * No column narrower than this, for steps of half an hour: a view shows all of its days on a laptop's width, beside the form
 * too. What is narrower than a fingertip can be typed in the form.
 */
const LEAST_HALF_HOUR_PX: Record<View, number> = { day: 10.5, '3days': 3.5, week: 1.5, '2weeks': 0.75, month: 0.33 }

export const leastColumnPx = (view: View, step: number): number => (LEAST_HALF_HOUR_PX[view] * step) / (HOUR / 2)

/** `22 to 28 March 2027`: the days that a view shows, with their year. */
export function periodOf(view: View, date: string): string {
  const { first, days } = datesOf(view, date)
  const from = startOfDate(first, 'UTC')
  const to = startOfDate(addDays(first, days - 1), 'UTC')
  const [a, b] = [monthAndYear(from), monthAndYear(to)]
  if (view === 'month') return a
  const dayOf = (at: number) => String(new Date(at).getUTCDate())
  if (from === to) return `${dayOf(from)} ${a}`
  return a === b ? `${dayOf(from)} to ${dayOf(to)} ${a}` : `${dayOf(from)} ${a} to ${dayOf(to)} ${b}`
}

/** What of the calendar is in the address. */
export interface Place {
  pool: string
  /** A day of what is shown, in the shown zone. */
  date: string
  view: View
  /** Only this class; empty for all. */
  kind: string
  list: boolean
  toggled: string[]
}

/** As the address has them. An empty date is today, which goes on. */
const FIELDS = {
  pool: text(),
  date: text(),
  view: oneOf(
    VIEWS.map((entry) => entry.view),
    'day',
  ),
  kind: text(),
  list: flag(),
  lanes: text(),
}

export function readPlace(params: URLSearchParams, today: string): Place {
  const { date, lanes, ...place } = readAddress(FIELDS, params)
  return { ...place, date: isDate(date) ? date : today, toggled: lanes.split(',').filter(Boolean) }
}

export function writePlace(params: URLSearchParams, { toggled, ...change }: Partial<Place>): URLSearchParams {
  return writeAddress(FIELDS, params, { ...change, ...(toggled ? { lanes: toggled.join(',') } : {}) })
}

/** First date and number of days that a view of a date shows. */
export function datesOf(view: View, date: string): { first: string; days: number } {
  switch (view) {
    case 'day':
    case '3days':
      return { first: date, days: DAYS[view] }
    case 'week':
    case '2weeks':
      return { first: startOfWeek(date), days: DAYS[view] }
    case 'month':
      return { first: startOfMonth(date), days: daysInMonth(date) }
  }
}

/** What is read for these dates: enough for any zone, UTC-12 to UTC+14, so that switching the zone asks for nothing. */
export const readSpanOf = (first: string, days: number): Span => ({
  start: startOfDate(first, 'UTC') - 14 * HOUR,
  end: startOfDate(addDays(first, days), 'UTC') + 12 * HOUR,
})

export const movedBy = (view: View, date: string, by: 1 | -1): string =>
  view === 'month' ? addMonths(startOfMonth(date), by) : addDays(date, by * DAYS[view])
