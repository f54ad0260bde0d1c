import { memo, type CSSProperties, type RefObject } from 'react'
import type { Axis } from '../time/axis'
import { lengthOf } from '../time/format'
import type { Instant, Span } from '../time/instants'
import { barLabel, cellRuns, isStranded, stateWords, type CellState, type ColumnNames } from './cells'
import { isMovable, isRunning } from './grab'
import { NARROW_PX, boxOf, isInSight, keepsWordsInSight, type ColumnRange } from './layout'
import type { LaneRow } from './rows'

/** In less there is no room for a word. */
const LABEL_PX = 30

export interface LaneProps {
  row: LaneRow
  index: number
  top: number
  axis: Axis
  columnPx: number
  states: CellState[]
  names: ColumnNames
  sight: ColumnRange
  now: Instant
  /** The column that has the focus when it is in this lane. */
  focusColumn: number | null
  /** Set to the cell that has it. */
  focusCell: RefObject<HTMLDivElement | null>
  /** The selection when it is on this lane. */
  selected: (Span & { conflict: boolean }) | null
}

const takenClass = (row: LaneRow, state: number, end: Instant, now: Instant): string => {
  const bar = row.bars?.[state]
  if (bar && isMovable(bar, now)) return 'tl-taken tl-movable'
  return bar && end >= bar.end && isRunning(bar, now) ? 'tl-taken tl-resizable' : 'tl-taken'
}

/** One unit's line: a cell per step for keys, assistive technology and the pointer, with the bars drawn over them. */
export const Lane = memo(function Lane(props: LaneProps) {
  const { row, index, top, axis, columnPx, states, names, sight, now, focusColumn, focusCell, selected } = props
  const runs = cellRuns(states, sight, focusColumn, columnPx < NARROW_PX)
  const selection = selected && boxOf(axis, selected, columnPx)
  return (
    <div role="row" aria-rowindex={index + 3} className="tl-row tl-lane" style={{ top }} data-lane={row.key}>
      <div role="rowheader" className="tl-name">
        <span className="tl-title">{row.title}</span>
        {row.node && <span className="tl-node">{row.node}</span>}
        {row.outOfService && <span className="tl-node">out of service</span>}
      </div>
      <div className="tl-track" role="presentation">
        {runs.map((run) => {
          const state = states[run.first] ?? 'unknown'
          const start = axis.columns[run.first] ?? axis.start
          const end = start + (run.end - run.first) * axis.step
          const focused = run.first === focusColumn
          return (
            <div
              key={run.first}
              role="gridcell"
              aria-colindex={run.first + 2}
              aria-colspan={run.end - run.first > 1 ? run.end - run.first : undefined}
              aria-label={`${row.title}, ${names.of(run)}, ${stateWords(state, row, end <= now, now)}`}
              aria-selected={selected !== null && start < selected.end && end > selected.start}
              aria-disabled={state === 'past' || state === 'far' || undefined}
              className={`tl-cell ${typeof state === 'number' ? takenClass(row, state, end, now) : `tl-${state}`}`}
              style={{ left: run.first * columnPx, width: (run.end - run.first) * columnPx }}
              ref={focused ? focusCell : undefined}
              tabIndex={focused ? 0 : undefined}
              data-column={run.first}
            />
          )
        })}
        {row.bars?.map((bar, at) => {
          const box = boxOf(axis, bar, columnPx)
          if (!box || !isInSight(box, sight, columnPx)) return null
          return (
            <div
              key={at}
              aria-hidden="true"
              className={`tl-bar tl-${bar.kind}${keepsWordsInSight(box) ? ' tl-long' : ''}${isStranded(row, bar, now) ? ' tl-stranded' : ''}`}
              style={box as CSSProperties}
            >
              {box.width >= LABEL_PX && (
                <span>{isStranded(row, bar, now) ? `⚠ ${barLabel(bar)}, out of service` : barLabel(bar)}</span>
              )}
            </div>
          )
        })}
        {selection && (
          <div
            aria-hidden="true"
            className={`tl-selection${selected.conflict ? ' tl-conflict' : ''}`}
            style={selection as CSSProperties}
          >
            {selection.width >= LABEL_PX && <span>{lengthOf(selected)}</span>}
          </div>
        )}
      </div>
    </div>
  )
})
