import { columnAt, type Axis } from '../time/axis'
import { day, clockRange } from '../time/format'
import type { Instant } from '../time/instants'
import type { Bar, LaneRow } from './rows'

/** What a cell of a lane stands for. A number is the index of the bar that covers it. */
export type CellState = 'free' | 'past' | 'out' | 'unknown' | 'far' | number

/** State of each column of a lane. `horizon` is the end of what can be booked. */
export function cellStates(row: LaneRow, axis: Axis, now: Instant, horizon: Instant): CellState[] {
  const states = axis.columns.map((start): CellState => {
    if (start + axis.step <= now) return 'past'
    if (start >= horizon) return 'far'
    if (row.bars === null) return 'unknown'
    return row.outOfService ? 'out' : 'free'
  })
  row.bars?.forEach((bar, index) => {
    const first = Math.max(0, Math.floor((bar.start - axis.start) / axis.step))
    // What ended in the step that now is in leaves the rest of that step free.
    const over = bar.end <= now ? columnAt(axis, now) : axis.columns.length
    const end = Math.min(axis.columns.length, over, Math.ceil((bar.end - axis.start) / axis.step))
    for (let column = first; column < end; column += 1) states[column] = index
  })
  return states
}

/** Columns that are one cell: first, and the end that is not part of it. */
export interface CellRun {
  first: number
  end: number
}

/**
 * The cells that are drawn of a lane. Wide columns have a cell each. Narrow ones that say the same are one cell, or a page
 * of weeks would have tens of thousands; the column with the focus has its own in any case, so that keys go step by step.
 */
export function cellRuns(states: CellState[], sight: CellRun, focus: number | null, narrow: boolean): CellRun[] {
  const runs: CellRun[] = []
  for (let column = sight.first; column < sight.end; column += 1) {
    const last = runs.at(-1)
    const joins = narrow && column !== focus && last && last.first !== focus && states[last.first] === states[column]
    if (joins) last.end = column + 1
    else runs.push({ first: column, end: column + 1 })
  }
  if (focus !== null && (focus < sight.first || focus >= sight.end)) runs.push({ first: focus, end: focus + 1 })
  return runs
}

/** Whether a booking can begin in a column: it is not over yet. Taken time can be chosen; what it lacks is then told. */
export const isSelectable = (axis: Axis, column: number, now: Instant, horizon: Instant): boolean => {
  const start = axis.columns[column]
  return start !== undefined && start + axis.step > now && start < horizon
}

/** What is said of a booking whose unit cannot be used. */
export const ON_NOTHING = 'on a unit that is out of service'

/** A booking that is not over and has a unit that cannot be used. */
export const isStranded = (row: Pick<LaneRow, 'outOfService'>, bar: Bar, now: Instant): boolean =>
  row.outOfService && bar.end > now && bar.kind !== 'hold' && bar.kind !== 'blocked'

export function stateWords(
  state: CellState,
  row: Pick<LaneRow, 'bars' | 'outOfService'>,
  isPast: boolean,
  now: Instant,
): string {
  if (typeof state === 'number') {
    const bar = row.bars?.[state]
    if (!bar) return 'booked'
    return barWords(bar) + (isPast ? ', past' : isStranded(row, bar, now) ? `, ${ON_NOTHING}` : '')
  }
  switch (state) {
    case 'free':
      return 'free'
    case 'past':
      return 'past'
    case 'out':
      return 'out of service'
    case 'far':
      return 'not open for booking yet'
    case 'unknown':
      return 'loading'
  }
}

/** `booked by you: train-7b`, `booked by ben@example.org: run`, `booked` */
export function barWords(bar: Bar): string {
  if (bar.kind === 'hold') return 'not free: the device is still in use'
  if (bar.kind === 'blocked') return 'blocked: another layout of the device is in use'
  const name = bar.name ? `: ${bar.name}` : ''
  if (bar.kind === 'mine') return `booked by you${name}`
  return bar.owner ? `booked by ${bar.owner}${name}` : 'booked'
}

/** What is written on a bar. */
export function barLabel(bar: Bar): string {
  if (bar.kind === 'hold') return 'Still in use'
  if (bar.kind === 'blocked') return 'Blocked'
  return bar.name || (bar.kind === 'mine' ? 'Mine' : bar.owner || 'Booked')
}

/** `Tue 24 Nov, 14:00 to 14:30 CET` for each column, made when first asked for: most are never in sight. */
export class ColumnNames {
  private readonly names: string[] = []

  constructor(private readonly axis: Axis) {}

  of(run: CellRun): string {
    if (run.end - run.first > 1) return this.make(run)
    return (this.names[run.first] ??= this.make(run))
  }

  private make({ first, end }: CellRun): string {
    const { columns, step, zone } = this.axis
    const start = columns[first]
    return start === undefined
      ? ''
      : `${day(start, zone)}, ${clockRange({ start, end: start + (end - first) * step }, zone)}`
  }
}
