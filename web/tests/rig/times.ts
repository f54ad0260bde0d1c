import { Temporal } from 'temporal-polyfill'

/** Times as the page must write them, worked out without the page's own code. */
export const ZONE = 'Europe/Berlin'
export type Zoned = Temporal.ZonedDateTime

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export const today = (): Temporal.PlainDate => Temporal.Now.plainDateISO(ZONE)

/** `2026-11-25`: a number of days from today. Each test takes days of its own. */
export const dayIn = (days: number): string => today().add({ days }).toString()

/** A local time in Berlin that exists once. */
export const at = (date: string, clock: string): Zoned =>
  Temporal.PlainDate.from(date)
    .toPlainDateTime(Temporal.PlainTime.from(clock))
    .toZonedDateTime(ZONE, { disambiguation: 'reject' })

export const rfc = (time: Zoned): string => time.toInstant().toString()

/** Start and end for the API. */
export const window = (date: string, from: string, to: string): { start: string; end: string } => ({
  start: rfc(at(date, from)),
  end: rfc(at(date, to)),
})

/** `Tue 24 Nov` */
export function dayName(date: string): string {
  const it = Temporal.PlainDate.from(date)
  return `${WEEKDAYS[it.dayOfWeek - 1]} ${it.day} ${MONTHS[it.month - 1]}`
}

export const shortDay = (date: string): string => dayName(date).slice(4)

/** `CET` or `CEST` */
export const zoneName = (time: Zoned): string => (time.offset === '+02:00' ? 'CEST' : 'CET')

/** `10:00 to 10:30 CET` for one step of half an hour; with the day it ends on where that is another one. */
export function stepName(date: string, clock: string): string {
  const start = at(date, clock)
  const end = start.add({ minutes: 30 })
  const endDay = end.toPlainDate()
  const endDate = endDay.equals(start.toPlainDate()) ? '' : `${dayName(endDay.toString())}, `
  return `${start.toPlainTime().toString().slice(0, 5)} to ${endDate}${end.toPlainTime().toString().slice(0, 5)} ${zoneName(start)}`
}

export type Change = 'forward' | 'back'

/** The date of the next change of the clocks in Berlin, at least two days ahead. */
export function nextChange(which: Change): string {
  let from = Temporal.Now.zonedDateTimeISO(ZONE).add({ days: 2 })
  for (;;) {
    const change = from.getTimeZoneTransition('next')
    if (!change) throw new Error('Berlin does not change its clocks any more')
    const before = change.subtract({ seconds: 1 })
    if (change.offsetNanoseconds > before.offsetNanoseconds === (which === 'forward'))
      return change.toPlainDate().toString()
    from = change
  }
}

/** The next 15th of January that is at least two days ahead: winter, whenever the tests run. */
export function winterDay(): string {
  const soonest = today().add({ days: 2 })
  const january = Temporal.PlainDate.from({ year: soonest.year, month: 1, day: 15 })
  return (Temporal.PlainDate.compare(january, soonest) < 0 ? january.add({ years: 1 }) : january).toString()
}
