import { expect, test } from 'vitest'
import { failureOf } from './errors'
import { stateOf } from './live'

test('a short break is not worth a word, a long one is polled over', () => {
  expect(stateOf(true, true, null)).toBe('live')
  expect(stateOf(true, true, 2_000)).toBe('live')
  expect(stateOf(true, true, 5_000)).toBe('reconnecting')
  expect(stateOf(true, true, 20_000)).toBe('polling')
})

test('a stream that was never there is being connected, then polled over', () => {
  expect(stateOf(true, false, 5_000)).toBe('connecting')
  expect(stateOf(true, false, 21_000)).toBe('polling')
  expect(stateOf(false, true, null)).toBe('paused')
})

const answer = (status: number, type: string, body: string, headers: Record<string, string> = {}) =>
  new Response(body, { status, headers: { 'Content-Type': type, ...headers } })

test('a problem is told in the server’s words with its id', async () => {
  const body = JSON.stringify({
    type: 't',
    title: 'Conflict',
    status: 409,
    detail: 'Does not fit.',
    code: 'no_capacity',
    request_id: 'r1',
  })
  const error = await failureOf(answer(409, 'application/problem+json', body), 'mine')
  expect(error).toMatchObject({
    kind: 'problem',
    code: 'no_capacity',
    message: 'Does not fit.',
    reference: 'r1',
    outcomeUnknown: false,
  })
})

test('a page of HTML is something other than Berth, and its text is not shown', async () => {
  const error = await failureOf(answer(404, 'text/html', '<script>alert(1)</script>'), 'mine')
  expect(error).toMatchObject({
    kind: 'unexpected',
    message: 'Something other than Berth answered (status 404).',
    reference: 'mine',
  })
})

test('a gateway that gave up leaves the outcome unknown', async () => {
  const error = await failureOf(answer(502, 'text/html', 'Bad gateway', { 'X-Request-Id': 'g1' }), 'mine')
  expect(error).toMatchObject({ outcomeUnknown: true, worthRetrying: true, reference: 'g1' })
})

test('JSON that is no problem is unexpected too', async () => {
  expect(await failureOf(answer(500, 'application/json', '{"oops":1}'), 'mine')).toMatchObject({
    kind: 'unexpected',
    status: 500,
  })
  expect(await failureOf(answer(500, 'application/json', '{'), 'mine')).toMatchObject({ kind: 'unexpected' })
})
