import type { Availability, Calendar, Forecast, Pool, Reservation, Session, User } from '../api/types'

/** Data of tests: one pool with four slices and a whole GPU, on a Tuesday morning. */

export const NOW = Date.parse('2026-11-24T07:10:00Z')
export const ZONE = 'Europe/Berlin'

export const user: User = {
  id: 'u-ana',
  email: 'ana@example.org',
  name: 'Ana',
  role: 'member',
  teams: ['vision'],
  password_change_needed: false,
}

const slice = {
  name: 'slice-24gb',
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
  defaults: { cpu: 15, memory_gib: 92, storage_gib: 558 },
}

export const pool: Pool = {
  name: 'lab',
  cluster: 'default',
  currency: 'EUR',
  time_zone: ZONE,
  device_classes: [
    {
      ...slice,
      name: 'whole-96gb',
      title: 'Whole GPU, 96 GB',
      device_memory_gib: 96,
      gpu_share: 1,
      rate: 3.2,
      units: 1,
      max_units: 1,
      slots_per_unit: 4,
      defaults: { cpu: 62, memory_gib: 372, storage_gib: 558 },
    },
    slice,
  ],
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

/** Everything free but `taken` of the slices, over the whole range that is asked for. */
export function availability(query: URLSearchParams, taken = 0): Availability {
  const from = query.get('from') ?? ''
  const to = query.get('to') ?? ''
  const all = (total: number, reserved = 0) => ({
    total,
    segments: [{ start: from, end: to, free: total - reserved, reserved, blocked: 0, out_of_service: 0 }],
  })
  return {
    pool: pool.name,
    from,
    to,
    device_classes: pool.device_classes.map((it) => ({
      device_class: it.name,
      title: it.title,
      ...all(it.units, it.name === 'slice-24gb' ? taken : 0),
    })),
    cpu: all(122),
    memory_gib: all(740),
    storage_gib: all(2790),
  }
}

export const calendar = (query: URLSearchParams): Calendar => ({
  pool: pool.name,
  from: query.get('from') ?? '',
  to: query.get('to') ?? '',
  lanes: [],
})

export const reservation: Reservation = {
  id: '11111111-1111-4111-8111-111111111111',
  pool: 'lab',
  device_class: 'slice-24gb',
  units: 1,
  cpu: 15,
  memory_gib: 92,
  storage_gib: 558,
  mode: 'interactive_ml',
  start: '2026-11-24T09:00:00Z',
  end: '2026-11-24T11:00:00Z',
  state: 'APPROVED',
  reason: '',
  owner: user.email,
  team: null,
  name: 'train-7b',
  version: 1,
  created_at: '2026-11-23T09:00:00Z',
  rate: 0.8,
  currency: 'EUR',
  ended_at: null,
  until: '2026-11-24T11:00:00Z',
  cost: 1.6,
  cost_so_far: 0,
  ending: false,
  phase: null,
  may: ['see', 'edit', 'rename', 'extend', 'end', 'see_usage'],
}

export const ready: Session = {
  phase: 'Ready',
  namespace: 'berth-train-7b',
  attempt: 1,
  reason: '',
  created_at: '2026-11-24T09:00:00Z',
  ready_at: '2026-11-24T09:02:00Z',
  gone_at: null,
  waiting_for: null,
  steps: [],
  endpoints: [{ name: 'workspace', url: 'https://train-7b.example.org/' }],
  activity: { seen_at: null, editor: null, lab: null },
  device_use: null,
}

export const fitting: Forecast = {
  fits: true,
  problem: null,
  resolved: null,
  price: { rate: 0.8, currency: 'EUR', unit_hours: 2, amount: 1.6, change: null },
  home: null,
  furthest: { end: '2026-11-24T14:00:00Z', limited_by: 'rules', message: 'Longest booking here: 5 h.' },
}

export const full: Forecast = {
  fits: false,
  problem: {
    type: 'urn:berth:problem:no_capacity',
    title: 'Conflict',
    status: 409,
    code: 'no_capacity',
    detail: 'Does not fit: 1 unit needed, 0 units free at 2026-11-24T09:30:00Z.',
    limiting: { resource: 'units', needed: 1, free: 0, at: '2026-11-24T09:30:00Z' },
    alternatives: [
      {
        pool: 'lab',
        device_class: 'slice-24gb',
        units: 1,
        start: '2026-11-24T11:00:00Z',
        end: '2026-11-24T13:00:00Z',
        mode: 'interactive_ml',
      },
    ],
  },
  resolved: null,
  price: null,
  home: null,
  furthest: {
    end: '2026-11-24T09:30:00Z',
    limited_by: 'capacity',
    message: '',
    limiting: { resource: 'units', needed: 1, free: 0, at: '2026-11-24T09:30:00Z' },
  },
}
