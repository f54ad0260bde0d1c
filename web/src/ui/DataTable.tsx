import type { ReactNode } from 'react'
import './table.css'

/** What a list is sorted by, as the API says it: a name, with `-` for the latest first. */
export interface Column<Row, Sort extends string> {
  head: string
  cell(row: Row): ReactNode
  /** The orders of the server that this column stands for; without them its head is no button. */
  sort?: { up: Sort; down: Sort }
}

interface Props<Row, Sort extends string> {
  /** What it lists: "reservations". */
  what: string
  /** The first one names its row. */
  columns: Column<Row, Sort>[]
  rows: Row[]
  keyOf(row: Row): string
  sort: Sort
  onSort(sort: Sort): void
}

/** A table at desk width, cards on a phone: the same cells, laid out by the style sheet. The server sorts. */
export function DataTable<Row, Sort extends string>({ what, columns, rows, keyOf, sort, onSort }: Props<Row, Sort>) {
  return (
    <div className="berth-table-scroll" tabIndex={0} role="region" aria-label={`Table of ${what}`}>
      <table className="berth-table">
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.head} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column, index) =>
                index === 0 ? (
                  <th key={column.head} scope="row" data-label={column.head}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.head} data-label={column.head}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface HeadProps<Row, Sort extends string> {
  column: Column<Row, Sort>
  sort: Sort
  onSort(sort: Sort): void
}

function Head<Row, Sort extends string>({ column, sort, onSort }: HeadProps<Row, Sort>) {
  const order = column.sort
  if (!order) return <th scope="col">{column.head}</th>
  const up = sort === order.up
  const down = sort === order.down
  return (
    <th scope="col" aria-sort={up ? 'ascending' : down ? 'descending' : 'none'}>
      <button type="button" className="berth-sort" onClick={() => onSort(up ? order.down : order.up)}>
        {column.head} <span aria-hidden="true">{up ? '▲' : down ? '▼' : '↕'}</span>
      </button>
    </th>
  )
}
