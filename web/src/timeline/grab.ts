import type { Axis } from '../time/axis'
import type { Instant, Span } from '../time/instants'
import { pixelAt } from './layout'
import type { Bar, Row } from './rows'

/** What of a bar is held: all of it, or one of its ends. */
export type Part = 'body' | 'start' | 'end'

export interface Grab {
  bar: Bar
  part: Part
}

/** So near to an end the pointer means that end; a bar with less between them is moved. */
const EDGE_PX = 6
const LEAST_BETWEEN_PX = 8

/** Whether dragging a bar moves it: one's own that has not begun. */
export const isMovable = (bar: Bar, now: Instant): boolean =>
  bar.kind === 'mine' && bar.reservation !== null && bar.state === 'APPROVED' && bar.start > now

/** Of what runs the start is past; its end can still be elsewhere. */
export const isRunning = (bar: Bar, now: Instant): boolean =>
  bar.kind === 'mine' && bar.reservation !== null && bar.state === 'ACTIVE' && bar.end > now

/** Whether what is held of a bar goes where it is dragged. */
export const canDrag = ({ bar, part }: Grab, now: Instant): boolean =>
  isMovable(bar, now) || (part === 'end' && isRunning(bar, now))

/** The bar under a pixel of a lane, and what of it the pointer holds. */
export function grabAt(row: Row | undefined, axis: Axis, px: number, columnPx: number): Grab | null {
  if (row?.kind !== 'lane') return null
  for (const bar of row.bars ?? []) {
    const left = pixelAt(axis, bar.start, columnPx)
    const right = pixelAt(axis, bar.end, columnPx)
    if (px < left || px >= right) continue
    const edges = right - left >= 2 * EDGE_PX + LEAST_BETWEEN_PX
    return { bar, part: edges && px < left + EDGE_PX ? 'start' : edges && px >= right - EDGE_PX ? 'end' : 'body' }
  }
  return null
}

/** Where a bar is after it was dragged by so many columns: never before `now`, never without length. */
export function dragged({ bar, part }: Grab, columns: number, step: number, now: Instant): Span {
  const by = columns * step
  const earliest = Math.ceil(now / step) * step
  const next = Math.floor(now / step) * step + step
  switch (part) {
    case 'body': {
      const start = Math.max(bar.start + by, earliest)
      return { start, end: start + (bar.end - bar.start) }
    }
    case 'start':
      return { start: Math.min(Math.max(bar.start + by, earliest), bar.end - step), end: bar.end }
    case 'end':
      return { start: bar.start, end: Math.max(bar.end + by, bar.start + step, next) }
  }
}
