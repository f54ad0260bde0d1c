// @vitest-environment happy-dom
import { cleanup, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Reservation } from '../../api/types'
import { MockApi, Refusal } from '../../mock/api'
import { reservation } from '../../mock/data'
import { renderPage } from '../../mock/render'
import { Guests } from './Guests'

let api: MockApi
let guests: { id: string; email: string; name: string; named_at: string }[]
const guest = (email: string) => ({ id: email, email, name: email, named_at: '2026-11-30T10:00:00Z' })

beforeEach(() => {
  guests = [guest('ben@example.org')]
  api = new MockApi()
    .on('get', '/reservations/{id}/guests', () => ({ items: guests, next: null }))
    .on('post', '/reservations/{id}/guests', ({ body }) => {
      guests = [...guests, guest(body.email)]
      return guest(body.email)
    })
})
afterEach(() => {
  cleanup()
  api.restore()
})

const visit = (may: Reservation['may']) =>
  renderPage(<Guests reservation={{ ...reservation, may }} />, { at: '/reservations/r1', route: '/reservations/:id' })
const outlive = /Your files are kept after it, with what they leave in them/
const names = () => screen.getAllByRole('listitem').map((it) => it.textContent)

test('the owner lets somebody in', async () => {
  visit(['see', 'open', 'share'])
  await userEvent.type(await screen.findByLabelText('Let somebody in'), 'tom@example.org')
  await userEvent.click(screen.getByRole('button', { name: 'Let in' }))
  await waitFor(() => expect(names().join()).toContain('tom@example.org'))
  expect(screen.getByRole('button', { name: 'Remove ben@example.org' })).toBeTruthy()
})

test('where files are kept it is said that theirs are, too, and nowhere else', async () => {
  const home = {
    files: null,
    after: 'kept' as const,
    because: null,
    kept_until: '2026-12-08T11:00:00Z',
    replaces: null,
  }
  const page = (after: 'kept' | 'deleted') =>
    renderPage(<Guests reservation={{ ...reservation, may: ['see', 'open', 'share'], home: { ...home, after } }} />, {
      at: '/reservations/r1',
      route: '/reservations/:id',
    })
  page('kept')
  expect(await screen.findByText(outlive)).toBeTruthy()
  cleanup()
  page('deleted')
  await screen.findByLabelText('Let somebody in')
  expect(screen.queryByText(outlive)).toBeNull()
})

test('whom there is not is told', async () => {
  api.on('post', '/reservations/{id}/guests', () => {
    return new Refusal({ status: 422, code: 'invalid', detail: 'There is nobody here with the address x@example.org.' })
  })
  visit(['see', 'open', 'share'])
  await userEvent.type(await screen.findByLabelText('Let somebody in'), 'x@example.org')
  await userEvent.click(screen.getByRole('button', { name: 'Let in' }))
  expect((await screen.findByRole('alert')).textContent).toContain('nobody here')
})

test('who was let in sees who has access and changes nothing of the others', async () => {
  visit(['see', 'open'])
  await waitFor(() => expect(names()).toHaveLength(2))
  expect(screen.queryByLabelText('Let somebody in')).toBeNull()
  expect(screen.queryByRole('button')).toBeNull()
})
