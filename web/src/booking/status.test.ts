import { describe, expect, test } from 'vitest'
import type { Reservation, Session, Step } from '../api/types'
import { HOUR, MINUTE } from '../time/instants'
import { statusOf } from './status'
import { stepWords, waitingWords } from './steps'

const BERLIN = 'Europe/Berlin'
const at = (text: string) => Date.parse(text)
const DAY0 = '2026-11-24T00:00:00Z'
const TEN = at('2026-11-24T09:00:00Z') // 10:00 in Berlin
const NOON = at('2026-11-24T11:00:00Z')

const reservation: Reservation = {
  id: '11111111-1111-4111-8111-111111111111',
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
  owner: 'ana@x',
  team: null,
  name: 'run',
  version: 1,
  created_at: DAY0,
  rate: 0.8,
  currency: 'EUR',
  ended_at: null,
  until: '2026-11-24T11:00:00Z',
  cost_so_far: 0,
  cost: 1.6,
  ending: false,
  phase: null,
  may: ['see'],
}
const step = (name: Step['name'], state: Step['state'], more: Partial<Step> = {}): Step => ({
  name,
  state,
  started_at: null,
  finished_at: null,
  tries: 0,
  next_try_at: null,
  typical_seconds: null,
  detail: '',
  ...more,
})
const session = (phase: Session['phase'], steps: Step[]): Session => ({
  phase,
  namespace: 'n',
  attempt: 1,
  reason: '',
  created_at: DAY0,
  ready_at: null,
  gone_at: null,
  waiting_for: null,
  endpoints: [],
  activity: { seen_at: null, editor: null, lab: null },
  device_use: null,
  steps,
})

describe('the status vocabulary', () => {
  const reporting = [
    { cluster: 'c', state: 'reporting' as const, last_report_at: '2026-11-24T08:59:48Z', age_seconds: 12, problem: '' },
  ]
  const status = (it: Partial<Reservation>, its: Session | null, now: number) =>
    statusOf({ reservation: { ...reservation, ...it }, session: its, controllers: reporting, zone: BERLIN, now })
  const workspace = step('workspace', 'running', { started_at: '2026-11-24T09:00:00Z', typical_seconds: 360 })
  const failed = step('workspace', 'failed', {
    started_at: '2026-11-24T09:00:00Z',
    tries: 2,
    next_try_at: '2026-11-24T09:04:25Z',
    detail: 'Registry did not answer. <b>raw</b>',
  })

  test.each([
    ['Booked', {}, null, TEN - 130 * MINUTE, 'Starts 10:00 CET, in 2 h 10 min.'],
    ['Starting soon', {}, null, TEN, 'The controller picks this up within 30 s. Last check 12 s ago.'],
    ['Start delayed', {}, null, TEN + 3 * MINUTE, '3 min late. The controller last reported 3 min ago.'],
    [
      'Starting 2 of 3',
      { state: 'ACTIVE' },
      session('Starting', [step('quota', 'done'), workspace, step('ready', 'pending')]),
      TEN + 4 * MINUTE,
      'Workspace image and start: 4 min so far, usually 6 min.',
    ],
    [
      'Starting 1 of 1, retrying',
      { state: 'ACTIVE' },
      session('Starting', [failed]),
      TEN + 4 * MINUTE,
      'Registry did not answer (2 tries). Next try in 25 s.',
    ],
    ['Ready', { state: 'ACTIVE' }, session('Ready', []), TEN + 10 * MINUTE, 'Ends 12:00 CET, in 1 h 50 min.'],
    [
      'Ready, ends in 29 min',
      { state: 'ACTIVE' },
      session('Ready', []),
      NOON - 29 * MINUTE,
      'Everything in the workspace is deleted at 12:00 CET. Save your work.',
    ],
    [
      'Needs attention',
      { state: 'ACTIVE' },
      session('Degraded', []),
      TEN + HOUR,
      'The workspace does not answer. Repair is running.',
    ],
    ['Ending', { state: 'ACTIVE' }, session('Ready', []), NOON, 'Removing the workspace and everything in it.'],
    [
      'Ending',
      { state: 'ACTIVE', ending: true },
      session('Ready', []),
      TEN + HOUR,
      'Removing the workspace and everything in it.',
    ],
    ['Ended', { state: 'COMPLETED' }, null, NOON + HOUR, 'Ended 12:00 CET. 2 h reserved, EUR 1.60.'],
    [
      'Failed',
      { state: 'FAILED', reason: 'image not found' },
      session('Gone', [failed]),
      NOON,
      'Failed at "Workspace image and start": image not found.',
    ],
  ] as const)('%s', (badge, change, its, now, sentence) => {
    const { badge: shown, sentence: said } = status(change as Partial<Reservation>, its as Session | null, now)
    expect({ badge: shown, sentence: said }).toEqual({ badge, sentence })
  })

  test('a canceled one gives its reason', () => {
    const canceled = status({ state: 'CANCELED', reason: 'maintenance', cost: 0 }, null, NOON)
    expect(canceled).toMatchObject({ badge: 'Canceled', sentence: 'Canceled: "maintenance". It was not charged.' })
    const said = (reason: string) => status({ state: 'CANCELED', reason, cost: 0 }, null, NOON).sentence
    expect(said('Canceled by its owner.')).toBe('Canceled by its owner. It was not charged.')
    expect(said('Moved to another pool.')).toBe('Canceled: "Moved to another pool". It was not charged.')
    expect(said('')).toBe('Canceled. It was not charged.')
  })

  test('one that ended early ended when it did, and costs what it cost', () => {
    const early = {
      state: 'COMPLETED' as const,
      ended_at: '2026-11-24T09:30:00Z',
      until: '2026-11-24T09:30:00Z',
      cost: 0.4,
    }
    expect(status(early, null, NOON).sentence).toBe('Ended 10:30 CET. 30 min reserved, EUR 0.40.')
  })

  test('one that ended between two minutes was as long as the times shown are apart', () => {
    const ended = { state: 'COMPLETED' as const, start: '2026-11-24T09:24:27Z', until: '2026-11-24T09:36:05Z' }
    expect(status({ ...ended, cost: 0.16 }, null, NOON).sentence).toBe('Ended 10:36 CET. 12 min reserved, EUR 0.16.')
  })

  test('what is waited for says for how long, where that is known', () => {
    const reason = 'Step "quota" failed and is tried again, 3 tries so far: refused'
    expect(waitingWords({ reason, until: null }, TEN)).toBe(reason)
    expect(waitingWords({ reason, until: '2026-11-24T09:00:04Z' }, TEN)).toBe(`${reason} Looked at again in 4 s.`)
    expect(waitingWords({ reason, until: '2026-11-24T09:00:00Z' }, TEN)).toBe(`${reason} Being looked at again.`)
  })

  test('a slow step says what is usual and that one may leave', () => {
    expect(stepWords(workspace, TEN + 10 * MINUTE).slow).toBe(
      'Slower than usual (10 min, usually 6 min). You can leave this page; it continues.',
    )
  })
})
