import type { Axis } from '../time/axis'
import type { Instant, Span } from '../time/instants'

/** Where something is drawn on a lane, in pixels from the axis's start. */
export interface Box {
  left: number
  width: number
}

/** Narrower than this cannot be seen. */
const LEAST_WIDTH_PX = 2

export const pixelAt = (axis: Axis, at: Instant, columnPx: number): number => ((at - axis.start) / axis.step) * columnPx

/** Columns narrower than this are drawn together. */
export const NARROW_PX = 7

/** The box of a span; null where it lies outside the axis. */
export function boxOf(axis: Axis, span: Span, columnPx: number): Box | null {
  const start = Math.max(span.start, axis.start)
  const end = Math.min(span.end, axis.end)
  if (start >= end) return null
  const left = pixelAt(axis, start, columnPx)
  return { left, width: Math.max(LEAST_WIDTH_PX, pixelAt(axis, end, columnPx) - left) }
}

/** Width of a column: the axis fills what there is, but no column gets narrower than `least`. */
export const columnWidth = (columns: number, available: number, least: number): number =>
  columns === 0 ? least : Math.max(least, available / columns)

/** The column under a pixel, kept inside the axis. */
export function columnUnder(axis: Axis, px: number, columnPx: number): number {
  const column = Math.floor(px / columnPx)
  return Math.min(Math.max(column, 0), axis.columns.length - 1)
}

/** From one column to another, both included, whichever comes first. */
export function spanOfColumns(axis: Axis, a: number, b: number): Span {
  const first = Math.min(a, b)
  const last = Math.max(a, b)
  const start = axis.columns[first] ?? axis.start
  return { start, end: start + (last - first + 1) * axis.step }
}

export interface ColumnRange {
  first: number
  /** Not included. */
  end: number
}

/** Columns in sight, rounded outwards to whole blocks so that a little scrolling draws nothing anew. */
export function columnsInSight(
  columns: number,
  scrollLeft: number,
  viewWidth: number,
  columnPx: number,
  block: number,
): ColumnRange {
  const first = Math.floor(scrollLeft / columnPx / block) * block - block
  const end = Math.ceil((scrollLeft + viewWidth) / columnPx / block) * block + block
  return { first: Math.max(0, first), end: Math.min(columns, end) }
}

/** Whether any of a box lies in those columns. */
export const isInSight = (box: Box, sight: ColumnRange, columnPx: number): boolean =>
  box.left < sight.end * columnPx && box.left + box.width > sight.first * columnPx

/** Whether the words in a box stay in sight while it is scrolled. Each such box is a layer of its own, so only long ones are. */
export const keepsWordsInSight = (box: Box): boolean => box.width >= 240
