import { describe, expect, test } from 'vitest'
import { dayMarks, hourMarks, makeAxis } from './axis'
import { clockRange, day, duration, lengthOf, money, range } from './format'
import { HOUR, MINUTE, toRfc3339 } from './instants'
import { addDays, isDate, parseLocal, startOfDate, startOfWeek } from './parse'
import { ServerClock } from './server_clock'
import { abbreviation, isZone, offsetLabel, zoneChip } from './zones'

const BERLIN = 'Europe/Berlin'
const STEP = 30 * MINUTE
const at = (text: string) => Date.parse(text)

describe('the axis', () => {
  test('has 24 hours on an ordinary day', () => {
    const axis = makeAxis('2026-11-24', 1, BERLIN, STEP)
    expect(axis.columns).toHaveLength(48)
    expect(hourMarks(axis, 1).map((mark) => mark.text)).toEqual(
      Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, '0')}:00`),
    )
  })

  test('has 23 hours and no 02:00 where the clocks go forward', () => {
    const axis = makeAxis('2027-03-28', 1, BERLIN, STEP)
    expect((axis.end - axis.start) / HOUR).toBe(23)
    const names = hourMarks(axis, 1).map((mark) => mark.name)
    expect(names).toHaveLength(23)
    expect(names.some((name) => name.startsWith('02'))).toBe(false)
    expect(names.slice(0, 4)).toEqual(['00:00', '01:00', '03:00', '04:00'])
  })

  test('has 25 hours and 02:00 twice with different offsets where the clocks go back', () => {
    const axis = makeAxis('2027-10-31', 1, BERLIN, STEP)
    expect((axis.end - axis.start) / HOUR).toBe(25)
    const names = hourMarks(axis, 1).map((mark) => mark.name)
    expect(names).toHaveLength(25)
    expect(names.slice(1, 5)).toEqual(['01:00', '02:00 CEST, UTC+2', '02:00 CET, UTC+1', '03:00'])
  })

  test('covers a week with a clock change in it by seven days', () => {
    const axis = makeAxis('2027-03-22', 7, BERLIN, STEP)
    expect((axis.end - axis.start) / HOUR).toBe(7 * 24 - 1)
    expect(dayMarks(axis, axis.start).map((mark) => mark.text)).toEqual([
      'Mon 22 Mar',
      'Tue 23 Mar',
      'Wed 24 Mar',
      'Thu 25 Mar',
      'Fri 26 Mar',
      'Sat 27 Mar',
      'Sun 28 Mar',
    ])
  })

  test('labels every sixth local hour also after a change, and none twice', () => {
    const axis = makeAxis('2027-10-31', 1, BERLIN, STEP)
    expect(hourMarks(axis, 6).map((mark) => mark.text)).toEqual(['00:00', '06:00', '12:00', '18:00'])
  })

  test('puts whole hours where the local clock has them in a zone off by 45 minutes', () => {
    const axis = makeAxis('2026-11-24', 1, 'Asia/Kathmandu', STEP)
    const marks = hourMarks(axis, 1)
    expect(marks[0]?.text).toBe('00:00')
    expect(toRfc3339(marks[0]!.at)).toBe('2026-11-23T18:15:00Z')
    expect(axis.columns[0]).toBe(at('2026-11-23T18:00:00Z'))
  })

  test('follows a change by half an hour', () => {
    const axis = makeAxis('2027-04-04', 1, 'Australia/Lord_Howe', STEP)
    expect((axis.end - axis.start) / HOUR).toBe(24.5)
    for (const mark of hourMarks(axis, 1)) expect(mark.text).toMatch(/^\d\d:00/)
  })
})

describe('a typed time', () => {
  test('becomes an instant', () => {
    expect(parseLocal('2026-11-24', '14:00', BERLIN)).toEqual({ kind: 'instant', at: at('2026-11-24T13:00:00Z') })
  })

  test.each([
    ['2pm', '14:00'],
    ['12 am', '00:00'],
    ['12:30PM', '12:30'],
    ['16', '16:00'],
    ['7', '07:00'],
    ['1630', '16:30'],
    ['9.15', '09:15'],
  ])('may be %s', (typed, meant) => {
    expect(parseLocal('2026-11-24', typed, BERLIN)).toEqual(parseLocal('2026-11-24', meant, BERLIN))
  })

  test('24:00 is the end of the day, over a clock change too', () => {
    expect(parseLocal('2026-11-30', '24:00', BERLIN)).toEqual(parseLocal('2026-12-01', '00:00', BERLIN))
    expect(parseLocal('2026-02-30', '24:00', BERLIN)).toMatchObject({ kind: 'invalid', field: 'date' })
  })

  test.each(['', '24:01', '25', '13pm', '0am', '14:60', '4 o clock', '12345'])('is not "%s"', (typed) => {
    expect(parseLocal('2026-11-24', typed, BERLIN)).toEqual({
      kind: 'invalid',
      field: 'time',
      message: 'Type a time such as 14:00 or 2pm.',
    })
  })

  test('that is skipped names the next valid one', () => {
    expect(parseLocal('2027-03-28', '02:30', BERLIN)).toEqual({
      kind: 'skipped',
      message: '02:30 does not exist on 28 Mar (clocks go forward). Next: 03:00 CEST.',
      next: at('2027-03-28T01:00:00Z'),
    })
  })

  test('that happens twice must be chosen', () => {
    expect(parseLocal('2027-10-31', '02:30', BERLIN)).toEqual({
      kind: 'repeated',
      message: '02:30 happens twice. Choose 02:30 CEST or 02:30 CET.',
      choices: [at('2027-10-31T00:30:00Z'), at('2027-10-31T01:30:00Z')],
    })
  })

  test.each([
    ['2026-02-30', '10:00', 'date'],
    ['24.11.2026', '10:00', 'date'],
    ['2026-11-24', 'ten', 'time'],
    ['', '', 'date'],
  ])('%s %s is refused with its field', (date, time, field) => {
    expect(parseLocal(date, time, BERLIN)).toMatchObject({ kind: 'invalid', field })
  })
})

describe('formats', () => {
  test('a range on one day shows its zone once', () => {
    const span = { start: at('2026-11-24T13:00:00Z'), end: at('2026-11-24T14:30:00Z') }
    expect(range(span, BERLIN)).toBe('Tue 24 Nov, 14:00 to 15:30 CET')
    expect(range(span, 'UTC')).toBe('Tue 24 Nov, 13:00 to 14:30 UTC')
  })

  test('a range over a clock change shows both names', () => {
    const span = { start: at('2027-03-28T00:00:00Z'), end: at('2027-03-28T02:00:00Z') }
    expect(clockRange(span, BERLIN)).toBe('01:00 CET to 04:00 CEST')
    expect(duration(span.end - span.start)).toBe('2 h')
  })

  test('a range over midnight shows both days', () => {
    const span = { start: at('2026-11-24T21:00:00Z'), end: at('2026-11-25T01:00:00Z') }
    expect(range(span, BERLIN)).toBe('Tue 24 Nov, 22:00 to Wed 25 Nov, 02:00 CET')
  })

  test.each([
    [20_000, '20 s'],
    [59_999, '59 s'],
    [45 * MINUTE, '45 min'],
    [4 * HOUR, '4 h'],
    [2.5 * HOUR, '2 h 30 min'],
    [47 * HOUR, '47 h'],
    [74 * HOUR, '3 days 2 h'],
    [-5, '0 s'],
  ])('%d ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })

  test.each([
    // From between two minutes to a minute: rounded up, as the command line tells it.
    ['00:24:27', '02:30:00', '01:24 to 03:30 CET', '2 h 6 min'],
    ['00:24:00', '02:30:00', '01:24 to 03:30 CET', '2 h 6 min'],
    // Ended between two minutes.
    ['00:24:05', '00:36:50', '01:24 to 01:36 CET', '12 min'],
    ['00:24:50', '00:36:05', '01:24 to 01:36 CET', '12 min'],
    ['00:24:50', '00:25:55', '01:24 to 01:25 CET', '1 min'],
    ['00:24:10', '00:24:50', '01:24 to 01:24 CET', '40 s'],
    ['00:24:50', '00:25:10', '01:24 to 01:25 CET', '20 s'],
  ])('a window from %s to %s is as long as its clock times are apart', (start, end, clocks, length) => {
    const span = { start: at(`2026-11-30T${start}Z`), end: at(`2026-11-30T${end}Z`) }
    expect(clockRange(span, BERLIN)).toBe(clocks)
    expect(lengthOf(span)).toBe(length)
  })

  test.each([
    [12.4, 'EUR', 'EUR 12.40'],
    [0, 'EUR', 'EUR 0.00'],
    [0.004, 'EUR', 'EUR < 0.01'],
    [0.005, 'EUR', 'EUR 0.01'],
    [-0.001, 'EUR', 'EUR < 0.01'],
    [1234.5, 'USD', 'USD 1,234.50'],
    [1240, 'JPY', 'JPY 1,240'],
    [0.3, 'JPY', 'JPY < 1'],
    [0.0004, 'KWD', 'KWD < 0.001'],
    [3, 'odd', 'odd 3.00'],
  ])('%d %s is %s, with the decimals of the currency', (amount, currency, text) => {
    expect(money(amount, currency)).toBe(text)
  })

  test('the year is told where it is another one', () => {
    expect(day(at('2027-03-28T10:00:00Z'), BERLIN, at('2026-11-24T10:00:00Z'))).toBe('Sun 28 Mar 2027')
    const until = at('2028-01-05T09:00:00Z')
    const now = at('2026-11-24T10:00:00Z')
    expect(range({ start: now, end: until }, BERLIN, now)).toContain(' to Wed 5 Jan 2028, 10:00 CET')
  })
})

describe('zones', () => {
  test('have their own letters or an offset', () => {
    const winter = at('2026-11-24T12:00:00Z')
    expect(abbreviation(winter, BERLIN)).toBe('CET')
    expect(abbreviation(at('2026-07-01T12:00:00Z'), BERLIN)).toBe('CEST')
    expect(abbreviation(winter, 'America/New_York')).toBe('EST')
    expect(abbreviation(winter, 'Asia/Tokyo')).toBe('UTC+9')
    expect(offsetLabel(winter, 'America/St_Johns')).toBe('UTC-3:30')
    expect(zoneChip(winter, BERLIN)).toBe('Berlin, UTC+1')
    expect(zoneChip(winter, 'UTC')).toBe('UTC')
  })

  test('that do not exist are told apart', () => {
    expect(isZone(BERLIN)).toBe(true)
    expect(isZone('Mars/Olympus')).toBe(false)
    expect(isZone('<script>')).toBe(false)
  })
})

describe('dates', () => {
  test('move by days over changes', () => {
    expect(addDays('2027-03-27', 2)).toBe('2027-03-29')
    expect(startOfWeek('2026-11-22')).toBe('2026-11-16')
    expect(startOfDate('2027-03-28', BERLIN)).toBe(at('2027-03-27T23:00:00Z'))
    expect(isDate('2027-02-29')).toBe(false)
  })
})

describe('the server clock', () => {
  test.each([2 * HOUR, -2 * HOUR])('tells server time on a device that is off by %d ms', (off) => {
    const truth = at('2026-11-24T12:00:00Z')
    const clock = new ServerClock(() => truth + off)
    clock.note(truth - 100, truth + off - 200, truth + off)
    expect(clock.now()).toBe(truth)
  })

  test('keeps the more exact reading', () => {
    let now = 10_000
    const clock = new ServerClock(() => now)
    clock.note(50_010, 10_000, 10_020)
    now = 11_000
    clock.note(51_900, 10_200, 11_000)
    expect(clock.now()).toBe(51_000)
  })

  test('believes a new reading when the device was set meanwhile', () => {
    let now = 10_000
    const clock = new ServerClock(() => now)
    clock.note(50_010, 10_000, 10_020)
    now = 5_000_000
    clock.note(60_000, 4_999_900, 5_000_000)
    expect(clock.now()).toBe(60_050)
  })
})
