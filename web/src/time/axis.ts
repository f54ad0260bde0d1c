import { clock, day } from './format'
import { HOUR, ceilTo, floorTo, type Instant } from './instants'
import { addDays, startOfDate } from './parse'
import { abbreviation, localFields, offsetAt, offsetLabel, zoned } from './zones'

/** The time axis of the calendar, built from instants: a day of a clock change has 23 or 25 hours on it. */
export interface Axis {
  start: Instant
  end: Instant
  step: number
  zone: string
  /** Start of each column; a column is one step of the pool, counted from the Unix epoch as the pool does. */
  columns: Instant[]
}

export function makeAxis(date: string, days: number, zone: string, step: number): Axis {
  const start = floorTo(startOfDate(date, zone), step)
  const end = ceilTo(startOfDate(addDays(date, days), zone), step)
  const columns: Instant[] = []
  for (let at = start; at < end; at += step) columns.push(at)
  return { start, end, step, zone, columns }
}

export const columnAt = (axis: Axis, at: Instant): number => Math.floor((at - axis.start) / axis.step)

export interface Mark {
  at: Instant
  end: Instant
  /** What is drawn: `02:00`, and `02:00 CEST` for an hour that happens twice. */
  text: string
  /** What is read out. */
  name: string
}

/** Hour labels every `every` local hours. An hour that happens twice is there twice, each with its own offset. */
export function hourMarks(axis: Axis, every: number): Mark[] {
  const marks: Mark[] = []
  for (const hour of wholeHours(axis)) {
    const twin = repeats(hour, axis.zone)
    if (localFields(hour, axis.zone).getUTCHours() % every !== 0 && !(twin && every === 1)) continue
    if (twin === 'second' && every > 1) continue
    const text = clock(hour, axis.zone)
    marks.push({
      at: hour,
      end: axis.end,
      text: twin ? `${text} ${abbreviation(hour, axis.zone)}` : text,
      name: twin ? `${text} ${abbreviation(hour, axis.zone)}, ${offsetLabel(hour, axis.zone)}` : text,
    })
  }
  return closed(marks)
}

/** One mark per local day. */
export function dayMarks(axis: Axis, now: Instant): Mark[] {
  const marks: Mark[] = []
  for (let date = zoned(axis.start, axis.zone).toPlainDate(); ; date = date.add({ days: 1 })) {
    const at = date.toZonedDateTime(axis.zone).epochMilliseconds
    if (at >= axis.end) break
    const text = day(at, axis.zone, now)
    marks.push({ at: Math.max(at, axis.start), end: axis.end, text, name: text })
  }
  return closed(marks)
}

function closed(marks: Mark[]): Mark[] {
  return marks.map((mark, index) => ({ ...mark, end: marks[index + 1]?.at ?? mark.end }))
}

/** Instants in the axis where the local clock shows a whole hour. Zones may be off by 15, 30 or 45 minutes. */
function* wholeHours(axis: Axis): Generator<Instant> {
  const past = (at: Instant) => (at + offsetAt(at, axis.zone)) % HOUR
  let at = axis.start
  while (at < axis.end) {
    // A change by half an hour moves the whole hours too, so each is looked for anew.
    if (past(at) === 0) yield at
    at += HOUR - past(at)
  }
}

function repeats(at: Instant, zone: string): 'first' | 'second' | null {
  const offset = offsetAt(at, zone)
  const drop = offset - offsetAt(at + HOUR, zone)
  if (drop > 0) return 'first'
  return offsetAt(at - HOUR, zone) > offset ? 'second' : null
}
