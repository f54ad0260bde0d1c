import { DAY, type Instant } from '../time/instants'

/** A price that was looked up longer ago than this may be another one by now. */
export const OLD_AFTER_DAYS = 180

/**
 * Days since a date was over: `2026-08-21`, `2026-08` and `2025` are a day, a month and a year, and something dated with a
 * month is at least as old as its end. Null for no date.
 */
export function ageInDays(date: string, now: Instant): number | null {
  const parts = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(date)
  if (!parts) return null
  const [year, month, day] = [Number(parts[1]), Number(parts[2] ?? 0), Number(parts[3] ?? 0)]
  const over = day ? Date.UTC(year, month - 1, day + 1) : month ? Date.UTC(year, month, 1) : Date.UTC(year + 1, 0, 1)
  return Math.max(0, Math.floor((now - over) / DAY))
}

export const isOld = (date: string, now: Instant): boolean => (ageInDays(date, now) ?? 0) > OLD_AFTER_DAYS

/** `2026-08, 83 days old`; empty for no date. */
export function datedText(date: string, now: Instant): string {
  const age = ageInDays(date, now)
  return age === null ? '' : `${date}, ${age} ${age === 1 ? 'day' : 'days'} old`
}
