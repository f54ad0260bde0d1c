// @vitest-environment happy-dom
import { cleanup, configure, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Reservation } from '../api/types'
import { MockApi } from '../mock/api'
import { fitting, pool, reservation } from '../mock/data'
import { renderPage } from '../mock/render'
import { EndsSoon } from './EndsSoon'

configure({ asyncUtilTimeout: 15_000 })

const STEP = 30 * 60_000
let api: MockApi
let mine: Reservation[]
let end: number

/** Ends within half an hour of the real clock, which the page goes by. */
const ending = (change: Partial<Reservation> = {}): Reservation => ({
  ...reservation,
  state: 'ACTIVE',
  phase: 'Ready',
  start: new Date(end - 2 * STEP).toISOString(),
  end: new Date(end).toISOString(),
  may: ['see', 'rename', 'extend', 'end', 'open', 'see_usage'],
  ...change,
})

beforeEach(() => {
  sessionStorage.clear()
  end = Date.now() + 20 * 60_000
  mine = [ending()]
  api = new MockApi()
    .on('get', '/pools', () => ({ items: [pool], next: null }))
    .on('get', '/reservations', () => ({ items: mine, next: null }))
    .on('post', '/reservations:check', () => ({
      ...fitting,
      furthest: { end: new Date(end + 10 * STEP).toISOString(), limited_by: 'rules', message: 'Longest booking.' },
    }))
})
afterEach(() => {
  cleanup()
  api.restore()
})

const region = () => screen.findByRole('region', { name: 'Ending soon' })
const gone = () => waitFor(() => expect(screen.queryByRole('region', { name: 'Ending soon' })).toBeNull())

test('one line says what ends and when, and extends it where one is', async () => {
  const sent: unknown[] = []
  api.on('post', '/reservations/{id}/extend', ({ body }) => {
    sent.push(body)
    mine = [ending({ end: body.end as string, version: 2 })]
    return mine[0] as Reservation
  })
  renderPage(<EndsSoon />)
  expect((await region()).textContent).toMatch(/"train-7b" ends at .*the workspace is removed then/)
  await userEvent.setup({ delay: null }).click(await screen.findByRole('button', { name: /^Extend \+1 h/ }))
  await gone()
  expect(sent).toMatchObject([{ version: 1 }])
})

test('several are one line too, each extended by its own button', async () => {
  mine = [ending({ id: reservation.id, name: 'a' }), ending({ id: reservation.id.replace('1', '2'), name: 'b' })]
  renderPage(<EndsSoon />)
  expect((await region()).textContent).toMatch(/^2 workspaces end at/)
  expect(screen.queryByText('a')).toBeNull()
  await userEvent.setup({ delay: null }).click(screen.getByRole('button', { name: 'Extend' }))
  await waitFor(() => expect(screen.getAllByRole('button', { name: /^Extend \+1 h/ }).length).toBe(2))
})

test('it goes away when it is told to, until another end is near', async () => {
  renderPage(<EndsSoon />)
  await region()
  await userEvent.setup({ delay: null }).click(screen.getByRole('button', { name: 'Dismiss this warning' }))
  await gone()
  cleanup()
  renderPage(<EndsSoon />)
  await waitFor(() => expect(api.asked.filter((it) => it === 'GET /reservations').length).toBe(2))
  await gone()
  cleanup()
  mine = [ending({ end: new Date(end + 60_000).toISOString() })]
  renderPage(<EndsSoon />)
  await region()
})
