import { DAY, HOUR, MINUTE, SECOND, floorTo, type Instant, type Span } from './instants'
import { abbreviation, localFields } from './zones'

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const two = (n: number) => String(n).padStart(2, '0')

/** `14:00`; only beside a time that shows its zone. */
export function clock(at: Instant, zone: string): string {
  const local = localFields(at, zone)
  return `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}`
}

/** `14:00 CET` */
export const clockWithZone = (at: Instant, zone: string): string => `${clock(at, zone)} ${abbreviation(at, zone)}`

/** `24 Nov` */
export function dayMonth(at: Instant, zone: string): string {
  const local = localFields(at, zone)
  return `${local.getUTCDate()} ${MONTHS[local.getUTCMonth()]}`
}

const LONG_MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
]

/** `March 2027`, of the start of a date in UTC. */
export function monthAndYear(at: Instant): string {
  const date = new Date(at)
  return `${LONG_MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`
}

/** `Tue 24 Nov`, with the year where it is not that of `now`. */
export function day(at: Instant, zone: string, now?: Instant): string {
  const local = localFields(at, zone)
  const year = local.getUTCFullYear()
  const text = `${WEEKDAYS[local.getUTCDay()]} ${local.getUTCDate()} ${MONTHS[local.getUTCMonth()]}`
  return now !== undefined && localFields(now, zone).getUTCFullYear() !== year ? `${text} ${year}` : text
}

/** `Tue 24 Nov, 14:00 CET` */
export const dayAndClock = (at: Instant, zone: string, now?: Instant): string =>
  `${day(at, zone, now)}, ${clockWithZone(at, zone)}`

/** `14:00 CET` today, `Tue 24 Nov, 14:00 CET` on other days. */
export function when(at: Instant, zone: string, now: Instant): string {
  return isoDate(at, zone) === isoDate(now, zone) ? clockWithZone(at, zone) : dayAndClock(at, zone, now)
}

/** `Tue 24 Nov, 14:00 to 15:30 CET`; both days and both zone names where they differ. */
export function range(span: Span, zone: string, now?: Instant): string {
  return `${day(span.start, zone, now)}, ${clockRange(span, zone, now)}`
}

/** `14:00 to 15:30 CET`, `22:00 to Wed 25 Nov, 02:00 CET`, `01:00 CET to 04:00 CEST` */
export function clockRange(span: Span, zone: string, now?: Instant): string {
  const from = abbreviation(span.start, zone)
  const until = abbreviation(span.end, zone)
  const first = from === until ? clock(span.start, zone) : `${clock(span.start, zone)} ${from}`
  const otherDay = isoDate(span.start, zone) !== isoDate(span.end, zone)
  return `${first} to ${otherDay ? `${day(span.end, zone, now)}, ` : ''}${clock(span.end, zone)} ${until}`
}

/** `2026-11-24`, as date fields hold it. */
export const isoDate = (at: Instant, zone: string): string => localFields(at, zone).toISOString().slice(0, 10)

/** `4 h`, `2 h 30 min`, `45 min`, `20 s`, `3 days 2 h`. Elapsed time; of a window that is shown see `lengthOf`. */
export function duration(ms: number): string {
  const size = Math.max(0, ms)
  if (size < MINUTE) return `${Math.floor(size / SECOND)} s`
  if (size < HOUR) return `${Math.floor(size / MINUTE)} min`
  if (size < 2 * DAY) {
    const minutes = Math.floor((size % HOUR) / MINUTE)
    return `${Math.floor(size / HOUR)} h${minutes ? ` ${minutes} min` : ''}`
  }
  const hours = Math.floor((size % DAY) / HOUR)
  return `${Math.floor(size / DAY)} days${hours ? ` ${hours} h` : ''}`
}

/**
 * How long a window is, from the minute in which it begins to the minute in which it ends: as long as the two clock times
 * beside it are apart. Of a window that ends on a minute this is its length rounded up, as the command line tells it.
 */
export const lengthOf = ({ start, end }: Span): string =>
  duration(end - start < MINUTE ? end - start : floorTo(end, MINUTE) - floorTo(start, MINUTE))

/** How many decimals a currency has: 2 for EUR, none for JPY; 2 for what is not known. */
function decimalsOf(currency: string): number {
  try {
    const format = new Intl.NumberFormat('en-GB', { style: 'currency', currency })
    return format.resolvedOptions().maximumFractionDigits ?? 2
  } catch {
    return 2
  }
}

/** `EUR 12.40`, `JPY 1,240`; `EUR < 0.01` for what is not nothing but would be shown as that. */
export function money(amount: number, currency: string): string {
  const decimals = decimalsOf(currency)
  const least = 10 ** -decimals
  if (amount !== 0 && Math.abs(amount) < least / 2) return `${currency} < ${least.toFixed(decimals)}`
  const shown = amount.toLocaleString('en-GB', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
  return `${currency} ${shown}`
}

/** `EUR 1.60 more than before` */
export const changeWords = (by: number, currency: string): string =>
  `${money(Math.abs(by), currency)} ${by > 0 ? 'more' : 'less'} than before`

/** At most three decimals and no trailing noughts: `15`, `0.5`. */
export const amount = (value: number): string => String(Math.round(value * 1000) / 1000)
