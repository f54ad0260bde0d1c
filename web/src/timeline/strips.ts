import type { Free, Stretch } from '../booking/availability'
import { shortages, shortageWords, type Wish } from '../booking/fit'
import { amount, clockRange, day } from '../time/format'
import { dayMarks, type Axis } from '../time/axis'
import { MINUTE, floorTo, overlaps, type Span } from '../time/instants'
import type { ClassRow, ResourceRow } from './rows'

/** One run of equal free capacity on a strip. */
export interface Run extends Span {
  text: string
  free: number
  /** What is read out: `Slice, 24 GB, Tue 24 Nov, 10:00 to 12:00 CET, 3 of 4 free`. */
  name: string
  /** 0 nothing free ... 4 all free: five bins, each with a colour and a pattern of its own. */
  bin: 0 | 1 | 2 | 3 | 4
}

/** What a letter and the space around a label take, in pixels at the size of the strips' text. */
const LETTER_PX = 7.5
const AROUND_PX = 20

/** As much of `3 of 4, fits` as there is room for, down to the number; the name and the tooltip have it all. */
export function shownText(text: string, width: number): string {
  const fits = (words: string) => words.length * LETTER_PX + AROUND_PX <= width
  const shorter = [text, text.split(',', 1)[0] ?? '', text.split(' ', 1)[0] ?? '']
  return shorter.find(fits) ?? ''
}

export function binOf(free: number, total: number): Run['bin'] {
  if (total <= 0 || free <= 0) return 0
  if (free >= total) return 4
  return Math.min(3, Math.max(1, Math.ceil((free / total) * 3))) as Run['bin']
}

const clip = (part: Span, axis: Axis): Span => ({
  start: Math.max(part.start, axis.start),
  end: Math.min(part.end, axis.end),
})

const saysTheSame = (a: Stretch, b: Stretch): boolean =>
  a.free === b.free && a.blocked === b.blocked && a.outOfService === b.outOfService

/** Shorter than what a clock tells: of no width, and `10:21 to 10:21` when read out. */
const isNothing = ({ start, end }: Span): boolean => floorTo(start, MINUTE) === floorTo(end, MINUTE)

/** Neighbours that say the same are one run; what is over within its minute is none. */
export function merged(stretches: Stretch[], axis: Axis): Stretch[] {
  const out: Stretch[] = []
  for (const part of stretches) {
    if (!overlaps(part, axis)) continue
    const last = out.at(-1)
    const next = { ...part, ...clip(part, axis) }
    if (isNothing(next)) continue
    if (last && saysTheSame(last, next)) last.end = next.end
    else out.push(next)
  }
  return out
}

/** With a request in the form (`wish`), each run also says whether the request would fit in it. */
export function classRuns(row: ClassRow, axis: Axis, free: Free | undefined, wish: Wish | null): Run[] {
  if (!row.stretches) return []
  if (wish && free && wish.deviceClass === row.deviceClass) return fitRuns(row, axis, free, wish)
  return merged(row.stretches, axis).map((part) => {
    const text = `${part.free} of ${row.total}`
    const blocked = part.blocked > 0 ? `, ${part.blocked} blocked` : ''
    const out = part.outOfService > 0 ? `, ${part.outOfService} out of service` : ''
    return {
      start: part.start,
      end: part.end,
      text,
      free: part.free,
      name: `${nameOf(row.title, part, axis)}, ${text} free${blocked}${out}`,
      bin: binOf(part.free, row.total),
    }
  })
}

function fitRuns(row: ClassRow, axis: Axis, free: Free, wish: Wish): Run[] {
  const edges = new Set<number>([axis.start, axis.end])
  for (const series of [
    row.stretches ?? [],
    free.cpu.stretches,
    free.memory_gib.stretches,
    free.storage_gib.stretches,
  ]) {
    for (const part of series) {
      if (part.start > axis.start && part.start < axis.end) edges.add(part.start)
    }
  }
  const times = [...edges].sort((a, b) => a - b)
  const runs: Run[] = []
  for (let index = 0; index + 1 < times.length; index += 1) {
    const span = { start: times[index] ?? 0, end: times[index + 1] ?? 0 }
    const part = row.stretches?.find((it) => overlaps(it, span))
    if (!part || isNothing(span)) continue
    const missing = shortages(free, { ...wish, ...span })[0]
    const fit = missing ? `does not fit: ${shortageWords(missing, row.title)}` : 'fits'
    const text = `${part.free} of ${row.total}, ${missing ? 'does not fit' : 'fits'}`
    const last = runs.at(-1)
    const tail = `${part.free} of ${row.total} free, ${fit}`
    if (last && last.text === text && last.name.endsWith(tail)) {
      last.end = span.end
      last.name = `${nameOf(row.title, last, axis)}, ${tail}`
    } else {
      runs.push({
        ...span,
        text,
        free: part.free,
        name: `${nameOf(row.title, span, axis)}, ${tail}`,
        bin: missing ? 0 : binOf(part.free, row.total),
      })
    }
  }
  return runs
}

export function resourceRuns(row: ResourceRow, axis: Axis): Run[] {
  return merged(row.stretches ?? [], axis).map((part) => {
    const text = `${amount(part.free)} of ${amount(row.total)}`
    return {
      start: part.start,
      end: part.end,
      text,
      free: part.free,
      name: `${nameOf(row.title, part, axis)}, ${text} free`,
      bin: binOf(part.free, row.total),
    }
  })
}

/** A cell for each day, as its worst moment is: where days are narrow, that is what one looks for. */
export function dailyRuns(runs: Run[], title: string, axis: Axis): Run[] {
  return dayMarks(axis, axis.start).flatMap((mark) => {
    const within = runs.filter((run) => overlaps(run, { start: mark.at, end: mark.end }))
    const worst = within.reduce<Run | undefined>(
      (least, run) => (least && !isWorse(run, least) ? least : run),
      undefined,
    )
    if (!worst) return []
    const { text, free, bin } = worst
    const name = `${title}, ${day(mark.at, axis.zone)}, at its fullest ${text.replace(',', ' free,')}`
    return [{ start: mark.at, end: mark.end, text, free, bin, name: text.includes(',') ? name : `${name} free` }]
  })
}

const isWorse = (a: Run, b: Run): boolean => a.bin < b.bin || (a.bin === b.bin && a.free < b.free)

const nameOf = (title: string, span: Span, axis: Axis): string =>
  `${title}, ${day(span.start, axis.zone)}, ${clockRange(span, axis.zone)}`
