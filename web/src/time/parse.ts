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

/** A typed date `2026-11-24` and time `14:00` in a zone. */
export function parseLocal(dateText: string, timeText: string, zone: string): Parsed {
  const date = /^(\d{4})-(\d{2})-(\d{2})$/.exec(dateText.trim())
  if (!date) return { kind: 'invalid', field: 'date', message: 'Type a date such as 2026-11-24.' }
  const time = /^(\d{1,2})[:.](\d{2})$/.exec(timeText.trim())
  if (!time) return { kind: 'invalid', field: 'time', message: 'Type a time from 00:00 to 23:59.' }
  const hour = Number(time[1])
  const minute = Number(time[2])
  if (hour > 23 || minute > 59) return { kind: 'invalid', field: 'time', message: 'Type a time from 00:00 to 23:59.' }

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
