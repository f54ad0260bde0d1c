import { Temporal } from 'temporal-polyfill'
import { dayMonth, clockWithZone } from './format'
import type { Instant } from './instants'

export type Parsed =
  | { kind: 'instant'; at: Instant }
  | { kind: 'invalid'; field: 'date' | 'time'; message: string }
  /** The clocks go forward over it. `next` is the first valid instant after. */
  | { kind: 'skipped'; message: string; next: Instant }
  /** The clocks go back over it, so it happens twice. */
  | { kind: 'repeated'; message: string; choices: [Instant, Instant] }

const resolve = (local: Temporal.PlainDateTime, zone: string, disambiguation: 'earlier' | 'later'): Instant =>
  local.toZonedDateTime(zone, { disambiguation }).epochMilliseconds

/** `14:00`, `14.00`, `1400`, `14`, `2pm`, `2:30 pm`, and `24:00`; null for what is none. */
function timeOfDay(text: string): { hour: number; minute: number } | null {
  const read = /^(\d{1,2})(?:[:.]?(\d{2}))?\s*(am|pm)?$/i.exec(text.trim())
  if (!read) return null
  const typed = Number(read[1])
  const minute = Number(read[2] ?? 0)
  const half = read[3]?.toLowerCase()
  if (half && (typed < 1 || typed > 12)) return null
  const hour = half ? (typed % 12) + (half === 'pm' ? 12 : 0) : typed
  const late = hour > 24 || (hour === 24 && minute > 0)
  return late || minute > 59 ? null : { hour, minute }
}

/** A typed date `2026-11-24` and time `14:00` in a zone. */
export function parseLocal(dateText: string, timeText: string, zone: string): Parsed {
  const date = /^(\d{4})-(\d{2})-(\d{2})$/.exec(dateText.trim())
  if (!date) return { kind: 'invalid', field: 'date', message: 'Type a date such as 2026-11-24.' }
  const time = timeOfDay(timeText)
  if (!time) return { kind: 'invalid', field: 'time', message: 'Type a time such as 14:00 or 2pm.' }
  if (time.hour === 24) {
    // The end of a day is the beginning of the next.
    return isDate(date[0]) ? parseLocal(addDays(date[0], 1), '00:00', zone) : parseLocal(date[0], '00:00', zone)
  }
  const { hour, minute } = time

  let local: Temporal.PlainDateTime
  try {
    local = Temporal.PlainDateTime.from(
      { year: Number(date[1]), month: Number(date[2]), day: Number(date[3]), hour, minute },
      { overflow: 'reject' },
    )
  } catch {
    return { kind: 'invalid', field: 'date', message: `There is no ${dateText.trim()} in the calendar.` }
  }
  const earlier = resolve(local, zone, 'earlier')
  const later = resolve(local, zone, 'later')
  if (earlier === later) return { kind: 'instant', at: earlier }

  const text = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
  const back = Temporal.Instant.fromEpochMilliseconds(earlier).toZonedDateTimeISO(zone).toPlainDateTime()
  if (Temporal.PlainDateTime.compare(back, local) === 0) {
    const choose = `${text} happens twice. Choose ${clockWithZone(earlier, zone)} or ${clockWithZone(later, zone)}.`
    return { kind: 'repeated', message: choose, choices: [earlier, later] }
  }
  // `earlier` reads the missing time with the offset after the gap, so the gap's end lies between the two.
  const next = Temporal.Instant.fromEpochMilliseconds(earlier).toZonedDateTimeISO(zone).getTimeZoneTransition('next')
  const at = next ? next.epochMilliseconds : later
  const gone = `${text} does not exist on ${dayMonth(at, zone)} (clocks go forward). Next: ${clockWithZone(at, zone)}.`
  return { kind: 'skipped', message: gone, next: at }
}

/** The first instant of a date in a zone: not always 00:00. */
export const startOfDate = (dateText: string, zone: string): Instant =>
  Temporal.PlainDate.from(dateText).toZonedDateTime(zone).epochMilliseconds

export const isDate = (text: string): boolean => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  try {
    Temporal.PlainDate.from(text)
    return true
  } catch {
    return false
  }
}

export const addDays = (dateText: string, days: number): string =>
  Temporal.PlainDate.from(dateText).add({ days }).toString()

/** Monday of the week of a date. */
export function startOfWeek(dateText: string): string {
  const date = Temporal.PlainDate.from(dateText)
  return date.subtract({ days: date.dayOfWeek - 1 }).toString()
}

export const startOfMonth = (dateText: string): string => Temporal.PlainDate.from(dateText).with({ day: 1 }).toString()
export const daysInMonth = (dateText: string): number => Temporal.PlainDate.from(dateText).daysInMonth
export const addMonths = (dateText: string, months: number): string =>
  Temporal.PlainDate.from(dateText).add({ months }).toString()
