import { expect, test } from 'vitest'
import { Reach } from './reach'

test('silence counts from the first request that had no answer, and ends with any answer', () => {
  let now = 1_000
  const reach = new Reach(() => now)
  let told = 0
  reach.subscribe(() => (told += 1))
  reach.silent(900)
  now = 5_000
  reach.silent(4_000)
  expect([reach.snapshot(), told]).toEqual([900, 1])
  reach.answered()
  reach.answered()
  expect([reach.snapshot(), told]).toEqual([null, 2])
})
