import { describe, expect, test } from 'vitest'
import { steps } from './LineChart'
import { niceStep, scaleOf, ticksOf } from './scale'

describe('a scale', () => {
  test('runs from end to end, also downwards', () => {
    const at = scaleOf(0, 10, 100, 0)
    expect([at(0), at(5), at(10)]).toEqual([100, 50, 0])
    expect(scaleOf(3, 3, 7, 9)(3)).toBe(7)
  })
})

describe('ticks', () => {
  test('are round and hold both ends', () => {
    expect(ticksOf(0, 1.9, 5)).toEqual([0, 0.5, 1, 1.5, 2])
    expect(ticksOf(0.22, 1.27, 4)).toEqual([0, 0.5, 1, 1.5])
    expect(ticksOf(0, 0.3, 3)).toEqual([0, 0.1, 0.2, 0.3])
  })

  test('exist for a span of nothing', () => {
    expect(ticksOf(5, 5, 4).length).toBeGreaterThan(1)
  })

  test.each([
    [0.09, 0.1],
    [1, 1],
    [1.1, 2],
    [2.2, 2.5],
    [3, 5],
    [7, 10],
    [0, 1],
    [Infinity, 1],
  ])('a step of %s becomes %s', (size, nice) => {
    expect(niceStep(size)).toBeCloseTo(nice, 12)
  })
})

describe('a line in steps', () => {
  test('holds each value until the next', () => {
    expect(
      steps([
        { x: 1, y: 5 },
        { x: 2, y: 5 },
        { x: 3, y: 8 },
      ]),
    ).toEqual([
      { x: 1, y: 5 },
      { x: 2, y: 5 },
      { x: 3, y: 5 },
      { x: 3, y: 8 },
    ])
  })
})
