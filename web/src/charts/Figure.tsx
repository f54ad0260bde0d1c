import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { useId, useRef, useState, type ReactNode } from 'react'
import './charts.css'
import { useWidth } from './use_width'

/** The values of a chart: the first cell of a row names it. */
export interface TableOf {
  head: string[]
  rows: { key: string; cells: string[]; marked?: boolean }[]
}

interface Props {
  title: string
  /** What the chart says, in words. */
  sentence: ReactNode
  table: TableOf
  /** The last values that could be calculated, not those that are entered. */
  previous: boolean
  /** Draws into that many pixels. */
  children(width: number): ReactNode
}

/** A chart with its title, its sentence, and the same values as a table. */
export function Figure({ title, sentence, table, previous, children }: Props) {
  const [asTable, setAsTable] = useState(false)
  const place = useRef<HTMLDivElement>(null)
  const width = useWidth(place)
  const id = useId()
  return (
    <figure className={previous ? 'ch-figure ch-previous' : 'ch-figure'} aria-labelledby={id}>
      <figcaption className="ch-caption">
        <h2 id={id}>{title}</h2>
        <Button variant="link" isInline onClick={() => setAsTable(!asTable)} aria-describedby={id}>
          {asTable ? 'Show as chart' : 'Show as table'}
        </Button>
      </figcaption>
      {sentence && <p className="ch-sentence">{sentence}</p>}
      {previous && <p className="ch-from-previous">from previous values</p>}
      <div ref={place}>{asTable ? <ChartTable title={title} table={table} /> : children(width)}</div>
    </figure>
  )
}

function ChartTable({ title, table }: { title: string; table: TableOf }) {
  return (
    <div className="ch-scroll" tabIndex={0} role="region" aria-label={`Table: ${title}`}>
      <table className="ch-table">
        <thead>
          <tr>
            {table.head.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row) => (
            <tr key={row.key} className={row.marked ? 'ch-marked-row' : undefined}>
              {row.cells.map((cell, at) =>
                at === 0 ? (
                  <th key={at} scope="row">
                    {cell}
                  </th>
                ) : (
                  <td key={at}>{cell}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
