/** Where the focus is: a row and a column. On a strip the run that holds the column has it. */
export interface Place {
  row: number
  column: number
}

export type Command =
  | { kind: 'focus'; place: Place }
  /** The selection grows to the new place, from where it began. */
  | { kind: 'extend'; place: Place }
  | { kind: 'choose' }
  | { kind: 'clear' }
  | { kind: 'period'; by: 1 | -1 }
  | { kind: 'today' }
  | { kind: 'help' }

export interface Key {
  key: string
  shiftKey: boolean
  ctrlKey: boolean
  altKey: boolean
  metaKey: boolean
}

export interface GridSize {
  rows: number
  columns: number
  /** The next column to the left or right: on a strip that is the next run. */
  beside(place: Place, by: 1 | -1): number
}

const clamp = (value: number, most: number): number => Math.min(Math.max(value, 0), Math.max(0, most - 1))

/** What a key means in the grid; null for keys that are none of its business. */
export function commandOf(key: Key, at: Place, size: GridSize): Command | null {
  if (key.ctrlKey || key.altKey || key.metaKey) return null
  const to = (row: number, column: number): Command => ({
    kind: key.shiftKey && row === at.row ? 'extend' : 'focus',
    place: { row: clamp(row, size.rows), column: clamp(column, size.columns) },
  })
  switch (key.key) {
    case 'ArrowRight':
      return to(at.row, size.beside(at, 1))
    case 'ArrowLeft':
      return to(at.row, size.beside(at, -1))
    case 'ArrowDown':
      return to(at.row + 1, at.column)
    case 'ArrowUp':
      return to(at.row - 1, at.column)
    case 'Home':
      return to(at.row, 0)
    case 'End':
      return to(at.row, size.columns - 1)
    case 'PageDown':
      return { kind: 'period', by: 1 }
    case 'PageUp':
      return { kind: 'period', by: -1 }
    case 'Enter':
    case ' ':
      return { kind: 'choose' }
    case 'Escape':
      return { kind: 'clear' }
    case 't':
    case 'T':
      return { kind: 'today' }
    case '?':
      return { kind: 'help' }
    default:
      return null
  }
}
