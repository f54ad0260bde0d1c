// @vitest-environment happy-dom
import { cleanup, configure, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Card, Layout } from '../../api/types'
import { MockApi, Refusal } from '../../mock/api'
import { pool } from '../../mock/data'
import { renderPage } from '../../mock/render'
import { CardsPage } from './CardsPage'

configure({ asyncUtilTimeout: 15_000 })

const slice = (number: number) => ({
  unit: `gpu0-slice${number}`,
  device_class: 'slice-24gb',
  profile: '1g.24gb',
  start: number * 3,
  end: number * 3 + 3,
  replicas: 2,
})
const both: Card = {
  node: 'gpu-node-1',
  device: 'gpu0',
  index: 0,
  model: 'RTX PRO 6000',
  card: 'RTX PRO 6000 Blackwell 96GB',
  places_seen: true,
  positions: 12,
  ways: [
    { way: 1, parts: [slice(0), slice(1), slice(3)] },
    {
      way: 2,
      parts: [{ unit: 'gpu0', device_class: 'whole-96gb', profile: '', start: 0, end: 12, replicas: 4 }],
    },
  ],
  faults: [],
}
const uncut: Card = {
  node: 'gpu-node-1',
  device: 'gpu1',
  index: 1,
  model: 'L40S',
  card: null,
  places_seen: true,
  positions: 1,
  ways: [{ way: 1, parts: [{ unit: 'l40s', device_class: 'whole-96gb', profile: '', start: 0, end: 1, replicas: 1 }] }],
  faults: ['A card of this model is not cut.'],
}
const inForce: Layout = {
  id: '1',
  pool: 'lab',
  node: 'gpu-node-1',
  kubernetes_name: 'gpu-node-1',
  layout: 'berth-4c30ad7428716d4e',
  ways: [{ device: 'gpu0', way: 1 }],
  units: ['gpu0-slice0', 'gpu0-slice1', 'gpu0-slice3', 'l40s'],
  not_before: '2026-11-24T06:00:00Z',
  ordered_by: 'admin@berth.local',
  ordered_at: '2026-11-24T06:00:00Z',
  state: 'in_force',
  begun: true,
  step: 'in_force',
  stuck: false,
  sentence: '',
  repair: '',
  until: null,
  in_force_since: '2026-11-24T06:10:00Z',
}

let api: MockApi
let layouts: Layout[]

beforeEach(() => {
  layouts = []
  api = new MockApi()
    .on('get', '/pools', () => ({ items: [pool], next: null }))
    .on('get', '/cards', () => ({ items: [both, uncut], next: null }))
    .on('get', '/layouts', () => ({ items: layouts, next: null }))
})
afterEach(() => {
  cleanup()
  api.restore()
})

const parts = (name: string) =>
  within(screen.getByRole('list', { name }))
    .getAllByRole('listitem')
    .map((it) => [it.textContent, it.style.gridColumn])

test('each way of each card is a picture, in which a part is as wide as what it takes', async () => {
  renderPage(<CardsPage />)
  await screen.findByRole('heading', { name: 'gpu-node-1' })
  expect(parts('gpu0: Way 1 of 2')).toEqual([
    ['1g.24gb x2gpu0-slice00 to 2', '1 / 4'],
    ['1g.24gb x2gpu0-slice13 to 5', '4 / 7'],
    ['1g.24gb x2gpu0-slice39 to 11', '10 / 13'],
  ])
  expect(parts('gpu0: Way 2 of 2')).toEqual([['whole x4gpu0', '1 / 13']])
  expect(parts('gpu1: Its only way')).toEqual([['wholel40s', '1 / 2']])
  expect(screen.getByText(/Which of the ways is in force is not known/)).toBeTruthy()
  expect(screen.getByText('A card of this model is not cut.')).toBeTruthy()
})

test('what is in force, what is to come, and what a change is stuck on are told', async () => {
  const change = { ...inForce, state: 'ordered' as const, begun: false, step: '', ways: [{ device: 'gpu0', way: 2 }] }
  layouts = [
    inForce,
    { ...change, id: '2', not_before: '2026-11-24T17:05:00Z' },
    {
      ...change,
      id: '3',
      begun: true,
      stuck: true,
      step: 'no_manager',
      sentence: 'Nobody takes up the label.',
      repair: 'Start the manager. Then: berth gpu retry gpu-node-1',
    },
  ]
  renderPage(<CardsPage />)
  await screen.findByText('In force: gpu0 in way 1.')
  expect(parts('gpu0: Way 1 of 2, in force')).toHaveLength(3)
  expect(screen.getByText(/from .*18:05.*: gpu0 in way 2, ordered by admin@berth.local\./)).toBeTruthy()
  expect(screen.getByText(/Stuck \(no_manager\): Nobody takes up the label\./)).toBeTruthy()
  expect(screen.getByText('Start the manager. Then: berth gpu retry gpu-node-1')).toBeTruthy()
})

test('whoever may not see it is told so, and a list that fails can be asked for again', async () => {
  let refused = true
  api.on('get', '/cards', () =>
    refused
      ? new Refusal({ status: 403, code: 'forbidden', detail: 'Your role does not allow this.' })
      : { items: [], next: null },
  )
  renderPage(<CardsPage />)
  const alert = await screen.findByRole('alert')
  expect(alert.textContent).toContain('Your role does not allow this.')
  refused = false
  await userEvent.setup({ delay: null }).click(within(alert).getByRole('button', { name: 'Retry' }))
  await screen.findByText('This pool has no node with a card.')
})
