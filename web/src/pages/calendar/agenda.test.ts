import { describe, expect, test } from 'vitest'
import { readAvailability } from '../../booking/availability'
import { policyOf } from '../../booking/policy'
import { NOW, availability, pool } from '../../mock/data'
import { HOUR, MINUTE } from '../../time/instants'
import { firstHour, freeWindows } from './Agenda'

const DAY = { start: Date.parse('2026-11-24T00:00:00Z'), end: Date.parse('2026-11-25T00:00:00Z') }
const free = readAvailability(
  availability(new URLSearchParams({ from: '2026-11-24T00:00:00Z', to: '2026-11-25T00:00:00Z' })),
)
const policy = policyOf(pool)

describe('a free window of the list', () => {
  test('begins now where it is free now, and its first hour ends on a step', () => {
    const [window] = freeWindows(free, 'slice-24gb', DAY, policy, NOW)
    expect(window).toEqual({ start: NOW, end: DAY.end, least: 4 })
    // 08:10 to 09:30.
    expect(firstHour(window!, policy)).toEqual({ start: NOW, end: NOW + 80 * MINUTE })
    expect(firstHour({ start: NOW, end: NOW + 50 * MINUTE }, policy).end).toBe(NOW + 50 * MINUTE)
  })

  test('begins on a step after the notice that the pool asks for', () => {
    const [window] = freeWindows(free, 'slice-24gb', DAY, { ...policy, lead: HOUR }, NOW)
    expect(window?.start).toBe(NOW + 80 * MINUTE)
  })
})
