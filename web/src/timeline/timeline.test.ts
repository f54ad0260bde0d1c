import { describe, expect, test } from 'vitest'
import type { Calendar, Pool } from '../api/types'
import { makeAxis } from '../time/axis'
import { HOUR, MINUTE } from '../time/instants'
import { barLabel, ColumnNames, cellRuns, cellStates, isSelectable, isStranded, stateWords } from './cells'
import { canDrag, dragged, grabAt, isMovable, isRunning, type Part } from './grab'
import { shownDay } from './Header'
import { commandOf, type Key } from './keyboard'
import { boxOf, columnUnder, columnWidth, columnsInSight, spanOfColumns } from './layout'
import { rowsOf, type Bar, type LaneRow } from './rows'
import { binOf, classRuns, dailyRuns, merged, shownText } from './strips'

const BERLIN = 'Europe/Berlin'
const at = (text: string) => Date.parse(text)
const axis = makeAxis('2026-11-24', 1, BERLIN, 30 * MINUTE)
const FAR = at('2030-01-01T00:00:00Z')

function poolOf(units: number): Pool {
  const one = { cpu: 15, memory_gib: 92, storage_gib: 558 }
  return {
    name: 'p',
    cluster: 'c',
    currency: 'EUR',
    time_zone: BERLIN,
    policy: {
      step_minutes: 30,
      min_length_minutes: 30,
      max_length_minutes: 1440,
      lead_minutes: 0,
      horizon_days: 400,
      max_live_per_user: 9,
      start_deadline_minutes: 15,
      show_names: false,
    },
    device_classes: [
      {
        name: 's',
        title: 'Slice, 24 GB',
        device_memory_gib: 24,
        gpu_share: 0.25,
        rate: 0.8,
        currency: 'EUR',
        units,
        max_units: units,
        slots_per_unit: 2,
        home_gib: 20,
        model_cache_gib: 300,
        defaults: one,
      },
    ],
    capacity: { cpu: 100, memory_gib: 500, storage_gib: 1000 },
    nodes: [
      {
        name: 'n',
        bookable: one,
        units: Array.from({ length: units }, (_, i) => ({
          name: `u${i}`,
          device_class: 's',
          slots: 2,
          out_of_service: false,
          device: `g${i}`,
          placement: [0, 1],
        })),
      },
    ],
  }
}

const input = { calendar: undefined, free: undefined, kind: '', toggled: new Set<string>(), stripsOnly: false }

describe('a box', () => {
  test('lies where its time is', () => {
    const span = { start: at('2026-11-24T09:00:00Z'), end: at('2026-11-24T11:00:00Z') }
    expect(boxOf(axis, span, 20)).toEqual({ left: 20 * 20, width: 4 * 20 })
  })

  test('is cut at the edges of the axis, and none outside', () => {
    expect(boxOf(axis, { start: axis.start - HOUR, end: axis.start + HOUR }, 20)).toEqual({ left: 0, width: 40 })
    expect(boxOf(axis, { start: axis.end, end: axis.end + HOUR }, 20)).toBeNull()
  })

  test('of a short booking can still be seen', () => {
    expect(boxOf(axis, { start: axis.start, end: axis.start + 1000 }, 4)?.width).toBe(2)
  })

  test('is as long as elapsed time on a day of 23 hours', () => {
    const spring = makeAxis('2027-03-28', 1, BERLIN, 30 * MINUTE)
    const span = { start: at('2027-03-28T00:00:00Z'), end: at('2027-03-28T02:00:00Z') }
    expect(boxOf(spring, span, 10)).toEqual({ left: 20, width: 40 })
  })
})

describe('columns', () => {
  test('fill the width but are never narrower than they may be', () => {
    expect(columnWidth(48, 960, 16)).toBe(20)
    expect(columnWidth(336, 960, 5)).toBe(5)
  })

  test('under a pixel are kept inside', () => {
    expect(columnUnder(axis, -5, 20)).toBe(0)
    expect(columnUnder(axis, 39, 20)).toBe(1)
    expect(columnUnder(axis, 99_999, 20)).toBe(47)
  })

  test('make the same span in either direction, both ends included', () => {
    const span = { start: at('2026-11-24T09:00:00Z'), end: at('2026-11-24T13:00:00Z') }
    expect(spanOfColumns(axis, 20, 27)).toEqual(span)
    expect(spanOfColumns(axis, 27, 20)).toEqual(span)
  })

  test('in sight come in whole blocks around what is seen', () => {
    expect(columnsInSight(672, 400, 800, 4, 24)).toEqual({ first: 72, end: 336 })
    expect(columnsInSight(48, 0, 800, 20, 24)).toEqual({ first: 0, end: 48 })
  })
})

describe('rows', () => {
  test('have a strip per class, a numbered lane per unit, and CPU and memory', () => {
    const rows = rowsOf({ ...input, pool: poolOf(2) })
    expect(rows.map((row) => row.title)).toEqual([
      'Slice, 24 GB',
      'Slice 1, 24 GB',
      'Slice 2, 24 GB',
      'CPU',
      'Memory, GiB',
    ])
  })

  test('of more than eight units are the strip alone until asked for', () => {
    expect(rowsOf({ ...input, pool: poolOf(9) })).toHaveLength(3)
    expect(rowsOf({ ...input, pool: poolOf(9), toggled: new Set(['s']) })).toHaveLength(12)
  })

  test('of a month are strips alone', () => {
    expect(rowsOf({ ...input, pool: poolOf(2), stripsOnly: true }).every((row) => row.kind !== 'lane')).toBe(true)
  })
})

describe('cells', () => {
  const bar = { start: '2026-11-24T09:00:00Z', end: '2026-11-24T11:00:00Z', kind: 'booked' as const }
  const calendar: Calendar = {
    pool: 'p',
    from: '',
    to: '',
    lanes: [{ node: 'n', unit: 'u0', device: 'g0', device_class: 's', slots: 2, out_of_service: false, bars: [bar] }],
  }
  const lane = rowsOf({ ...input, pool: poolOf(1), calendar }).find((row): row is LaneRow => row.kind === 'lane')!
  const now = at('2026-11-24T07:10:00Z')
  const states = cellStates(lane, axis, now, FAR)

  test('tell past, free and booked', () => {
    expect(states[15]).toBe('past')
    expect(states[16]).toBe('free')
    expect([states[19], states[20], states[23], states[24]]).toEqual(['free', 0, 0, 'free'])
    expect(stateWords(0, lane, false, now)).toBe('booked')
  })

  test('of a unit that is out of service say so of what is booked there, until it is over', () => {
    const out = { ...lane, outOfService: true }
    expect(stateWords(0, out, false, now)).toBe('booked, on a unit that is out of service')
    const [booked] = out.bars!
    expect(isStranded(out, booked!, now)).toBe(true)
    expect(isStranded(out, booked!, booked!.end)).toBe(false)
    expect(isStranded(lane, booked!, now)).toBe(false)
    expect(isStranded(out, { ...booked!, kind: 'blocked' }, now)).toBe(false)
  })

  test('that a sibling blocks are taken, and say why', () => {
    const blocked = { ...bar, kind: 'blocked' as const }
    const lanes = calendar.lanes.map((it) => ({ ...it, bars: [blocked] }))
    const row = rowsOf({ ...input, pool: poolOf(1), calendar: { ...calendar, lanes } }).find(
      (it): it is LaneRow => it.kind === 'lane',
    )!
    expect(cellStates(row, axis, now, FAR)[20]).toBe(0)
    expect(stateWords(0, row, false, now)).toBe('blocked: another layout of the device is in use')
    expect(barLabel(row.bars![0]!)).toBe('Blocked')
  })

  test('have the names that the screen reader says', () => {
    expect(
      `Slice 2, 24 GB, ${new ColumnNames(axis).of({ first: 28, end: 29 })}, ${stateWords('free', lane, false, now)}`,
    ).toBe('Slice 2, 24 GB, Tue 24 Nov, 14:00 to 14:30 CET, free')
  })

  test('of the past cannot be chosen, the one that is running can', () => {
    expect(isSelectable(axis, 15, now, FAR)).toBe(false)
    expect(isSelectable(axis, 16, now, FAR)).toBe(true)
    expect(isSelectable(axis, 16, now, axis.start)).toBe(false)
  })

  test('are one per column where columns are wide, and one per run where they are narrow', () => {
    const sight = { first: 16, end: 26 }
    expect(cellRuns(states, sight, null, false)).toHaveLength(10)
    expect(cellRuns(states, sight, null, true)).toEqual([
      { first: 16, end: 20 },
      { first: 20, end: 24 },
      { first: 24, end: 26 },
    ])
  })

  test('with the focus are always a column of their own', () => {
    const sight = { first: 16, end: 20 }
    expect(cellRuns(states, sight, 17, true)).toEqual([
      { first: 16, end: 17 },
      { first: 17, end: 18 },
      { first: 18, end: 20 },
    ])
    expect(cellRuns(states, sight, 40, true).at(-1)).toEqual({ first: 40, end: 41 })
  })

  test('of a lane that is still loading say so', () => {
    expect(cellStates({ ...lane, bars: null }, axis, now, FAR)[20]).toBe('unknown')
  })
})

describe('a strip', () => {
  test('shows as much of its words as there is room for, and never half of one', () => {
    expect(shownText('3 of 4, fits', 200)).toBe('3 of 4, fits')
    expect(shownText('3 of 4, fits', 80)).toBe('3 of 4')
    expect(shownText('3 of 4', 40)).toBe('3')
    expect(shownText('122 of 122', 45)).toBe('122')
    expect(shownText('122 of 122', 40)).toBe('')
    expect(shownText('3 of 4', 10)).toBe('')
  })

  const part = (from: string, to: string, free: number) => ({
    start: at(from),
    end: at(to),
    free,
    blocked: 0,
    outOfService: 0,
  })
  const stretches = [
    part('2026-11-24T00:00:00Z', '2026-11-24T09:00:00Z', 4),
    part('2026-11-24T09:00:00Z', '2026-11-24T10:00:00Z', 3),
    part('2026-11-24T10:00:00Z', '2026-11-24T11:00:00Z', 3),
    part('2026-11-24T11:00:00Z', '2026-11-25T09:00:00Z', 4),
  ]

  test('joins neighbours that say the same and ends with the axis', () => {
    const runs = merged(stretches, axis)
    expect(runs.map((run) => run.free)).toEqual([4, 3, 4])
    expect(runs.at(-1)?.end).toBe(axis.end)
  })

  test('names its runs by amount', () => {
    const row = {
      kind: 'class' as const,
      key: 'k',
      deviceClass: 's',
      title: 'Slice, 24 GB',
      total: 4,
      stretches,
      lanes: 4,
      expandable: true,
      expanded: true,
    }
    expect(classRuns(row, axis, undefined, null)[1]?.name).toBe(
      'Slice, 24 GB, Tue 24 Nov, 10:00 to 12:00 CET, 3 of 4 free',
    )
  })

  test('tells what is blocked apart from what is taken', () => {
    const blocked = stretches.map((it, place) => ({
      ...it,
      free: place === 1 ? 0 : it.free,
      blocked: place === 1 ? 3 : 0,
    }))
    expect(merged(blocked, axis).map((run) => [run.free, run.blocked])).toEqual([
      [4, 0],
      [0, 3],
      [3, 0],
      [4, 0],
    ])
    const row = {
      kind: 'class' as const,
      key: 'k',
      deviceClass: 's',
      title: 'Slice, 24 GB',
      total: 4,
      stretches: blocked,
      lanes: 4,
      expandable: true,
      expanded: true,
    }
    expect(classRuns(row, axis, undefined, null)[1]).toMatchObject({
      text: '0 of 4',
      name: 'Slice, 24 GB, Tue 24 Nov, 10:00 to 11:00 CET, 0 of 4 free, 3 blocked',
      bin: 0,
    })
  })

  test('has no cell for what is over within its minute', () => {
    const edges = ['2026-11-24T00:00:00Z', '2026-11-24T00:21:10Z', '2026-11-24T00:21:40Z', '2026-11-24T23:00:00Z']
    const brief = [4, 3, 4].map((free, place) => ({
      start: at(edges[place]!),
      end: at(edges[place + 1]!),
      free,
      blocked: 0,
      outOfService: 0,
    }))
    const row = {
      kind: 'class' as const,
      key: 'k',
      deviceClass: 's',
      title: 'Slice, 24 GB',
      total: 4,
      stretches: brief,
      lanes: 4,
      expandable: true,
      expanded: true,
    }
    const all = ['Slice, 24 GB, Tue 24 Nov, 01:00 to Wed 25 Nov, 00:00 CET, 4 of 4 free']
    expect(classRuns(row, axis, undefined, null).map((it) => it.name)).toEqual(all)
    // With a request in the form too.
    const plenty = { total: 999, stretches: [{ ...brief[0]!, end: at(edges[3]!), free: 999 }] }
    const free = { pool: 'p', start: 0, end: FAR, units: new Map([['s', { total: 4, stretches: brief }]]), cpu: plenty }
    const wish = { deviceClass: 's', units: 1, cpu: 1, memory_gib: 1, storage_gib: 1, start: 0, end: FAR }
    const fits = classRuns(row, axis, { ...free, memory_gib: plenty, storage_gib: plenty }, wish)
    expect(fits.map((it) => it.name)).toEqual(all.map((it) => `${it}, fits`))
  })

  test('tells of a request what is free of all that there is, and what it needs', () => {
    const row = {
      kind: 'class' as const,
      key: 'k',
      deviceClass: 's',
      title: 'Slice, 24 GB',
      total: 4,
      stretches,
      lanes: 4,
      expandable: true,
      expanded: true,
    }
    const plenty = { total: 999, stretches: [] }
    const wish = { deviceClass: 's', units: 4, cpu: 1, memory_gib: 1, storage_gib: 1, start: 0, end: FAR }
    const units = new Map([['s', { total: 4, stretches }]])
    const free = { pool: 'p', start: 0, end: FAR, units, cpu: plenty, memory_gib: plenty, storage_gib: plenty }
    expect(classRuns(row, axis, free, wish).map((it) => it.name)).toContain(
      'Slice, 24 GB, Tue 24 Nov, 10:00 to 12:00 CET, 3 of 4 free, does not fit: 24 GB slices 3 of 4 free, 4 needed',
    )
  })

  test('has five bins, the outer ones for all and nothing', () => {
    expect([0, 1, 2, 3, 4].map((free) => binOf(free, 4))).toEqual([0, 1, 2, 3, 4])
    expect(binOf(1, 1)).toBe(4)
    expect(binOf(99, 100)).toBe(3)
    expect(binOf(1, 100)).toBe(1)
  })
})

describe('keys', () => {
  const key = (name: string, shiftKey = false): Key => ({
    key: name,
    shiftKey,
    ctrlKey: false,
    altKey: false,
    metaKey: false,
  })
  const size = { rows: 3, columns: 48, beside: (place: { column: number }, by: number) => place.column + by }
  const here = { row: 1, column: 10 }

  test.each([
    ['ArrowRight', { kind: 'focus', place: { row: 1, column: 11 } }],
    ['ArrowUp', { kind: 'focus', place: { row: 0, column: 10 } }],
    ['Home', { kind: 'focus', place: { row: 1, column: 0 } }],
    ['End', { kind: 'focus', place: { row: 1, column: 47 } }],
    ['PageDown', { kind: 'period', by: 1 }],
    ['Enter', { kind: 'choose' }],
    ['Escape', { kind: 'clear' }],
    ['t', { kind: 'today' }],
    ['?', { kind: 'help' }],
  ])('%s', (name, command) => {
    expect(commandOf(key(name), here, size)).toEqual(command)
  })

  test('with Shift extend along the lane, not across lanes', () => {
    expect(commandOf(key('ArrowRight', true), here, size)?.kind).toBe('extend')
    expect(commandOf(key('ArrowDown', true), here, size)?.kind).toBe('focus')
  })

  test('stop at the edges', () => {
    expect(commandOf(key('ArrowLeft'), { row: 0, column: 0 }, size)).toEqual({
      kind: 'focus',
      place: { row: 0, column: 0 },
    })
  })

  test('of the browser stay the browser’s', () => {
    expect(commandOf({ ...key('t'), ctrlKey: true }, here, size)).toBeNull()
    expect(commandOf(key('Tab'), here, size)).toBeNull()
  })
})

describe('days that are narrow', () => {
  const month = makeAxis('2026-11-01', 30, BERLIN, 30 * MINUTE)

  test('are each as their worst moment is', () => {
    const stretch = (from: string, to: string, free: number) => ({
      start: at(from),
      end: at(to),
      free,
      blocked: 0,
      outOfService: 0,
    })
    const row = {
      kind: 'class' as const,
      key: 'class s',
      deviceClass: 's',
      title: 'Slice, 24 GB',
      total: 4,
      stretches: [
        stretch('2026-10-30T00:00:00Z', '2026-11-24T09:00:00Z', 4),
        stretch('2026-11-24T09:00:00Z', '2026-11-24T09:30:00Z', 0),
        stretch('2026-11-24T09:30:00Z', '2026-11-25T09:00:00Z', 3),
        stretch('2026-11-25T09:00:00Z', '2026-12-02T00:00:00Z', 4),
      ],
      lanes: 4,
      expandable: false,
      expanded: false,
    }
    const days = dailyRuns(classRuns(row, month, undefined, null), row.title, month)
    expect(days.length).toBe(30)
    expect(days.map((it) => it.bin)).toEqual([...Array<number>(23).fill(4), 0, 3, ...Array<number>(5).fill(4)])
    expect(days[23]?.name).toBe('Slice, 24 GB, Tue 24 Nov, at its fullest 0 of 4 free')
  })

  test('keep their number whatever room there is', () => {
    expect(shownDay('Tue 24 Nov', 200)).toBe('Tue 24 Nov')
    expect(shownDay('Tue 24 Nov', 70)).toBe('Tue 24')
    expect(shownDay('Tue 24 Nov', 20)).toBe('24')
  })
})

describe('a bar that is dragged', () => {
  const own = (change: Partial<Bar> = {}): Bar => ({
    start: at('2026-11-24T09:00:00Z'),
    end: at('2026-11-24T11:00:00Z'),
    kind: 'mine',
    reservation: 'r',
    name: '',
    owner: '',
    state: 'APPROVED',
    phase: '',
    ...change,
  })
  const now = at('2026-11-24T07:10:00Z')
  const step = 30 * MINUTE
  const to = (part: Part, columns: number) => {
    const { start, end } = dragged({ bar: own(), part }, columns, step, now)
    return [start - own().start, end - own().end]
  }

  test('keeps its length; an end changes it, down to a step', () => {
    expect(to('body', 2)).toEqual([HOUR, HOUR])
    expect(to('end', 3)).toEqual([0, 1.5 * HOUR])
    expect(to('end', -9)).toEqual([0, -1.5 * HOUR])
    expect(to('start', -1)).toEqual([-step, 0])
    expect(to('start', 9)).toEqual([1.5 * HOUR, 0])
  })

  test('goes no further back than the next step', () => {
    expect(to('body', -40)).toEqual([-1.5 * HOUR, -1.5 * HOUR])
    expect(to('start', -40)).toEqual([-1.5 * HOUR, 0])
  })

  test('is one of mine that has not begun', () => {
    expect(isMovable(own(), now)).toBe(true)
    expect(isMovable(own({ state: 'ACTIVE' }), now)).toBe(false)
    expect(isMovable(own({ start: now }), now)).toBe(false)
    expect(isMovable(own({ kind: 'team' }), now)).toBe(false)
  })

  test('that runs is dragged by its end alone, and no further back than the next step', () => {
    const runs = own({ state: 'ACTIVE' })
    const during = at('2026-11-24T09:40:00Z')
    const parts = (bar: Bar, when: number) =>
      (['body', 'start', 'end'] as const).filter((part) => canDrag({ bar, part }, when))
    expect(parts(runs, during)).toEqual(['end'])
    expect(parts(own(), now)).toEqual(['body', 'start', 'end'])
    expect(parts(own(), during)).toEqual([])
    expect(parts(own({ state: 'ACTIVE', kind: 'team' }), during)).toEqual([])
    expect(parts(runs, runs.end)).toEqual([])
    expect(isRunning(own({ state: 'ACTIVE', reservation: null }), during)).toBe(false)
    const end = (columns: number, when = during) => {
      const to = dragged({ bar: runs, part: 'end' }, columns, step, when)
      expect(to.start).toBe(runs.start)
      return to.end
    }
    expect(end(2)).toBe(at('2026-11-24T12:00:00Z'))
    expect(end(-1)).toBe(at('2026-11-24T10:30:00Z'))
    expect(end(-9)).toBe(at('2026-11-24T10:00:00Z'))
    expect(end(-9, at('2026-11-24T10:00:00Z'))).toBe(at('2026-11-24T10:30:00Z'))
  })

  test('is held by an end near it, and by its middle where it is too short for that', () => {
    const row = rowsOf({
      pool: poolOf(1),
      calendar: undefined,
      free: undefined,
      kind: '',
      toggled: new Set(),
      stripsOnly: false,
    })
      .filter((it): it is LaneRow => it.kind === 'lane')
      .map((it) => ({ ...it, bars: [own()] }))[0]
    const from = ((own().start - axis.start) / step) * 20
    const part = (px: number, columnPx = 20) => grabAt(row, axis, px, columnPx)?.part
    expect([part(from - 1), part(from + 1), part(from + 40), part(from + 79), part(from + 80)]).toEqual([
      undefined,
      'start',
      'body',
      'end',
      undefined,
    ])
    expect(part(from / 10 + 1, 2)).toBe('body')
  })
})
