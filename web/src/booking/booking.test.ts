import { describe, expect, test } from 'vitest'
import type { DeviceClass, Forecast, Pool, Problem, Reservation } from '../api/types'
import { HOUR, MINUTE } from '../time/instants'
import { freeUntil, leastFree, readAvailability, without, type Free } from './availability'
import { differences } from './differences'
import {
  amountsOf,
  applyOffer,
  bodyOf,
  draftFrom,
  editOf,
  newDraft,
  rebased,
  shapeOf,
  unreadable,
  wishOf,
  type Draft,
  type Shape,
} from './draft'
import { conflictSentence, shortages, shortageSentence, type Wish } from './fit'
import { faultsOf, inZone, lesserBody, questionOf, shorterOffer } from './forecast'
import { offerWords } from './offers'
import { nextStart, policyOf, priceOf } from './policy'
import { countedTitle, kindOf, laneTitle, pluralTitle, quotedName, slotWords, titleOf } from './words'

const BERLIN = 'Europe/Berlin'
const at = (text: string) => Date.parse(text)
const DAY0 = '2026-11-24T00:00:00Z'
const DAY1 = '2026-11-25T00:00:00Z'
const TEN = at('2026-11-24T09:00:00Z') // 10:00 in Berlin
const NOON = at('2026-11-24T11:00:00Z')
const NOW = at('2026-11-24T07:10:00Z')

const slice: DeviceClass = {
  name: 's',
  title: 'Slice, 24 GB',
  device_memory_gib: 24,
  gpu_share: 0.25,
  rate: 0.8,
  currency: 'EUR',
  units: 4,
  max_units: 4,
  slots_per_unit: 2,
  home_gib: 20,
  model_cache_gib: 300,
  defaults: { cpu: 15, memory_gib: 92, storage_gib: 100 },
}
const whole: DeviceClass = {
  ...slice,
  name: 'w',
  title: 'Whole GPU, 96 GB',
  rate: 3.2,
  units: 1,
  max_units: 1,
  slots_per_unit: 4,
  home_gib: 20,
  model_cache_gib: 300,
}
const pool: Pool = {
  name: 'p',
  cluster: 'c',
  currency: 'EUR',
  time_zone: BERLIN,
  device_classes: [whole, slice],
  nodes: [],
  capacity: { cpu: 122, memory_gib: 740, storage_gib: 2790 },
  policy: {
    step_minutes: 30,
    min_length_minutes: 30,
    max_length_minutes: 1440,
    lead_minutes: 0,
    horizon_days: 30,
    max_live_per_user: 9,
    start_deadline_minutes: 15,
    show_names: false,
  },
}
const policy = policyOf(pool)

/** Free from midnight UTC for a day, with less of it from 10:00 to 12:00 in Berlin. */
function freeWith(less: { units?: number; memory?: number; whole?: number }): Free {
  const three = (all: number, then: number) => [
    { start: DAY0, end: '2026-11-24T09:00:00Z', free: all, reserved: 0, blocked: 0, out_of_service: 0 },
    {
      start: '2026-11-24T09:00:00Z',
      end: '2026-11-24T11:00:00Z',
      free: then,
      reserved: all - then,
      blocked: 0,
      out_of_service: 0,
    },
    { start: '2026-11-24T11:00:00Z', end: DAY1, free: all, reserved: 0, blocked: 0, out_of_service: 0 },
  ]
  return readAvailability({
    pool: 'p',
    from: DAY0,
    to: DAY1,
    device_classes: [
      { device_class: 's', title: slice.title, total: 4, segments: three(4, less.units ?? 4) },
      { device_class: 'w', title: whole.title, total: 1, segments: three(1, less.whole ?? 1) },
    ],
    cpu: { total: 122, segments: three(122, 122) },
    memory_gib: { total: 740, segments: three(740, less.memory ?? 740) },
    storage_gib: { total: 2790, segments: three(2790, 2790) },
  })
}

const wish: Wish = { deviceClass: 's', units: 1, cpu: 15, memory_gib: 92, storage_gib: 100, start: TEN, end: NOON }
const draft = newDraft('p', 's', { start: TEN, end: NOON }, false)
const booked: Reservation = {
  id: 'r',
  pool: 'p',
  device_class: 's',
  units: 1,
  cpu: 15,
  memory_gib: 92,
  storage_gib: 100,
  mode: 'interactive_ml',
  start: '2026-11-24T09:00:00Z',
  end: '2026-11-24T11:00:00Z',
  state: 'APPROVED',
  reason: '',
  owner: 'ana@example.org',
  team: null,
  name: 'run',
  version: 3,
  created_at: DAY0,
  rate: 0.8,
  currency: 'EUR',
  ended_at: null,
  until: '2026-11-24T11:00:00Z',
  cost: 1.6,
  cost_so_far: 0,
  ending: false,
  phase: null,
  may: [],
}

describe('the fit line', () => {
  test('has nothing to say where nothing is missing', () => {
    expect(shortages(freeWith({}), wish)).toEqual([])
  })

  test('names memory, of how much, how much is needed, and the time', () => {
    const missing = shortages(freeWith({ memory: 60 }), wish)
    expect(missing.map((it) => shortageSentence(it, slice.title, BERLIN))).toEqual([
      'Does not fit: memory 60 of 740 GiB free, 92 needed, from 10:00 to 12:00 CET.',
    ])
  })

  test('names the units first, and only where they are missing', () => {
    const missing = shortages(freeWith({ units: 0 }), { ...wish, start: TEN - HOUR })
    expect(shortageSentence(missing[0]!, slice.title, BERLIN)).toBe(
      'Does not fit: 24 GB slices 0 of 4 free, 1 needed, from 10:00 to 12:00 CET.',
    )
    expect(missing).toEqual([{ resource: 'units', needed: 1, free: 0, total: 4, start: TEN, end: NOON }])
    expect(conflictSentence(missing[0]!, slice.title, BERLIN, NOW)).toBe(
      'Not free: 24 GB slices, Tue 24 Nov, 10:00 to 12:00 CET: 0 of 4 free, 1 needed.',
    )
  })

  test('does not count what only touches the window', () => {
    expect(shortages(freeWith({ units: 0 }), { ...wish, start: NOON, end: NOON + HOUR })).toEqual([])
    expect(shortages(freeWith({ units: 0 }), { ...wish, start: TEN - HOUR, end: TEN })).toEqual([])
  })

  test('gives a reservation that is being changed its own back', () => {
    const own = {
      start: '2026-11-24T09:30:00Z',
      end: '2026-11-24T10:30:00Z',
      device_class: 's',
      units: 1,
      cpu: 15,
      memory_gib: 92,
      storage_gib: 100,
    }
    const free = without(freeWith({ units: 0 }), own as Reservation)
    expect(free.units.get('s')?.stretches.map((part) => part.free)).toEqual([4, 0, 1, 0, 4])
  })
})

describe('what is free', () => {
  test('least and until when', () => {
    const series = freeWith({ units: 1 }).units.get('s')!
    expect(leastFree(series, { start: TEN - HOUR, end: NOON })).toBe(1)
    expect(freeUntil(series, TEN - HOUR, 4)).toBe(TEN)
    expect(freeUntil(series, TEN, 2)).toBeNull()
  })
})

describe('offers', () => {
  const body = bodyOf(draft)
  const words = (offer: typeof body) => offerWords(offer, wish, pool, BERLIN, NOW)

  test('say how they differ from what was asked for', () => {
    const later = { ...body, start: '2026-11-24T11:00:00Z', end: '2026-11-24T13:00:00Z' }
    expect(words(later)).toEqual({
      title: 'Next free slot: Tue 24 Nov, 12:00 to 14:00 CET',
      difference: 'starts 2 h later',
    })
    expect(words({ ...body, device_class: 'w' }).title).toBe(
      'Same time, other kind: Whole GPU, 96 GB, Tue 24 Nov, 10:00 to 12:00 CET',
    )
  })

  test('from now on tell their ends, which stay while one looks at them', () => {
    const now = TEN + 12 * MINUTE
    const asked = { ...wish, start: now } // until 12:00
    const tell = (offer: typeof body) => offerWords(offer, asked, pool, BERLIN, now)
    expect(tell({ ...body, start: 'now', end: '2026-11-24T10:00:00Z' })).toEqual({
      title: 'Shorter: until 11:00 CET',
      difference: 'until 11:00 CET instead of 12:00 CET',
    })
    expect(tell({ ...body, start: 'now', device_class: 'w' }).title).toBe(
      'Same time, other kind: Whole GPU, 96 GB, from now until 12:00 CET',
    )
  })

  test('tell lengths as the times shown are apart, from between two minutes too', () => {
    const asked = { ...wish, start: TEN - 25 * MINUTE - 33_000 } // 09:34:27 to 12:00
    const tell = (offer: typeof body) => offerWords(offer, asked, pool, BERLIN, NOW).difference
    expect(tell({ ...body, start: '2026-11-24T11:00:00Z', end: '2026-11-24T13:30:00Z' })).toBe(
      'starts 2 h 26 min later',
    )
    expect(tell({ ...body, start: '2026-11-24T08:34:27Z', end: '2026-11-24T10:00:00Z' })).toBe(
      '1 h 26 min instead of 2 h 26 min',
    )
  })

  const forecast = (end: string | null): Forecast => ({
    fits: false,
    problem: null,
    resolved: null,
    price: null,
    furthest: { end, limited_by: 'capacity', message: '' },
  })

  test('are shorter where the server named an earlier end', () => {
    const shorter = shorterOffer(body, forecast('2026-11-24T10:30:00Z'), NOON)
    expect(shorter && words(shorter).title).toBe('Shorter: until 11:30 CET')
    expect(shorterOffer(body, forecast('2026-11-24T11:00:00Z'), NOON)).toBeNull()
    expect(shorterOffer(body, forecast(null), NOON)).toBeNull()
    expect(shorterOffer(body, { ...forecast('2026-11-24T10:30:00Z'), fits: true }, NOON)).toBeNull()
  })

  test('ask for less memory where that is the limit', () => {
    const limiting = { resource: 'memory_gib' as const, needed: 92, free: 60, at: '2026-11-24T09:00:00Z' }
    const lesser = lesserBody(body, limiting)
    expect(lesser && words(lesser).title).toBe('With memory 60 instead of 92 GiB: Tue 24 Nov, 10:00 to 12:00 CET')
    expect(lesserBody(body, { ...limiting, free: 0 })).toBeNull()
    expect(lesserBody(body, { ...limiting, resource: 'units' })).toBeNull()
  })

  test('are applied to the draft; defaults stay defaults', () => {
    const offer = {
      ...bodyOf(draft),
      start: '2026-11-24T11:00:00Z',
      end: '2026-11-24T13:00:00Z',
      cpu: 15,
      memory_gib: 60,
    }
    expect(applyOffer({ ...draft, name: 'run' }, offer, slice)).toMatchObject({
      start: NOON,
      end: NOON + 2 * HOUR,
      cpu: null,
      memory: '60',
      name: 'run',
    })
  })
})

describe('a draft', () => {
  test('follows the defaults of its units until typed over', () => {
    expect(amountsOf({ ...draft, units: 2 }, slice)).toEqual({ cpu: 30, memory_gib: 184, storage_gib: 200 })
    expect(wishOf({ ...draft, memory: '64' }, slice, NOW).memory_gib).toBe(64)
  })

  test('names each amount that is no number; what a number may be the server says', () => {
    const faults = unreadable(amountsOf({ ...draft, cpu: 'x', memory: '', storage: '99999' }, slice))
    expect(faults).toEqual([
      { field: 'cpu', message: 'CPU is a number.' },
      { field: 'memory_gib', message: 'Memory is a whole number of GiB.' },
    ])
  })

  test('names a part of a GiB, which is no amount of memory or storage, and lets parts of a CPU be', () => {
    expect(unreadable(amountsOf({ ...draft, cpu: '0.5', memory: '92.5', storage: '1.5' }, slice))).toEqual([
      { field: 'memory_gib', message: 'Memory is a whole number of GiB.' },
      { field: 'storage_gib', message: 'Storage is a whole number of GiB.' },
    ])
  })

  test('sends no amounts that were not typed, and "now" for now', () => {
    expect(bodyOf({ ...draft, startNow: true })).toEqual({
      pool: 'p',
      device_class: 's',
      units: 1,
      start: 'now',
      end: '2026-11-24T11:00:00Z',
      mode: 'interactive_ml',
    })
  })
})

describe('a change', () => {
  const window = { start: TEN, end: NOON }
  const edited = (part: Partial<Draft> = {}) => ({ ...draftFrom(booked, pool, window, true), ...part })
  const sent = (it: Draft) => (it.editing ? editOf(it, slice, it.editing) : null)

  test('sends what was changed and nothing else, so that it puts nothing back', () => {
    expect(sent(edited())).toEqual({ version: 3 })
    expect(sent(edited({ name: ' other ' }))).toEqual({ version: 3, name: 'other' })
    expect(sent(edited({ end: NOON + HOUR }))).toEqual({ version: 3, end: '2026-11-24T12:00:00Z' })
    expect(sent(edited({ memory: '64' }))).toEqual({ version: 3, memory_gib: 64 })
    expect(sent(edited({ startNow: true }))).toEqual({ version: 3, start: 'now' })
    expect(sent(edited({ mode: 'inference_containers' }))).toEqual({ version: 3, mode: 'inference_containers' })
  })

  test('of the number of units sends the amounts of the form with it', () => {
    expect(sent(edited({ units: 2 }))).toEqual({ version: 3, units: 2, cpu: 30, memory_gib: 184, storage_gib: 200 })
  })

  test('is laid on what someone else made of the reservation', () => {
    const current = { ...booked, version: 5, name: 'theirs', end: '2026-11-24T13:00:00Z', memory_gib: 64, units: 1 }
    const mine = rebased(edited({ end: NOON + HOUR, cpu: '10' }), slice, current, pool)
    expect(mine).toMatchObject({ name: 'theirs', end: NOON + HOUR, cpu: '10', memory: '64' })
    expect(sent(mine)).toEqual({ version: 5, end: '2026-11-24T12:00:00Z', cpu: 10 })
  })

  test('names each part that differs', () => {
    const was = shapeOf(booked)
    const is: Shape = {
      deviceClass: 'w',
      units: 2,
      start: TEN + HOUR,
      end: NOON + HOUR,
      cpu: 1.5,
      memory_gib: 64,
      storage_gib: 90,
      mode: 'inference_containers',
      name: '',
    }
    expect(differences(was, is, pool, BERLIN, NOW)).toEqual([
      'Name: none, was "run".',
      'Resource kind: Whole GPU, 96 GB, was Slice, 24 GB.',
      'Units: 2, was 1.',
      'Start: 11:00 CET, was 10:00 CET.',
      'End: 13:00 CET, was 12:00 CET.',
      'Mode: Inference containers, was Interactive ML.',
      'CPU: 1.5 cores, was 15 cores.',
      'Memory: 64 GiB, was 92 GiB.',
      'Storage: 90 GiB, was 100 GiB.',
    ])
    expect(differences(was, was, pool, BERLIN, NOW)).toEqual([])
  })

  test('is painted where the reservation lies, its like anywhere', () => {
    const there = { ...booked, node: 'n1', unit_names: ['gpu0-slice2'] }
    expect(draftFrom(there, pool, window, true).unit).toBe('n1 gpu0-slice2')
    expect(draftFrom(there, pool, window, false).unit).toBeNull()
  })
})

describe('what is asked and told', () => {
  test('a new draft is a question about a booking, an edited one about the reservation', () => {
    expect(questionOf(draft, slice)).toEqual({ create: bodyOf(draft) })
    const editing = draftFrom(booked, pool, { start: TEN, end: NOON + HOUR }, true)
    expect(questionOf(editing, slice)).toEqual({ reservation: 'r', edit: { version: 3, end: '2026-11-24T12:00:00Z' } })
  })

  test('faults are told at the fields of the form, with times as the page shows them', () => {
    const problem: Problem = {
      type: '',
      title: '',
      status: 422,
      code: 'invalid_fields',
      detail: '',
      errors: [
        {
          field: 'start',
          value: '',
          limit: '',
          message: 'Start is in the past. Earliest: 2026-11-24T07:30:00Z.',
        },
        { field: 'create.cpu', value: '', limit: 'a number', message: '' },
        { field: 'duration_minutes', value: '', limit: '', message: 'Longest booking here: 24 h.' },
      ],
    }
    expect(faultsOf(problem, BERLIN, NOW)).toEqual([
      { field: 'start', message: 'Start is in the past. Earliest: 08:30 CET.' },
      { field: 'cpu', message: 'create.cpu: a number' },
      { field: 'end', message: 'Longest booking here: 24 h.' },
    ])
    expect(faultsOf(null, BERLIN, NOW)).toEqual([])
  })

  test('a time on another day has its date', () => {
    expect(inZone('Bookings open 30 days ahead (until 2026-12-24T07:00:00Z).', 'UTC', NOW)).toBe(
      'Bookings open 30 days ahead (until Thu 24 Dec, 07:00 UTC).',
    )
  })

  test('a new selection is proposed on the next step', () => {
    expect(nextStart(policy, NOW)).toBe(NOW + 20 * MINUTE)
  })

  test('price elapsed time: two hours over the spring change', () => {
    const span = { start: at('2027-03-28T00:00:00Z'), end: at('2027-03-28T02:00:00Z') }
    expect(priceOf(0.8, 1, span)).toBeCloseTo(1.6)
  })
})

describe('words', () => {
  test('number lanes inside the title', () => {
    expect(laneTitle('Slice, 24 GB', 2, 4)).toBe('Slice 2, 24 GB')
    expect(laneTitle('Whole GPU, 96 GB', 1, 1)).toBe('Whole GPU, 96 GB')
    expect(pluralTitle('Slice, 24 GB')).toBe('24 GB slices')
    expect(countedTitle('Slice, 24 GB')).toBe('slices of 24 GB')
  })

  test('call what has no name by its kind and its time, which it had or has in this zone', () => {
    const booked = {
      name: '',
      pool: 'p',
      device_class: 's',
      units: 1,
      start: '2026-11-24T13:00:00Z',
      until: '2026-11-24T17:00:00Z',
    }
    const title = (change: Partial<typeof booked> = {}, zone = 'Europe/Berlin') =>
      titleOf({ ...booked, ...change }, [pool], zone)
    expect(title({ name: 'train-7b' })).toBe('train-7b')
    expect(title()).toBe('24 GB slice, 14:00 to 18:00')
    expect(title({}, 'America/New_York')).toBe('24 GB slice, 08:00 to 12:00')
    expect(title({ units: 2, until: '2026-11-24T14:10:00Z' })).toBe('2 x 24 GB slice, 14:00 to 15:10')
    expect(kindOf({ pool: 'p', device_class: 'w', units: 1 }, [pool])).toBe('96 GB whole GPU')
    expect(kindOf({ pool: 'p', device_class: 'not read yet', units: 1 }, undefined)).toBe('not read yet')
    const span = { start: at(booked.start), end: at(booked.until) }
    expect(quotedName('train-7b', span, 'UTC')).toBe('"train-7b"')
    expect(quotedName('', span, 'UTC', 'Your')).toBe('Your booking of 13:00 to 17:00')
  })

  test.each([
    ['interactive_ml', whole, 'The workspace has a GPU. Uses 1 of 4 slots, 3 left for your containers.'],
    ['interactive_ml', slice, 'The workspace has a GPU. Uses 1 of 2 slots, 1 left for your containers.'],
    ['inference_containers', whole, 'The workspace has no GPU. 4 of 4 slots for your containers.'],
    ['inference_containers', slice, 'The workspace has no GPU. 2 of 2 slots for your containers.'],
  ] as const)('%s on %o', (mode, deviceClass, sentence) => {
    expect(slotWords(mode, deviceClass, 1).sentence).toBe(sentence)
  })
})
