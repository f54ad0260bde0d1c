import { useCallback, useEffect, useRef, useState, type PointerEvent as ReactPointerEvent } from 'react'
import type { Axis } from '../time/axis'
import type { Span } from '../time/instants'
import type { Grab } from './grab'
import { columnUnder, spanOfColumns } from './layout'

/** Where a selection is being made: a lane, and from one column to another. */
export interface Making {
  rowKey: string
  from: number
  to: number
  /** Waiting for the second click or Enter, rather than being dragged. */
  waiting: boolean
  /** A bar is being dragged: where it would be. */
  moved?: Span
}

export interface SelectionInput {
  axis: Axis
  columnPx: number
  canSelect(rowKey: string, column: number): boolean
  /** The selection is complete. */
  onSelect(rowKey: string, span: Span): void
  /** A click on a lane that neither begins nor ends a selection here; true when it was dealt with. */
  onPlainClick(rowKey: string, column: number): boolean
  onFocusCell(rowKey: string, column: number): void
  /** What of a bar lies under a pixel of a lane. */
  grabAt(rowKey: string, px: number): Grab | null
  /** Where that is after so many columns; null for a bar that stays where it is. */
  draggedTo(grab: Grab, columns: number): Span | null
  onMoved(grab: Grab, to: Span): void
  /** It was dragged, and stays: why is to be told. */
  onStays(grab: Grab): void
}

interface Press {
  pointer: number
  rowKey: string
  column: number
  originPx: number
  dragging: boolean
  grab: Grab | null
  stays: boolean
}

/** Making a selection in three equal ways: drag, two clicks, keys. */
export function useSelection(input: SelectionInput) {
  const [making, setMaking] = useState<Making | null>(null)
  const press = useRef<Press | null>(null)
  const now = useRef({ input, making })
  now.current = { input, making }

  const finish = useCallback((rowKey: string, from: number, to: number) => {
    setMaking(null)
    const { axis, onSelect } = now.current.input
    onSelect(rowKey, spanOfColumns(axis, from, to))
  }, [])

  /** A click or Enter on a column: sets the start, then the end. */
  const choose = useCallback(
    (rowKey: string, column: number) => {
      const { input: it, making: open } = now.current
      if (open?.waiting && open.rowKey === rowKey && it.canSelect(rowKey, column)) {
        finish(rowKey, open.from, column)
      } else if (!it.onPlainClick(rowKey, column) && it.canSelect(rowKey, column)) {
        setMaking({ rowKey, from: column, to: column, waiting: true })
      }
    },
    [finish],
  )

  /** Shift and an arrow: from where the selection began, or from the cell that has the focus. */
  const extend = useCallback((rowKey: string, focused: number, to: number) => {
    const { input: it, making: open } = now.current
    const from = open?.rowKey === rowKey ? open.from : focused
    if (!it.canSelect(rowKey, from) || !it.canSelect(rowKey, to)) return false
    setMaking({ rowKey, from, to, waiting: true })
    return true
  }, [])

  /** Takes back what is being made; what the pointer still holds is let go with it. */
  const clear = useCallback(() => {
    press.current = null
    setMaking(null)
  }, [])

  const dragging = making !== null && !making.waiting
  useEffect(() => {
    if (!dragging) return
    // Wherever the focus is: while something is dragged, Escape means that.
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') clear()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [dragging, clear])

  const onPointerDown = useCallback((event: ReactPointerEvent<HTMLElement>) => {
    if (event.button !== 0) return
    const track = (event.target as Element).closest<HTMLElement>('.tl-track')
    const rowKey = track?.closest<HTMLElement>('[data-lane]')?.dataset['lane']
    if (!track || rowKey === undefined) return
    const { input: it } = now.current
    const originPx = track.getBoundingClientRect().left
    const column = columnUnder(it.axis, event.clientX - originPx, it.columnPx)
    it.onFocusCell(rowKey, column)
    press.current = {
      pointer: event.pointerId,
      rowKey,
      column,
      originPx,
      dragging: false,
      stays: false,
      grab: it.grabAt(rowKey, event.clientX - originPx),
    }
    // A finger scrolls; it selects with two taps.
    if (event.pointerType !== 'touch') event.currentTarget.setPointerCapture(event.pointerId)
  }, [])

  const onPointerMove = useCallback((event: ReactPointerEvent<HTMLElement>) => {
    const held = press.current
    if (!held || held.pointer !== event.pointerId || event.pointerType === 'touch') return
    const { axis, columnPx, canSelect } = now.current.input
    const column = columnUnder(axis, event.clientX - held.originPx, columnPx)
    if (!held.dragging && column === held.column) return
    if (held.grab) {
      // Dragging a bar moves it or is refused; it never begins a reservation that its own bar is in the way of.
      const moved = now.current.input.draggedTo(held.grab, column - held.column)
      held.stays = moved === null
      if (!moved) return
      held.dragging = true
      setMaking({ rowKey: held.rowKey, from: held.column, to: column, waiting: false, moved })
      return
    }
    if (!canSelect(held.rowKey, held.column)) return
    held.dragging = true
    // Past time cannot be swept over: the selection stops at its edge.
    const to = canSelect(held.rowKey, column) ? column : held.column
    setMaking({ rowKey: held.rowKey, from: held.column, to, waiting: false })
  }, [])

  const onPointerUp = useCallback(
    (event: ReactPointerEvent<HTMLElement>) => {
      const held = press.current
      press.current = null
      if (!held || held.pointer !== event.pointerId) return
      const { making: open } = now.current
      if (held.grab && held.stays) now.current.input.onStays(held.grab)
      else if (held.grab && held.dragging && open?.moved) {
        setMaking(null)
        now.current.input.onMoved(held.grab, open.moved)
      } else if (held.dragging && open) finish(open.rowKey, open.from, open.to)
      else choose(held.rowKey, held.column)
    },
    [choose, finish],
  )

  const onPointerCancel = useCallback(() => {
    if (press.current?.dragging) setMaking(null)
    press.current = null
  }, [])

  return { making, choose, extend, clear, pointer: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel } }
}
