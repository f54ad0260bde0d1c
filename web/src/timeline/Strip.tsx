import { memo, type CSSProperties, type RefObject } from 'react'
import { columnAt, type Axis } from '../time/axis'
import { boxOf, isInSight, keepsWordsInSight, type ColumnRange } from './layout'
import type { ClassRow, ResourceRow } from './rows'
import { shownText, type Run } from './strips'

export interface StripProps {
  row: ClassRow | ResourceRow
  index: number
  top: number
  axis: Axis
  columnPx: number
  runs: Run[]
  sight: ColumnRange
  focusColumn: number | null
  /** Set to the cell that has it. */
  focusCell: RefObject<HTMLDivElement | null>
  loading: boolean
  onToggle(deviceClass: string): void
}

/** Free capacity over time: a cell per run of the same amount, with number, colour and pattern. */
export const Strip = memo(function Strip({
  row,
  index,
  top,
  axis,
  columnPx,
  runs,
  sight,
  focusColumn,
  focusCell,
  loading,
  onToggle,
}: StripProps) {
  return (
    <div
      role="row"
      aria-rowindex={index + 3}
      className={`tl-row tl-strip tl-${row.kind}`}
      style={{ top }}
      data-strip={row.key}
    >
      <div role="rowheader" className="tl-name">
        {row.kind === 'class' && row.expandable ? (
          // The grid is one tab stop: Enter on a cell of this row does the same.
          <button
            type="button"
            tabIndex={-1}
            className="tl-toggle"
            aria-expanded={row.expanded}
            onClick={() => onToggle(row.deviceClass)}
          >
            <span aria-hidden="true">{row.expanded ? '▾' : '▸'}</span> {row.title}
          </button>
        ) : (
          <span className="tl-title">{row.title}</span>
        )}
        <span className="tl-node">{row.total} in all</span>
      </div>
      <div className="tl-track" role="presentation">
        {loading && runs.length === 0 && (
          <div role="gridcell" className="tl-run tl-loading" style={{ left: 0, width: axis.columns.length * columnPx }}>
            loading
          </div>
        )}
        {runs.map((run) => {
          const box = boxOf(axis, run, columnPx)
          if (!box) return null
          const text = shownText(run.text, box.width)
          const first = columnAt(axis, run.start)
          const last = columnAt(axis, run.end - 1)
          const focused = focusColumn !== null && focusColumn >= first && focusColumn <= last
          if (!focused && !isInSight(box, sight, columnPx)) return null
          return (
            <div
              key={run.start}
              role="gridcell"
              aria-label={run.name}
              aria-colindex={first + 2}
              aria-colspan={Math.max(1, last - first + 1)}
              className={`tl-run tl-bin${run.bin}${keepsWordsInSight(box) ? ' tl-long' : ''}`}
              style={box as CSSProperties}
              ref={focused ? focusCell : undefined}
              tabIndex={focused ? 0 : undefined}
              data-run={first}
              title={run.text}
            >
              {text && <span>{text}</span>}
            </div>
          )
        })}
      </div>
    </div>
  )
})
