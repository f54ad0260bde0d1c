import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useLayoutEffect, useMemo, useRef, type KeyboardEvent } from 'react'
import { columnAt, type Axis } from '../time/axis'
import type { Instant, Span } from '../time/instants'
import { abbreviation } from '../time/zones'
import { ColumnNames, cellStates, isSelectable, type CellState } from './cells'
import { canDrag, dragged, grabAt } from './grab'
import { Header } from './Header'
import { commandOf, type Place } from './keyboard'
import { Lane } from './Lane'
import { NARROW_PX, columnWidth, columnsInSight, pixelAt, spanOfColumns } from './layout'
import type { Bar, Row } from './rows'
import { Strip } from './Strip'
import type { Run } from './strips'
import './timeline.css'
import { useGridFocus } from './use_grid_focus'
import { useSelection } from './use_selection'
import { useKeepInSight, useScrollToNow } from './use_scroll_to_now'
import { useSize } from './use_size'

const HEIGHT = { class: 34, lane: 32, resource: 30 }
const BLOCK_COLUMNS = 24
const ROWS_AROUND = 2
const NO_RUNS: Run[] = []
const NO_STATES: CellState[] = []

export interface TimelineProps {
  label: string
  axis: Axis
  rows: Row[]
  runsOf(row: Row): Run[]
  leastColumnPx: number
  /** Each hour has its label, however narrow. */
  everyHour: boolean
  now: Instant
  horizon: Instant
  /** The selection in the form. `rowKey` is the lane it is painted on. */
  selected: (Span & { rowKey: string; conflict: boolean }) | null
  loading: boolean
  disabled: boolean
  onSelect(rowKey: string, span: Span): void
  onClear(): void
  onPeriod(by: 1 | -1): void
  onToday(): void
  onHelp(): void
  onToggle(deviceClass: string): void
  /** `at` is where the cell is on the screen. */
  onBar(bar: Bar, rowKey: string, column: number, at: DOMRect): void
  /** A bar was dragged, or one of its ends. */
  onMove(bar: Bar, to: Span): void
  /** A bar of one's own was dragged that stays where it is. */
  onStays(bar: Bar): void
  /** While a selection is being made, and null when it is not. */
  onMaking(span: Span | null): void
}

/** Lanes over time. What is drawn where is decided in layout.ts, cells.ts, rows.ts and strips.ts. */
export function Timeline(props: TimelineProps) {
  const { axis, rows, now, horizon, selected, runsOf, onMaking } = props
  const scroller = useRef<HTMLDivElement>(null)
  const size = useSize(scroller)
  const nameWidth = size.width < 700 ? 136 : 190
  const columnPx = columnWidth(axis.columns.length, size.width - nameWidth - 1, props.leastColumnPx)
  const seen = columnsInSight(axis.columns.length, size.scrollLeft, size.width - nameWidth, columnPx, BLOCK_COLUMNS)
  // The same object for the same columns, so that rows are not drawn anew for nothing.
  const sight = useMemo(() => ({ first: seen.first, end: seen.end }), [seen.first, seen.end])

  const names = useMemo(() => new ColumnNames(axis), [axis])
  const slowNow = columnAt(axis, now)
  // Cells change with the column that now is in, not with every tick: `slowNow` stands for `now`.
  const states = useMemo(
    () =>
      new Map(
        rows.flatMap((row) => (row.kind === 'lane' ? [[row.key, cellStates(row, axis, now, horizon)] as const] : [])),
      ),
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [rows, axis, slowNow, horizon],
  )
  const runs = useMemo(() => new Map(rows.map((row) => [row.key, runsOf(row)])), [rows, runsOf])

  useScrollToNow(scroller, axis, now, columnPx)
  useKeepInSight(scroller, axis, selected, columnPx, size.width - nameWidth)
  const focusCell = useRef<HTMLDivElement>(null)
  const focus = useGridFocus(scroller, focusCell, rows, axis, now, columnPx, nameWidth)
  const laneOf = (rowKey: string) => rows.find((row) => row.key === rowKey)
  const canSelect = useCallback(
    (rowKey: string, column: number) => {
      const row = rows.find((it) => it.key === rowKey)
      return !props.disabled && row?.kind === 'lane' && !row.outOfService && isSelectable(axis, column, now, horizon)
    },
    [rows, axis, now, horizon, props.disabled],
  )
  const selection = useSelection({
    axis,
    columnPx,
    canSelect,
    onSelect: props.onSelect,
    onPlainClick: (rowKey, column) => {
      const row = laneOf(rowKey)
      const state = states.get(rowKey)?.[column]
      const bar = row?.kind === 'lane' && typeof state === 'number' ? row.bars?.[state] : undefined
      // The cell that is chosen has the focus.
      const at = focusCell.current?.getBoundingClientRect()
      if (bar && at) props.onBar(bar, rowKey, column, at)
      return bar !== undefined
    },
    grabAt: (rowKey, px) => {
      const grab = grabAt(laneOf(rowKey), axis, px, columnPx)
      // Others' time can be chosen, what it lacks is then told.
      return grab?.bar.kind === 'mine' ? grab : null
    },
    draggedTo: (grab, columns) =>
      props.disabled || !canDrag(grab, now) ? null : dragged(grab, columns, axis.step, now),
    onMoved: ({ bar }, to) => props.onMove(bar, to),
    onStays: ({ bar }) => props.onStays(bar),
    onFocusCell: (rowKey, column) => focus.set({ row: rows.findIndex((row) => row.key === rowKey), column }),
  })
  const making = selection.making
  const makingSpan = useMemo(
    () => making && (making.moved ?? spanOfColumns(axis, making.from, making.to)),
    [axis, making],
  )
  useLayoutEffect(() => onMaking(makingSpan), [makingSpan, onMaking])

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => HEIGHT[rows[index]?.kind ?? 'lane'],
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: ROWS_AROUND,
  })
  useLayoutEffect(() => virtual.measure(), [rows, virtual])
  const shown = virtual.getVirtualItems().map((item) => ({ index: item.index, top: item.start }))
  if (focus.place && !shown.some((item) => item.index === focus.place?.row)) {
    shown.push({ index: focus.place.row, top: virtual.getOffsetForIndex(focus.place.row, 'start')?.[0] ?? 0 })
  }

  const onKeyDown = (event: KeyboardEvent) => {
    const at = focus.place
    const inGrid = (event.target as Element).closest('[role="gridcell"]')
    if (!at || !inGrid) return
    const rowKey = rows[at.row]?.key ?? ''
    const beside = (place: Place, by: 1 | -1) => besideOn(rows, runs, axis, place, by)
    const command = commandOf(event, at, { rows: rows.length, columns: axis.columns.length, beside })
    if (!command) return
    event.preventDefault()
    switch (command.kind) {
      case 'focus':
        return focus.move(command.place)
      case 'extend':
        if (selection.extend(rowKey, at.column, command.place.column)) focus.move(command.place)
        return
      case 'choose': {
        const row = rows[at.row]
        if (row?.kind === 'class' && row.expandable) return props.onToggle(row.deviceClass)
        return selection.choose(rowKey, at.column)
      }
      case 'clear':
        // The first press takes back what is being made, the next one the selection in the form.
        if (selection.making) return selection.clear()
        return props.onClear()
      case 'period':
        return props.onPeriod(command.by)
      case 'today':
        return props.onToday()
      case 'help':
        return props.onHelp()
    }
  }

  const painted = makingSpan && making ? { ...makingSpan, rowKey: making.rowKey, conflict: false } : selected
  const width = nameWidth + axis.columns.length * columnPx
  const nowPx = now >= axis.start && now < axis.end ? pixelAt(axis, now, columnPx) : null
  return (
    <div className="tl-scroll" ref={scroller}>
      <div
        role="grid"
        aria-label={props.label}
        aria-rowcount={rows.length + 2}
        aria-colcount={axis.columns.length + 1}
        aria-busy={props.loading || undefined}
        className={`tl-grid${props.disabled ? ' tl-disabled' : ''}${columnPx < NARROW_PX ? ' tl-narrow' : ''}`}
        style={{ width, ['--tl-name' as string]: `${nameWidth}px`, ['--tl-px' as string]: width }}
        onKeyDown={onKeyDown}
        onFocus={focus.onFocus}
        {...selection.pointer}
      >
        <Header
          axis={axis}
          columnPx={columnPx}
          everyHour={props.everyHour}
          now={axis.start}
          zoneName={abbreviation(axis.start, axis.zone)}
        />
        <div role="rowgroup" className="tl-body" style={{ height: virtual.getTotalSize() }}>
          {shown.map(({ index, top }) => {
            const row = rows[index]
            if (!row) return null
            const focusColumn = focus.place?.row === index ? focus.place.column : null
            if (row.kind === 'lane') {
              return (
                <Lane
                  key={row.key}
                  row={row}
                  index={index}
                  top={top}
                  axis={axis}
                  columnPx={columnPx}
                  states={states.get(row.key) ?? NO_STATES}
                  names={names}
                  sight={sight}
                  now={now - (now % axis.step)}
                  focusColumn={focusColumn}
                  focusCell={focusCell}
                  selected={painted?.rowKey === row.key ? painted : null}
                />
              )
            }
            return (
              <Strip
                key={row.key}
                row={row}
                index={index}
                top={top}
                axis={axis}
                columnPx={columnPx}
                runs={runs.get(row.key) ?? NO_RUNS}
                sight={sight}
                focusColumn={focusColumn}
                focusCell={focusCell}
                loading={props.loading}
                onToggle={props.onToggle}
              />
            )
          })}
          {nowPx !== null && <div aria-hidden="true" className="tl-now" style={{ left: nameWidth + nowPx }} />}
        </div>
      </div>
    </div>
  )
}

/** The next cell to a side: a column on a lane, a run on a strip. */
function besideOn(rows: Row[], runs: Map<string, Run[]>, axis: Axis, place: Place, by: 1 | -1): number {
  const row = rows[place.row]
  if (!row || row.kind === 'lane') return place.column + by
  const own = runs.get(row.key) ?? []
  const at = axis.columns[place.column] ?? axis.start
  const index = own.findIndex((run) => run.start < at + axis.step && run.end > at)
  const next = own[index + by]
  return next ? Math.max(0, columnAt(axis, next.start)) : place.column
}
