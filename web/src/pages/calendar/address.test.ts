import { expect, test } from 'vitest'
import { leastColumnPx, periodOf } from './address'
import { MINUTE } from '../../time/instants'

test('the days that are shown are told with their year', () => {
  expect(periodOf('day', '2027-03-28')).toBe('28 March 2027')
  expect(periodOf('week', '2027-03-24')).toBe('22 to 28 March 2027')
  expect(periodOf('2weeks', '2026-12-29')).toBe('28 December 2026 to 10 January 2027')
  expect(periodOf('month', '2027-03-28')).toBe('March 2027')
})

test('a view has all of its days on a laptop of 1366 pixels, beside the form too', () => {
  // Beside the navigation, the form and its gap, the names of the rows as narrow as they then are, and what is around them.
  const room = 1366 - 208 - 416 - 16 - 136 - 64
  const days = { day: 1, '3days': 3, week: 7, '2weeks': 14, month: 31 } as const
  for (const [view, count] of Object.entries(days) as [keyof typeof days, number][]) {
    for (const step of [15 * MINUTE, 30 * MINUTE]) {
      const columns = (count * 24 * 60 * MINUTE) / step
      expect(columns * leastColumnPx(view, step), `${view} in steps of ${step / MINUTE} min`).toBeLessThanOrEqual(room)
    }
  }
})
