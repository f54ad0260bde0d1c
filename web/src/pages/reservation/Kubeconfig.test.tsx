// @vitest-environment happy-dom
import { cleanup, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Reservation, Session } from '../../api/types'
import { MockApi, Refusal } from '../../mock/api'
import { NOW, ready, reservation, ZONE } from '../../mock/data'
import { renderPage } from '../../mock/render'
import { Access } from './Access'

const END = '2026-11-24T11:00:00Z' // 12:00 CET
const running: Reservation = { ...reservation, state: 'ACTIVE', phase: 'Ready', may: ['see', 'open', 'kubeconfig'] }
const file = {
  kubeconfig: 'apiVersion: v1\nkind: Config\n',
  context: 'train-7b-11111111',
  namespace: 'berth-train-7b',
  expires_at: END,
  valid_until: END,
}

let api: MockApi
let saved: { name: string; text: Blob }[]
let blob: Blob

beforeEach(() => {
  saved = []
  vi.spyOn(URL, 'createObjectURL').mockImplementation((it) => {
    blob = it as Blob
    return 'blob:x'
  })
  vi.spyOn(URL, 'revokeObjectURL').mockImplementation(() => undefined)
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    saved.push({ name: this.download, text: blob })
  })
  api = new MockApi()
    .on('get', '/reservations/{id}/guests', () => ({ items: [], next: null }))
    .on('post', '/reservations/{id}/kubeconfig', () => file)
})
afterEach(() => {
  cleanup()
  api.restore()
  vi.restoreAllMocks()
})

const visit = (change: Partial<{ reservation: Reservation; session: Session | null; owner: boolean; now: number }>) =>
  renderPage(
    <Access
      reservation={running}
      session={ready}
      status={{ badge: 'Starting', tone: 'info', sentence: 'The image is being pulled.' }}
      slotsPerUnit={2}
      owner
      zone={ZONE}
      now={NOW}
      {...change}
    />,
    { at: '/reservations/r1', route: '/reservations/:id' },
  )
const button = () => screen.findByRole('button', { name: 'Download kubeconfig' })

test('says until when it is good and what for, and saves the file under the name of its context', async () => {
  visit({})
  const take = await button()
  expect(screen.getByText('valid until 12:00 CET, this workspace only').id).toBe(take.getAttribute('aria-describedby'))
  await userEvent.click(take)
  await waitFor(() => expect(saved).toHaveLength(1))
  expect(saved[0]?.name).toBe('train-7b-11111111.kubeconfig')
  expect(await saved[0]?.text.text()).toBe(file.kubeconfig)
  expect(screen.queryByText(/take another/)).toBeNull()
})

test('tells where the cluster gives less time than the reservation has', async () => {
  api.on('post', '/reservations/{id}/kubeconfig', () => ({ ...file, valid_until: '2026-11-24T09:00:00Z' }))
  visit({})
  await userEvent.click(await button())
  expect((await screen.findByText(/take another/)).textContent).toContain('10:00 CET')
})

test('before the session is ready it is there with the reason, and asks for nothing', async () => {
  visit({ session: { ...ready, phase: 'Starting' } })
  const take = await button()
  expect(take.getAttribute('aria-disabled')).toBe('true')
  expect(document.getElementById(take.getAttribute('aria-describedby') ?? '')?.textContent).toBe(
    'Not ready yet. Starting: The image is being pulled.',
  )
  await userEvent.click(take)
  expect(api.asked.filter((it) => it.includes('kubeconfig'))).toEqual([])
})

test('a refusal is told in its own words and nothing is saved', async () => {
  const detail = 'The controller did not answer within 15 s, so there is no kubeconfig. Try again.'
  api.on('post', '/reservations/{id}/kubeconfig', () => new Refusal({ status: 503, code: 'controller_silent', detail }))
  visit({})
  await userEvent.click(await button())
  expect((await screen.findByRole('alert')).textContent).toContain(detail)
  expect(saved).toEqual([])
})

test('is not offered after the end, nor to guests', async () => {
  visit({ now: Date.parse(END) })
  await screen.findByRole('link', { name: 'Open VS Code' })
  expect(screen.queryByRole('button', { name: 'Download kubeconfig' })).toBeNull()
  cleanup()
  visit({ reservation: { ...running, state: 'COMPLETED', may: ['see'] } })
  await screen.findByText(/This workspace ended/)
  expect(screen.queryByRole('button', { name: 'Download kubeconfig' })).toBeNull()
  cleanup()
  visit({ owner: false, reservation: { ...running, may: ['see', 'open'] } })
  await screen.findByRole('link', { name: 'Open VS Code' })
  expect(screen.queryByRole('button', { name: 'Download kubeconfig' })).toBeNull()
})
