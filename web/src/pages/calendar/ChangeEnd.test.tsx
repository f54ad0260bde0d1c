// @vitest-environment happy-dom
import { cleanup, configure, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Forecast, ReservationCheck } from '../../api/types'
import { MockApi, Refusal } from '../../mock/api'
import { NOW, ZONE, fitting, full, reservation } from '../../mock/data'
import { renderPage } from '../../mock/render'
import type { Bar } from '../../timeline/rows'
import { ChangeEnd } from './ChangeEnd'

configure({ asyncUtilTimeout: 15_000 })

const HOUR = 3_600_000
const STEP = HOUR / 2
const now = NOW + 2.5 * HOUR // 09:40, it runs since 09:00
const own = { ...reservation, state: 'ACTIVE' as const, version: 3 }
const bar: Bar = {
  start: Date.parse(own.start),
  end: Date.parse(own.end),
  kind: 'mine',
  reservation: own.id,
  name: own.name,
  owner: '',
  state: 'ACTIVE',
  phase: 'Ready',
}

let api: MockApi
let asked: ReservationCheck[]
let sent: unknown[]
let answer: Forecast
let closed: number

beforeEach(() => {
  asked = []
  sent = []
  closed = 0
  answer = { ...fitting, price: { rate: 0.8, currency: 'EUR', unit_hours: 3, amount: 2.4, change: 0.8 } }
  api = new MockApi()
    .on('get', '/reservations/{id}', () => own)
    .on('post', '/reservations:check', ({ body }) => {
      asked.push(body)
      return answer
    })
    .on('post', '/reservations/{id}/extend', ({ body }) => {
      sent.push({ extend: body })
      return own
    })
    .on('patch', '/reservations/{id}', ({ body }) => {
      sent.push({ edit: body })
      return own
    })
})
afterEach(() => {
  cleanup()
  api.restore()
})

const open = (hours: number) =>
  renderPage(
    <ChangeEnd
      bar={bar}
      proposed={bar.end + hours * HOUR}
      step={STEP}
      zone={ZONE}
      now={now}
      onClose={() => {
        closed += 1
      }}
    />,
  )
const verdict = (text: string) =>
  waitFor(() => expect(screen.getByRole('status', { name: 'Fit' }).textContent).toBe(text))
const press = (name: string) => userEvent.setup({ delay: null }).click(screen.getByRole('button', { name }))

test('a later end is an extension that the server is asked about before it is sent', async () => {
  open(1)
  await verdict('That can be had: EUR 0.80 more than before.')
  expect(asked).toEqual([{ reservation: own.id, extend: { version: 3, end: '2026-11-24T12:00:00Z' } }])
  expect(sent).toEqual([])
  await press('Extend to 13:00 CET')
  await waitFor(() => expect(closed).toBe(1))
  expect(sent).toEqual([{ extend: { version: 3, end: '2026-11-24T12:00:00Z' } }])
})

test('an earlier end is a change of it, down to the next step, and says what is lost', async () => {
  open(-0.5)
  if (answer.price) answer.price.change = -0.4
  await verdict('That can be had: EUR 0.40 less than before.')
  expect(screen.getByText('The workspace is removed at its end.')).toBeTruthy()
  await press('30 min less')
  await waitFor(() =>
    expect(asked.at(-1)).toEqual({ reservation: own.id, edit: { version: 3, end: '2026-11-24T10:00:00Z' } }),
  )
  await press('30 min less')
  await press('Shorten to 11:00 CET')
  await waitFor(() => expect(closed).toBe(1))
  expect(sent).toEqual([{ edit: { version: 3, end: '2026-11-24T10:00:00Z' } }])
})

test('what cannot be had is told with how far it can go', async () => {
  answer = {
    ...full,
    furthest: full.furthest && { ...full.furthest, end: '2026-11-24T11:30:00Z' },
  }
  api.on(
    'post',
    '/reservations/{id}/extend',
    () =>
      new Refusal({ status: 409, code: 'no_capacity', detail: 'Does not fit: 0 units free at 2026-11-24T11:30:00Z.' }),
  )
  open(2)
  await verdict('Does not fit: 1 unit needed, 0 units free at 10:30 CET. It can go to 12:30 CET.')
  await press('Extend to 14:00 CET')
  const told = await screen.findByRole('alert')
  expect(told.textContent).toContain('Does not fit: 0 units free at 12:30 CET.')
  expect(closed).toBe(0)
})

test('buttons do what a drag does, and the present end changes nothing', async () => {
  open(0.5)
  await press('30 min less')
  await verdict('It ends then already.')
  await press('Leave it as it is')
  expect(closed).toBe(1)
  expect(sent).toEqual([])
})
