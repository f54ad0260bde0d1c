// @vitest-environment happy-dom
import { cleanup, configure, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CalendarBar, Pool, Reservation } from '../../api/types'
import { MockApi, Refusal } from '../../mock/api'
import { calendar, fitting, full, pool, ready, reservation } from '../../mock/data'
import { renderPage } from '../../mock/render'
import { ReservationPage } from './ReservationPage'

configure({ asyncUtilTimeout: 15_000 })

let api: MockApi

beforeEach(() => {
  api = new MockApi()
    .on('get', '/pools', () => ({ items: [pool], next: null }))
    .on('get', '/status', () => ({ server_time: '2026-11-24T07:10:00Z', version: 'test', controllers: [] }))
    .on('get', '/reservations/{id}/session', () => ready)
    .on('get', '/reservations/{id}/guests', () => ({ items: [], next: null }))
    .on('post', '/reservations:check', () => fitting)
})
afterEach(() => {
  cleanup()
  api.restore()
})

const emptyBar: CalendarBar = {
  start: reservation.start,
  end: reservation.end,
  kind: 'mine',
}

/** Ends in an hour or so of the real clock, which the page goes by. */
const running = (change: Partial<Reservation> = {}): Reservation => {
  const step = 30 * 60_000
  const end = Math.ceil(Date.now() / step) * step + 2 * step
  return {
    ...reservation,
    state: 'ACTIVE',
    phase: 'Ready',
    start: new Date(end - 4 * step).toISOString(),
    end: new Date(end).toISOString(),
    may: ['see', 'rename', 'extend', 'end', 'open', 'see_usage'],
    ...change,
  }
}

async function open(shown: Reservation) {
  api.on('get', '/reservations/{id}', () => shown)
  renderPage(<ReservationPage />, { at: `/reservations/${shown.id}`, route: '/reservations/:id' })
  await screen.findByRole('heading', { level: 1, name: 'train-7b' })
  // The session is read after the reservation.
  await waitFor(() => expect(screen.queryByText(/Looking how far/)).toBeNull())
}

test('one without a name is titled by its kind and its time, and ended by its kind', async () => {
  const shown = running({ name: '', start: '2026-11-24T09:00:00Z', until: '2026-11-24T11:00:00Z' })
  api.on('get', '/reservations/{id}', () => shown)
  renderPage(<ReservationPage />, { at: `/reservations/${shown.id}?zone=UTC`, route: '/reservations/:id' })
  await screen.findByRole('heading', { level: 1, name: '24 GB slice, 09:00 to 11:00' })
  expect(screen.getByText(shown.id)).toBeTruthy()
  await userEvent.setup({ delay: null }).click(await screen.findByRole('button', { name: 'End now' }))
  await screen.findByLabelText('Type "24 GB slice" to confirm')
})

test('a unit that its node does not offer is told with the reason, and no more when it is back', async () => {
  await open(running({ warnings: ['Unit gpu1 is out of service: Node gpu-node-1 offers 0 of 4 nvidia.com/gpu.'] }))
  expect(await screen.findByText(/offers 0 of 4 nvidia.com.gpu/)).toBeTruthy()
  cleanup()
  await open(running())
  expect(screen.queryByText(/is not there/)).toBeNull()
})

const buttons = () =>
  screen
    .queryAllByRole('button')
    .map((it) => it.textContent ?? '')
    .filter((it) => /^(Edit|Cancel reservation|End now|Extend|Book again|Try again)/.test(it))

describe('buttons are those that the server allows', () => {
  test('before the start', async () => {
    await open(reservation)
    await waitFor(() => expect(buttons()).toContain('Edit'))
    expect(buttons().filter((it) => !it.startsWith('Extend'))).toEqual(['Edit', 'Cancel reservation'])
  })

  test('while it runs', async () => {
    const shown = running()
    const later = (minutes: number) => new Date(Date.parse(shown.end) + minutes * 60_000).toISOString()
    api.on('post', '/reservations:check', () => ({
      ...fitting,
      furthest: { end: later(60), limited_by: 'rules', message: 'Longest booking here: 24 h.' },
    }))
    await open(shown)
    await waitFor(() => expect(buttons()).toEqual(['Extend +30 min (EUR 0.40)', 'Extend +1 h (EUR 0.80)', 'End now']))
    expect(screen.getByRole('link', { name: 'Open VS Code' }).getAttribute('href')).toBe(
      `/reservations/${shown.id}/open`,
    )
  })

  test('none for a lead who only belongs to the team', async () => {
    await open(running({ owner: 'ben@example.org', team: 'vision', may: ['see'] }))
    expect(buttons()).toEqual([])
    expect(screen.queryByRole('link', { name: 'Open VS Code' })).toBeNull()
    expect(api.asked).not.toContain('POST /reservations:check')
  })

  test('and its like again once it is over', async () => {
    await open({ ...reservation, state: 'COMPLETED', may: ['see', 'see_usage'] })
    expect(buttons()).toEqual(['Book again'])
  })
})

test('the duration is as long as the times beside it are apart, from between two minutes too', async () => {
  await open({ ...reservation, start: '2026-11-24T08:54:27Z', state: 'COMPLETED', may: ['see'] })
  expect(screen.getByText(/^Tue 24 Nov.*, 09:54 to 12:00 CET$/)).toBeTruthy()
  expect(screen.getByText('Duration').parentElement?.textContent).toBe('Duration2 h 6 min')
})

describe('when it was last used', () => {
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()
  const shown = () => screen.getByRole('region', { name: 'Last used' })
  const said = (seen: number) => {
    const editor = { used_at: ago(4) }
    const lab = { used_at: ago(30), kernels: 2, kernels_busy: 1 }
    api.on('get', '/reservations/{id}/session', () => ({
      ...ready,
      activity: { seen_at: ago(seen), editor, lab },
    }))
  }

  test('is told with its age, while it runs', async () => {
    said(0)
    await open(running())
    await waitFor(() =>
      expect(shown().textContent).toMatch(
        /VS Code last used 4 min ago · JupyterLab last used 30 min ago, 2 kernels, 1 busyLooked at \d+ s ago. As the workspace says itself./,
      ),
    )
    expect(shown().querySelector('.pf-m-warning')).toBeNull()
  })

  test('and as old where nothing came for long', async () => {
    said(25)
    await open(running())
    await waitFor(() =>
      expect(shown().textContent).toMatch(/Nothing was heard since .*, 25 min ago: it may have been used/),
    )
    expect(shown().textContent).toMatch(/VS Code last used at .*JupyterLab last used at/)
    expect(shown().textContent).not.toMatch(/Looked at/)
    expect(shown().querySelector('.pf-m-warning')).not.toBeNull()
  })

  test('is not measured before the workspace has said anything', async () => {
    await open(running())
    await waitFor(() => expect(shown().textContent).toMatch(/Not measured yet/))
  })

  test('is nothing of what is over', async () => {
    said(0)
    await open({ ...reservation, state: 'COMPLETED', may: ['see'] })
    await screen.findByText('Provisioning')
    expect(screen.queryByRole('region', { name: 'Last used' })).toBeNull()
  })
})

describe('an extension', () => {
  test('goes only to the next booking, and says why', async () => {
    const shown = running()
    const half = new Date(Date.parse(shown.end) + 30 * 60_000).toISOString()
    api.on('post', '/reservations:check', () => ({
      ...fitting,
      furthest: {
        end: half,
        limited_by: 'capacity',
        message: '',
        limiting: { resource: 'units', needed: 1, free: 0, at: half },
      },
    }))
    const sent: unknown[] = []
    api.on('post', '/reservations/{id}/extend', ({ body }) => {
      sent.push(body)
      return { ...shown, end: half, version: 2 }
    })
    await open(shown)
    await waitFor(() => expect(buttons()).toEqual(['Extend +30 min (EUR 0.40)', 'End now']))
    expect(
      screen.getByText(/^You can extend to .*Then it is booked: 24 GB slices 0 of 4 free, 1 needed, at/),
    ).toBeTruthy()
    await userEvent.setup({ delay: null }).click(screen.getByRole('button', { name: /^Extend \+30 min/ }))
    await screen.findByText(/^Now ends/)
    expect(sent).toEqual([{ version: 1, end: half.replace('.000Z', 'Z') }])
  })

  test('goes past a booking that moves aside, as far as the server says', async () => {
    const shown = running()
    const end = Date.parse(shown.end)
    const at = (hours: number) => new Date(end + hours * 3_600_000).toISOString()
    // As the portal answers where one of four slices is booked from the end on, and its holder can be given another.
    const asked: unknown[] = []
    api.on('post', '/reservations:check', ({ body }) => {
      asked.push(body)
      return {
        fits: true,
        problem: null,
        resolved: null,
        price: { rate: 0.8, currency: 'EUR', unit_hours: 2.5, amount: 2, change: 0.4 },
        furthest: { end: at(20), limited_by: 'rules', message: 'Longest booking here: 24 h.' },
      }
    })
    await open(shown)
    await waitFor(() =>
      expect(buttons()).toEqual([
        'Extend +30 min (EUR 0.40)',
        'Extend +1 h (EUR 0.80)',
        'Extend +2 h (EUR 1.60)',
        'Extend +4 h (EUR 3.20)',
        'Extend +8 h (EUR 6.40)',
        'End now',
      ]),
    )
    expect(screen.getByText(/^You can extend to .*Longest booking here: 24 h\.$/)).toBeTruthy()
    expect(screen.queryByText(/Then it is booked/)).toBeNull()
    // What is shown as free plays no part: the server alone is asked.
    expect(asked).toEqual([{ reservation: shown.id, extend: { minutes: 1 } }])
    expect(api.asked).not.toContain('GET /availability')
  })

  test('that is not possible is told as that', async () => {
    const shown = running()
    api.on('post', '/reservations:check', () => ({
      ...full,
      furthest: full.furthest && { ...full.furthest, end: shown.end },
    }))
    await open(shown)
    await screen.findByText(/^You cannot extend\. Then it is booked: 24 GB slices 0 of 4 free, 1 needed/)
    expect(buttons()).toEqual(['End now'])
  })

  test('of which the server says nothing is not promised', async () => {
    api.on('post', '/reservations:check', () => new Refusal({ status: 503, code: 'unavailable', detail: 'Hangs.' }))
    await open(running())
    await screen.findByText('How far it can be extended is not known right now.')
  })
})

test('what one may not see is not there', async () => {
  api.on('get', '/reservations/{id}', () => new Refusal({ status: 404, code: 'reservation_not_found', detail: '-' }))
  renderPage(<ReservationPage />, { at: '/reservations/x', route: '/reservations/:id' })
  await screen.findByRole('heading', { level: 1, name: 'There is no such reservation' })
})

test('a unit of it that is out of service is told, and asked about only where there is one', async () => {
  const unit = (name: string, out_of_service: boolean, device_class = 'slice-24gb') => ({
    name,
    device_class,
    slots: 2,
    out_of_service,
    device: name,
    placement: [0, 1] as [number, number],
  })
  const withUnits = (...units: ReturnType<typeof unit>[]): Pool => ({
    ...pool,
    nodes: [{ name: 'n', bookable: pool.capacity, units }],
  })
  const bar = { ...emptyBar, reservation: reservation.id }
  const lane = (it: ReturnType<typeof unit>) => ({ ...it, node: 'n', unit: it.name, device: it.name, bars: [bar] })
  api.on('get', '/calendar', ({ query }) => ({
    ...calendar(query),
    lanes: [lane(unit('s1', false)), lane(unit('s2', true))],
  }))
  api.on('get', '/pools', () => ({ items: [withUnits(unit('s1', false), unit('s2', true))], next: null }))
  await open(reservation)
  await screen.findByText(/Its unit is out of service: s2\./)
  cleanup()

  api.asked.length = 0
  api.on('get', '/pools', () => ({ items: [withUnits(unit('s1', false), unit('w', true, 'whole-96gb'))], next: null }))
  await open(reservation)
  expect(screen.queryByText(/out of service/)).toBeNull()
  expect(api.asked).not.toContain('GET /calendar')
})
