// @vitest-environment happy-dom
import { cleanup, configure, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Navigate } from 'react-router'
import type { ReservationCreate } from '../../api/types'
import { to } from '../../app/routes'
import { MockApi } from '../../mock/api'
import { availability, calendar, fitting, pool, reservation } from '../../mock/data'
import { renderRouted } from '../../mock/render'
import { Home } from '../home/Home'
import { Reservations } from '../reservations/Reservations'
import { CalendarPage } from './CalendarPage'

configure({ asyncUtilTimeout: 15_000 })
// A whole calendar in a simulated document, by the roles of its cells, is slow.
vi.setConfig({ testTimeout: 60_000 })

let api: MockApi
let sent: ReservationCreate[]

beforeEach(() => {
  sent = []
  localStorage.clear()
  sessionStorage.clear()
  api = new MockApi()
    .on('get', '/pools', () => ({ items: [pool], next: null }))
    .on('get', '/status', () => ({ server_time: '2026-11-24T07:10:00Z', version: 'test', controllers: [] }))
    .on('get', '/calendar', ({ query }) => calendar(query))
    .on('get', '/availability', ({ query }) => availability(query))
    .on('get', '/reservations', () => ({ items: [], next: null }))
    .on('post', '/reservations:check', () => fitting)
    .on('post', '/reservations', ({ body }) => {
      sent.push(body)
      return reservation
    })
})
afterEach(() => {
  cleanup()
  api.restore()
})

const PAGES = {
  '/home': <Home />,
  '/reservations': <Reservations />,
  '/reservations/new': <Navigate to={to('calendar', { query: { new: '1' } })} replace />,
  '/reservations/:id': <h1>Booked</h1>,
  '/calendar': <CalendarPage />,
}

const form = () => screen.findByRole('region', { name: 'New reservation' })
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const DOORS: [string, string, string | null][] = [
  ['Home', '/home', 'Find the next free slot'],
  ['Reservations', '/reservations', 'New reservation'],
  ['an address of its own', '/reservations/new', null],
  ['the address of the calendar', '/calendar?new=1', null],
  ['the calendar itself', '/calendar', 'New reservation'],
]

describe('the form', () => {
  test.each(DOORS)('by %s is at rest, keeps what is chosen, and books it', async (_, at, name) => {
    const typing = userEvent.setup({ delay: null })
    const router = renderRouted(PAGES, at)
    if (name) await typing.click(await screen.findByText(name, { selector: 'a, a *, button, button *' }))
    const opened = await form()
    await pause(200)
    const before = router.moves()
    await pause(300)
    expect(router.moves() - before).toBe(0)

    const field = (label: string) => within(opened).getByLabelText<HTMLInputElement>(label)
    // What is free at once is offered at once where the soonest was asked for.
    expect(field('Start now').checked).toBe(name === 'Find the next free slot')
    if (field('Start now').checked) await typing.click(field('Start now'))
    await typing.selectOptions(field('Resource kind'), 'whole-96gb')
    await typing.click(within(opened).getByRole('button', { name: '4 h' }))
    await typing.click(within(opened).getByRole('radio', { name: 'Inference containers' }))
    await typing.type(field('Name (optional)'), 'mine')
    await pause(100)
    expect(field('Resource kind').value).toBe('whole-96gb')
    expect(within(opened).getByRole('status', { name: 'Duration' }).textContent).toBe('4 h')
    await typing.click(within(opened).getByRole('button', { name: 'Reserve' }))
    await screen.findByRole('heading', { level: 1, name: 'Booked' })
    expect(sent).toMatchObject([{ device_class: 'whole-96gb', units: 1, mode: 'inference_containers', name: 'mine' }])
    const { start, end } = sent[0] as { start: string; end: string }
    expect(Date.parse(end) - Date.parse(start)).toBe(4 * 3_600_000)
  })

  test('beside a calendar has its help at "?" wherever the focus is, but where one types', async () => {
    const typing = userEvent.setup({ delay: null })
    renderRouted(PAGES, '/calendar?new=1')
    await typing.type(within(await form()).getByLabelText('Name (optional)'), 'why?')
    expect(screen.queryByRole('dialog')).toBeNull()
    ;(document.activeElement as HTMLElement).blur()
    await typing.keyboard('?')
    await screen.findByRole('dialog', { name: 'Keys and legend' })
  })

  test('is closed by its buttons, and comes again each time that one asks for it', async () => {
    const typing = userEvent.setup({ delay: null })
    const router = renderRouted(PAGES, '/calendar?new=1')
    await typing.click(within(await form()).getByRole('button', { name: 'Cancel' }))
    await pause(100)
    expect(screen.queryByRole('region', { name: 'New reservation' })).toBeNull()
    await router.go('/calendar?new=1')
    await typing.click(within(await form()).getByRole('button', { name: 'Close the form' }))
    await waitFor(() => expect(screen.queryByRole('region', { name: 'New reservation' })).toBeNull())
  })

  test('proposes the day that is looked at, and the cheapest kind until another was booked', async () => {
    const typing = userEvent.setup({ delay: null })
    const ahead = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10)
    renderRouted(PAGES, `/calendar?date=${ahead}`)
    await typing.click(await screen.findByRole('button', { name: 'New reservation' }))
    const opened = await form()
    const value = (label: string) => within(opened).getByLabelText<HTMLInputElement>(label).value
    expect(value('Start date')).toBe(ahead)
    expect(value('Start time')).toBe('09:00')
    expect(value('Resource kind')).toBe('slice-24gb')

    api.on('post', '/reservations', () => ({ ...reservation, device_class: 'whole-96gb' }))
    await typing.click(within(opened).getByRole('button', { name: 'Reserve' }))
    await screen.findByRole('heading', { level: 1, name: 'Booked' })
    cleanup()
    renderRouted(PAGES, '/calendar?new=1')
    expect(within(await form()).getByLabelText<HTMLInputElement>('Resource kind').value).toBe('whole-96gb')
  })
})
