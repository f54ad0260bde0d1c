// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeAxis } from '../time/axis'
import { MINUTE, type Span } from '../time/instants'
import { canDrag, dragged, grabAt, type Grab } from './grab'
import type { Bar, LaneRow } from './rows'
import { useSelection } from './use_selection'

const at = (text: string) => Date.parse(`2026-11-24T${text}:00Z`)
const STEP = 30 * MINUTE
const COLUMN_PX = 20
const axis = makeAxis('2026-11-24', 1, 'UTC', STEP)
const NOW = at('09:40')

const bar = (start: string, end: string, change: Partial<Bar> = {}): Bar => ({
  start: at(start),
  end: at(end),
  kind: 'mine',
  reservation: 'r',
  name: 'run',
  owner: '',
  state: 'APPROVED',
  phase: '',
  ...change,
})

let lane: Bar
let said: string[]
const clock = (span: Span) => [span.start, span.end].map((it) => new Date(it).toISOString().slice(11, 16)).join(' to ')

function Lane() {
  const row = { kind: 'lane', bars: [lane] } as LaneRow
  const { pointer } = useSelection({
    axis,
    columnPx: COLUMN_PX,
    canSelect: () => true,
    onSelect: (_, span) => said.push(`selected ${clock(span)}`),
    onPlainClick: () => said.push('shown') > 0,
    onFocusCell: () => undefined,
    grabAt: (_, px) => grabAt(row, axis, px, COLUMN_PX),
    draggedTo: (grab: Grab, columns) => (canDrag(grab, NOW) ? dragged(grab, columns, STEP, NOW) : null),
    onMoved: (_, to) => said.push(`moved ${clock(to)}`),
    onStays: () => said.push('stays'),
  })
  return (
    <div {...pointer}>
      <div data-lane="lane">
        <div className="tl-track" role="presentation" data-testid="track" />
      </div>
    </div>
  )
}

beforeEach(() => {
  said = []
  // Nothing is laid out here: a pointer is where it says that it is.
  HTMLElement.prototype.setPointerCapture = () => undefined
})
afterEach(cleanup)

const px = (time: string, by = 5) => ((at(time) - axis.start) / STEP) * COLUMN_PX + by

function drag(from: number, to: number, pointerType = 'mouse') {
  render(<Lane />)
  const track = screen.getByTestId('track')
  const send = (type: string, clientX: number) =>
    fireEvent(
      track,
      new PointerEvent(type, { bubbles: true, button: 0, pointerId: 1, pointerType, clientX } as PointerEventInit),
    )
  send('pointerdown', from)
  if (to !== from) send('pointermove', to)
  send('pointerup', to)
}

test('what has not begun moves with the pointer, and by its ends', () => {
  lane = bar('12:00', '14:00')
  drag(px('13:00'), px('14:00'))
  cleanup()
  drag(px('14:00', -2), px('15:00', -2))
  cleanup()
  drag(px('12:00', 2), px('11:00', 2))
  expect(said).toEqual(['moved 13:00 to 15:00', 'moved 12:00 to 15:00', 'moved 11:00 to 14:00'])
})

test('of what runs the end moves, longer and shorter, and the start never', () => {
  lane = bar('08:00', '12:00', { state: 'ACTIVE' })
  drag(px('12:00', -2), px('14:00', -2))
  cleanup()
  drag(px('12:00', -2), px('11:00', -2))
  cleanup()
  drag(px('12:00', -2), px('07:00', -2))
  expect(said).toEqual(['moved 08:00 to 14:00', 'moved 08:00 to 11:00', 'moved 08:00 to 10:00'])
})

test('what is dragged and cannot move is told as that, and selects no time', () => {
  for (const [one, from] of [
    [bar('08:00', '12:00', { state: 'ACTIVE' }), px('10:00')],
    [bar('08:00', '12:00', { state: 'ACTIVE' }), px('08:00', 2)],
    [bar('09:00', '12:00'), px('12:00', -2)],
    [bar('07:00', '09:00', { state: 'COMPLETED' }), px('08:00')],
  ] as const) {
    lane = one
    drag(from, from + 2 * COLUMN_PX)
    cleanup()
  }
  expect(said).toEqual(['stays', 'stays', 'stays', 'stays'])
})

test('Escape drops what is being dragged, a bar or a selection, wherever the focus is', () => {
  for (const [one, from] of [
    [bar('12:00', '14:00'), '13:00'],
    [bar('12:00', '14:00'), '15:00'],
  ] as const) {
    lane = one
    render(<Lane />)
    const track = screen.getByTestId('track')
    const send = (type: string, time: string) =>
      fireEvent(
        track,
        new PointerEvent(type, { bubbles: true, button: 0, pointerId: 1, pointerType: 'mouse', clientX: px(time) }),
      )
    send('pointerdown', from)
    send('pointermove', '17:00')
    fireEvent.keyDown(document.body, { key: 'Escape' })
    send('pointermove', '18:00')
    send('pointerup', '18:00')
    cleanup()
  }
  expect(said).toEqual([])
})

test('a click, and a finger whatever way it goes, shows the bar', () => {
  lane = bar('08:00', '12:00', { state: 'ACTIVE' })
  drag(px('10:00'), px('10:00'))
  cleanup()
  lane = bar('12:00', '14:00')
  drag(px('13:00'), px('13:00') + 2 * COLUMN_PX, 'touch')
  expect(said).toEqual(['shown', 'shown'])
})
