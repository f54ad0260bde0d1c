import { useLayoutEffect, useRef, type RefObject } from 'react'
import type { Axis } from '../time/axis'
import { HOUR, type Instant, type Span } from '../time/instants'
import { pixelAt } from './layout'

const BEFORE_NOW_MS = HOUR
const MORNING_MS = 7 * HOUR

/** A new axis opens where it matters: shortly before now, or in the morning of another day. */
export function useScrollToNow(
  scroller: RefObject<HTMLElement | null>,
  axis: Axis,
  now: Instant,
  columnPx: number,
): void {
  const shown = useRef('')
  useLayoutEffect(() => {
    const node = scroller.current
    const key = `${axis.start} ${axis.end}`
    if (!node || shown.current === key) return
    shown.current = key
    const at = now >= axis.start && now < axis.end ? now - BEFORE_NOW_MS : axis.start + MORNING_MS
    node.scrollLeft = Math.max(0, pixelAt(axis, at, columnPx))
  }, [scroller, axis, now, columnPx])
}

/** A new selection stays in sight when the form opens beside it and takes width away. */
export function useKeepInSight(
  scroller: RefObject<HTMLElement | null>,
  axis: Axis,
  selected: Span | null,
  columnPx: number,
  viewPx: number,
): void {
  const start = selected?.start ?? null
  const end = selected?.end ?? null
  useLayoutEffect(() => {
    const node = scroller.current
    if (!node || start === null || end === null || start >= axis.end || end <= axis.start) return
    const left = pixelAt(axis, Math.max(start, axis.start), columnPx)
    const right = pixelAt(axis, Math.min(end, axis.end), columnPx)
    if (left < node.scrollLeft || right - left > viewPx) node.scrollLeft = left
    else if (right > node.scrollLeft + viewPx) node.scrollLeft = right - viewPx
  }, [scroller, axis, start, end, columnPx, viewPx])
}
