import { useCallback, useLayoutEffect, useRef, useState, type FocusEvent, type RefObject } from 'react'
import { columnAt, type Axis } from '../time/axis'
import type { Instant } from '../time/instants'
import type { Place } from './keyboard'
import type { Row } from './rows'

/**
 * The one cell of the grid that Tab reaches. It is kept by row name and instant, so it stays on the same thing when rows
 * come and go or the zone changes.
 */
export function useGridFocus(
  scroller: RefObject<HTMLElement | null>,
  focusCell: RefObject<HTMLElement | null>,
  rows: Row[],
  axis: Axis,
  now: Instant,
  columnPx: number,
  nameWidth: number,
) {
  const [held, setHeld] = useState<{ rowKey: string; at: Instant } | null>(null)
  const wanted = useRef(false)

  const known = held ? rows.findIndex((row) => row.key === held.rowKey) : -1
  const firstLane = Math.max(
    0,
    rows.findIndex((row) => row.kind === 'lane'),
  )
  const at =
    held && held.at >= axis.start && held.at < axis.end ? held.at : Math.min(Math.max(now, axis.start), axis.end - 1)
  const place: Place | null =
    rows.length === 0 ? null : { row: known >= 0 ? known : firstLane, column: columnAt(axis, at) }

  const set = useCallback(
    (next: Place) => {
      const rowKey = rows[next.row]?.key
      const start = axis.columns[next.column]
      if (rowKey !== undefined && start !== undefined) setHeld({ rowKey, at: start })
    },
    [rows, axis],
  )
  const move = useCallback(
    (next: Place) => {
      wanted.current = true
      set(next)
    },
    [set],
  )

  const row = place?.row
  const column = place?.column
  useLayoutEffect(() => {
    const node = scroller.current
    if (!wanted.current || !node || row === undefined || column === undefined) return
    const cell = focusCell.current
    if (!cell) return
    wanted.current = false
    cell.focus({ preventScroll: true })
    reveal(node, cell, columnPx, column, nameWidth)
  }, [scroller, focusCell, row, column, held, columnPx, nameWidth])

  /** The focus came by Tab or pointer: it is where the browser put it. */
  const onFocus = useCallback((event: FocusEvent) => {
    if (!(event.target as Element).matches('[role="gridcell"]')) return
    wanted.current = false
  }, [])

  return { place, set, move, onFocus, forget: () => setHeld(null) }
}

/** Scrolls so that the cell is not under the sticky head or names. */
function reveal(node: HTMLElement, cell: HTMLElement, columnPx: number, column: number, nameWidth: number): void {
  const head = node.querySelector<HTMLElement>('.tl-head')?.offsetHeight ?? 0
  const view = node.getBoundingClientRect()
  const box = cell.getBoundingClientRect()
  if (box.top < view.top + head) node.scrollTop -= view.top + head - box.top
  if (box.bottom > view.top + node.clientHeight) node.scrollTop += box.bottom - view.top - node.clientHeight
  const left = column * columnPx
  if (left < node.scrollLeft) node.scrollLeft = left
  const right = left + Math.max(columnPx, 24)
  if (right > node.scrollLeft + node.clientWidth - nameWidth) node.scrollLeft = right - node.clientWidth + nameWidth
  cell.scrollIntoView({ block: 'nearest', inline: 'nearest' })
}
