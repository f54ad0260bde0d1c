import { describe, expect, test } from 'vitest'
import { readAvailability, type Free } from '../../booking/availability'
import { policyOf } from '../../booking/policy'
import { NOW, availability, pool } from '../../mock/data'
import { HOUR, MINUTE } from '../../time/instants'
import { proposedSpan, soonestFree } from './proposal'

const policy = policyOf(pool)
const [, slice] = pool.device_classes
const day = new URLSearchParams({ from: '2026-11-24T00:00:00Z', to: '2026-11-25T00:00:00Z' })

/** All slices taken until `until`. */
function takenUntil(until: number): Free {
  const free = readAvailability(availability(day))
  const units = free.units.get('slice-24gb')
  if (!units) throw new Error('no slices')
  const [all] = units.stretches
  if (!all) throw new Error('no stretch')
  free.units.set('slice-24gb', {
    ...units,
    stretches: [
      { ...all, end: until, free: 0 },
      { ...all, start: until },
    ],
  })
  return free
}

describe('the next free slot', () => {
  if (!slice) throw new Error('no slice')

  test('is now while it is free now, to the end of a step', () => {
    expect(soonestFree(readAvailability(availability(day)), slice, policy, NOW)).toBe(NOW)
    expect(proposedSpan(NOW, policy)).toEqual({ start: NOW, end: NOW + 80 * MINUTE })
  })

  test('is as long as the shortest booking, which ends on a step whatever its length', () => {
    const odd = { ...policy, minLength: 100 * MINUTE }
    expect(proposedSpan(NOW, odd)).toEqual({ start: NOW, end: NOW + 110 * MINUTE })
    const ten = NOW + 20 * MINUTE
    expect(proposedSpan(ten, odd)).toEqual({ start: ten, end: ten + 120 * MINUTE })
  })

  test('is the next step where one has to give notice', () => {
    const lead = { ...policy, lead: HOUR }
    expect(soonestFree(readAvailability(availability(day)), slice, lead, NOW)).toBe(NOW + 80 * MINUTE)
  })

  test('is where what is taken ends, and nowhere when it does not', () => {
    const eleven = Date.parse('2026-11-24T10:00:00Z')
    expect(soonestFree(takenUntil(eleven), slice, policy, NOW)).toBe(eleven)
    expect(soonestFree(readAvailability(availability(day, 4)), slice, policy, NOW)).toBeNull()
  })
})
