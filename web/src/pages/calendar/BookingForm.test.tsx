// @vitest-environment happy-dom
import { act, cleanup, configure, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Forecast, ReservationCheck, ReservationCreate } from '../../api/types'
import { draftFrom, newDraft, type Draft } from '../../booking/draft'
import { MockApi, Refusal } from '../../mock/api'
import { NOW, ZONE, availability, fitting, full, pool, reservation } from '../../mock/data'
import { renderPage } from '../../mock/render'
import { HOUR, MINUTE, type Instant } from '../../time/instants'
import { BookingForm } from './BookingForm'

configure({ asyncUtilTimeout: 15_000 })
// A whole form in a simulated document is slow on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const TEN = Date.parse('2026-11-24T09:00:00Z')
const NOON = Date.parse('2026-11-24T11:00:00Z')

let api: MockApi
let questions: ReservationCheck[]

beforeEach(() => {
  questions = []
  api = new MockApi()
    .on('get', '/pools', () => ({ items: [pool], next: null }))
    .on('get', '/availability', ({ query }) => availability(query))
})
afterEach(() => {
  cleanup()
  api.restore()
})

/** What the server says to each question. */
function saying(answer: (question: ReservationCheck) => Forecast | Promise<Forecast>): void {
  api.on('post', '/reservations:check', ({ body }) => {
    questions.push(body)
    return answer(body)
  })
}

function Form({ start, now, onDone }: { start: Draft; now: Instant; onDone(): void }) {
  const [draft, setDraft] = useState(start)
  const deviceClass = pool.device_classes.find((it) => it.name === draft.deviceClass)
  if (!deviceClass) return null
  return (
    <BookingForm
      pool={pool}
      draft={draft}
      deviceClass={deviceClass}
      own={undefined}
      teams={['vision']}
      zone={ZONE}
      now={now}
      onChange={setDraft}
      onClose={() => undefined}
      onDone={onDone}
    />
  )
}

function open(start: Draft = newDraft('lab', 'slice-24gb', { start: TEN, end: NOON }, false)) {
  let done = 0
  let tick = (_: Instant) => {}
  function Clocked() {
    const [now, setNow] = useState(NOW)
    tick = setNow
    return <Form start={start} now={now} onDone={() => (done += 1)} />
  }
  renderPage(<Clocked />)
  return { done: () => done, typing: userEvent.setup({ delay: null }), clock: (to: Instant) => act(() => tick(to)) }
}

const fit = () => screen.getByRole('status', { name: 'Fit' })
const reserve = () => screen.getByRole('button', { name: /^Reserv/ })
const field = (name: string) => screen.getByRole<HTMLInputElement>('textbox', { name })

const invalid = (field: string, message: string): Forecast => ({
  fits: false,
  problem: {
    type: 'urn:berth:problem:invalid_fields',
    title: 'Some fields are at fault',
    status: 422,
    code: 'invalid_fields',
    detail: message,
    errors: [{ field, value: '', limit: '', message }],
  },
  resolved: null,
  price: null,
  furthest: null,
})

describe('the fit line', () => {
  test('shows no success before the server has answered', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    saying(() => held.then(() => fitting))
    open()
    await waitFor(() => expect(fit().textContent).toBe('Fits by what is shown here. Asking the server...'))
    release()
    await waitFor(() => expect(fit().textContent).toBe('✓ Fits.'))
    expect(questions).toEqual([
      {
        create: {
          pool: 'lab',
          device_class: 'slice-24gb',
          units: 1,
          start: '2026-11-24T09:00:00Z',
          end: '2026-11-24T11:00:00Z',
          mode: 'interactive_ml',
        },
      },
    ])
  })

  test('says what is missing at once, and says so of the server when that does not answer', async () => {
    api.on('post', '/reservations:check', () => new Refusal({ status: 503, code: 'unavailable', detail: 'Hangs.' }))
    const { typing } = open()
    await waitFor(() => expect(fit().textContent).toContain('The server did not answer whether it holds.'))
    const asked = api.asked.length
    await typing.type(field('Memory (GiB)'), '0')
    expect(fit().textContent).toContain(
      'Does not fit: memory 740 of 740 GiB free, 920 needed, from 10:00 to 12:00 CET.',
    )
    expect(api.asked.length).toBe(asked)
  })

  test('takes the word of the server where counting sees nothing missing', async () => {
    saying(() => full)
    open()
    await waitFor(() => expect(fit().textContent).toContain('Does not fit: 24 GB slices 0 of 4 free, 1 needed'))
  })

  test('waits with asking until the typing stops, and asks about what then is there', async () => {
    saying(() => fitting)
    const { typing } = open()
    await waitFor(() => expect(fit().textContent).toBe('✓ Fits.'))
    await typing.clear(field('Name (optional)'))
    await typing.type(field('Name (optional)'), 'night run')
    await waitFor(() => expect(questions.at(-1)?.create?.name).toBe('night run'))
    expect(questions.length).toBeLessThan(5)
  })
})

describe('rules', () => {
  test('are told at their field in the words of the server, with times of the page', async () => {
    saying(() => invalid('start', 'Start is in the past. Earliest: 2026-11-24T07:30:00Z.'))
    const { typing, done } = open()
    await screen.findByText('Start is in the past. Earliest: 08:30 CET.')
    await typing.click(reserve())
    const alert = await screen.findByRole('alert')
    expect(alert.textContent).toContain('One field needs a change.')
    expect(document.activeElement).toBe(field('Start time'))
    expect(api.asked).not.toContain('POST /reservations')
    expect(done()).toBe(0)
  })

  test('that are no field of the form are told beside the fit line', async () => {
    saying(() => invalid('owner', 'You hold 9 reservations here, and the limit is 9.'))
    open()
    await waitFor(() => expect(fit().textContent).toContain('You hold 9 reservations here'))
  })

  test('are asked about only where there is something to ask', async () => {
    saying(() => fitting)
    const { typing } = open()
    await waitFor(() => expect(questions.length).toBe(1))
    await typing.clear(field('CPU cores'))
    await typing.type(field('CPU cores'), 'many')
    await screen.findByText('CPU is a number.')
    expect(fit().textContent).toContain('Something above needs to be changed first.')
    await typing.click(reserve())
    expect(document.activeElement).toBe(field('CPU cores'))
    expect(api.asked).not.toContain('POST /reservations')
  })

  test('that the question itself breaks are told at their field, as no silence of the server', async () => {
    const refused = invalid('create.units', 'Units are from 1 to 4.').problem
    api.on('post', '/reservations:check', () => new Refusal(refused as NonNullable<typeof refused>))
    const { typing } = open()
    await waitFor(() => expect(screen.getAllByText('Units are from 1 to 4.').length).toBe(1))
    expect(fit().textContent).toBe('Something above needs to be changed first.')
    await typing.click(reserve())
    expect(api.asked).not.toContain('POST /reservations')
  })

  test('that only the call itself meets are told at their field too', async () => {
    api.on('post', '/reservations:check', () => new Refusal({ status: 503, code: 'unavailable', detail: 'Hangs.' }))
    const refused = invalid('memory_gib', 'Memory is at most 740 GiB here.').problem
    api.on('post', '/reservations', () => new Refusal(refused as NonNullable<typeof refused>))
    const { typing } = open()
    await typing.click(reserve())
    const alert = await screen.findByRole('alert')
    expect(alert.textContent).toContain('This was not booked.')
    await waitFor(() => expect(document.activeElement).toBe(field('Memory (GiB)')))
    expect(field('Memory (GiB)').getAttribute('aria-invalid')).toBe('true')
  })
})

describe('what stands in the way', () => {
  const foot = () => document.querySelector<HTMLElement>('.berth-form-foot')

  test('is told beside the button that was pressed', async () => {
    saying(() => fitting)
    api.on('post', '/reservations', () => new Refusal({ status: 403, code: 'not_allowed', detail: 'You may not.' }))
    const { typing } = open()
    await typing.click(reserve())
    const alert = await screen.findByRole('alert')
    expect(alert.textContent).toContain('You may not.')
    expect(foot()?.contains(alert)).toBe(true)
    expect(foot()?.contains(reserve())).toBe(true)
  })

  test('is told to the style sheet as high as it is before the field at fault gets the focus', async () => {
    // Nothing is laid out here: the foot is as high as what is in it.
    const height = vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockImplementation(function (
      this: HTMLElement,
    ) {
      return this === foot() ? (this.querySelector('[role=alert]') ? 270 : 120) : 0
    })
    saying(() => fitting)
    const refused = invalid('name', 'That name is taken.').problem
    api.on('post', '/reservations', () => new Refusal(refused as NonNullable<typeof refused>))
    const { typing } = open()
    const told = () => document.querySelector<HTMLElement>('.berth-drawer')?.style.getPropertyValue('--berth-foot')
    expect(told()).toBe('120px')
    let atFocus: string | undefined
    field('Name (optional)').addEventListener('focus', () => (atFocus = told()))
    await typing.click(reserve())
    await waitFor(() => expect(document.activeElement).toBe(field('Name (optional)')))
    expect(atFocus).toBe('270px')
    height.mockRestore()
  })

  test('of a name is its length in characters, which the field itself keeps', async () => {
    saying(() => fitting)
    const { typing } = open()
    const name = field('Name (optional)')
    await typing.click(name)
    await typing.paste('\u{1F6A2}'.repeat(60) + '\u00fc'.repeat(60))
    expect(Array.from(name.value).length).toBe(100)
    expect(screen.getByText('100 of 100 characters').closest(`[id="${name.id}-count"]`)).toBeTruthy()
  })
})

test('date and time come first, and the summary is one line with the end of everything below the fields', () => {
  saying(() => fitting)
  open()
  const all = [...document.querySelectorAll('.berth-drawer input, .berth-drawer select')]
  const names = all.map((it) => (it as HTMLInputElement).labels?.[0]?.textContent?.trim())
  expect(names.indexOf('Start date')).toBeLessThan(names.indexOf('Resource kind'))
  expect(document.querySelector('.berth-summary')?.children.length).toBe(3)
  expect(screen.getByText('Everything in the workspace is deleted at the end.').closest('.berth-form-foot')).toBeNull()
})

describe('the conflict panel', () => {
  const panel = () => screen.getByRole('region', { name: 'Conflict' })
  const offers = () =>
    within(panel())
      .getAllByRole('button')
      .map((it) => it.textContent)

  test('offers what the server checked, applies it with one click, and takes it back', async () => {
    saying(({ create }) => (create?.start === '2026-11-24T09:00:00Z' ? full : fitting))
    const { typing } = open()
    await waitFor(() =>
      expect(offers()).toEqual(['Next free slot: Tue 24 Nov, 12:00 to 14:00 CET', 'Shorter: until 10:30 CET']),
    )
    expect(panel().textContent).toContain(
      'Not free: 24 GB slices, Tue 24 Nov, 10:30 to 12:00 CET: 0 of 4 free, 1 needed.',
    )
    await typing.click(screen.getByRole('button', { name: /^Next free slot/ }))
    expect(field('Start time').value).toBe('12:00')
    expect(field('End time').value).toBe('14:00')
    await waitFor(() => expect(fit().textContent).toBe('✓ Fits.'))
    expect(screen.queryByRole('region', { name: 'Conflict' })).toBeNull()
    await typing.click(screen.getByRole('button', { name: 'Undo' }))
    expect(field('Start time').value).toBe('10:00')
  })

  test('offers less of what is short only when the server says that this fits', async () => {
    const short: Forecast = {
      ...full,
      problem: full.problem && {
        ...full.problem,
        limiting: { resource: 'memory_gib', needed: 92, free: 60, at: '2026-11-24T09:00:00Z' },
        alternatives: [],
      },
      furthest: null,
    }
    saying(({ create }) => (create?.memory_gib === 60 ? fitting : short))
    open()
    await waitFor(() => expect(offers()).toEqual(['With memory 60 instead of 92 GiB: Tue 24 Nov, 10:00 to 12:00 CET']))
  })

  test('keeps what was typed when someone was faster, and has the focus then', async () => {
    saying(() => fitting)
    const sent: ReservationCreate[] = []
    api.on('post', '/reservations', ({ body }) => {
      sent.push(body)
      return new Refusal(full.problem as NonNullable<typeof full.problem>)
    })
    const { typing } = open()
    await typing.type(field('Name (optional)'), 'racer')
    await waitFor(() => expect(fit().textContent).toBe('✓ Fits.'))
    await typing.click(reserve())
    await waitFor(() => expect(document.activeElement).toBe(panel()))
    expect(panel().textContent).toContain('Someone booked this just now. Your details are kept.')
    expect(field('Name (optional)').value).toBe('racer')
    expect(sent.length).toBe(1)
  })
})

test('what did not fit before Reserve was pressed is not told as taken just now', async () => {
  saying(() => full)
  api.on('post', '/reservations', () => new Refusal(full.problem as NonNullable<typeof full.problem>))
  const { typing } = open()
  await waitFor(() => expect(fit().textContent).toContain('Does not fit'))
  await typing.click(reserve())
  await screen.findByText('This was not booked. Your details are kept. Choose another option.')
  expect(screen.queryByText(/just now/)).toBeNull()
})

describe('a reservation that someone else changed meanwhile', () => {
  const theirs = { ...reservation, version: 2, name: 'theirs', memory_gib: 64 }
  const stale = { status: 409, code: 'version_conflict', detail: 'Changed.', current: theirs }

  test('is told part by part, and keeps what the form did not change', async () => {
    const sent: unknown[] = []
    saying(() => fitting)
    api.on('patch', '/reservations/{id}', ({ body }) => {
      sent.push(body)
      return body.version === 2 ? { ...theirs, version: 3 } : new Refusal(stale)
    })
    const { typing, done } = open(draftFrom(reservation, pool, { start: TEN, end: NOON + HOUR }, true))
    await typing.click(screen.getByRole('button', { name: 'Save changes' }))
    const alert = await screen.findByRole('alert')
    expect(
      within(alert)
        .getAllByRole('listitem')
        .map((it) => it.textContent),
    ).toEqual(['Name: "theirs", was "train-7b".', 'Memory: 64 GiB, was 92 GiB.'])
    await typing.click(screen.getByRole('button', { name: 'Take that over, keep my changes' }))
    expect(screen.queryByRole('alert')).toBeNull()
    expect(field('Name (optional)').value).toBe('theirs')
    expect(field('Memory (GiB)').value).toBe('64')
    expect(field('End time').value).toBe('13:00')
    await typing.click(screen.getByRole('button', { name: 'Save changes' }))
    await waitFor(() => expect(done()).toBe(1))
    expect(sent).toEqual([
      { version: 1, end: '2026-11-24T12:00:00Z' },
      { version: 2, end: '2026-11-24T12:00:00Z' },
    ])
  })
})

describe('the cost', () => {
  test('is rate by hours at once, and what the server says as soon as it does', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    saying(() =>
      held.then(() => ({
        ...fitting,
        price: { rate: 0.8, currency: 'EUR', unit_hours: 2, amount: 1.61, change: 0.4 },
      })),
    )
    open()
    expect(screen.getByText('EUR 1.60 (EUR 0.80 x 2 h)')).toBeTruthy()
    release()
    await screen.findByText('EUR 1.61 (EUR 0.80 x 2 h), EUR 0.40 more than before')
  })

  test('from now on is of the moment that the hours beside it are of, also when no new answer comes', async () => {
    // From 08:10 to 10:10.
    saying(() => ({ ...fitting, price: { rate: 0.9, currency: 'EUR', unit_hours: 2, amount: 1.8, change: 0.3 } }))
    const { clock } = open(newDraft('lab', 'slice-24gb', { start: NOW, end: NOW + 2 * HOUR }, true))
    await screen.findByText('EUR 1.80 (EUR 0.90 x 2 h), EUR 0.30 more than before')
    clock(NOW + 30 * MINUTE)
    await screen.findByText('EUR 1.35 (EUR 0.90 x 1.5 h), EUR 0.15 less than before')
  })
})

test('a booking that succeeds is told once', async () => {
  saying(() => fitting)
  api.on('post', '/reservations', () => reservation)
  const { typing, done } = open()
  await typing.click(reserve())
  await waitFor(() => expect(done()).toBe(1))
  expect(api.asked.filter((it) => it === 'POST /reservations').length).toBe(1)
})
