// @vitest-environment happy-dom
import { cleanup, configure, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MockApi, Refusal } from '../../mock/api'
import { pool, reservation } from '../../mock/data'
import { renderPage } from '../../mock/render'
import { Reservations } from './Reservations'

configure({ asyncUtilTimeout: 15_000 })

let api: MockApi
let queries: string[]

beforeEach(() => {
  queries = []
  api = new MockApi()
    .on('get', '/pools', () => ({ items: [pool], next: null }))
    .on('get', '/status', () => ({ server_time: '2026-11-24T07:10:00Z', version: 'test', controllers: [] }))
    .on('get', '/homes', () => ({ items: [], next: null }))
    .on('get', '/reservations', ({ query }) => {
      query.delete('limit')
      queries.push(query.toString())
      if (query.has('q') && !'first second'.includes(query.get('q') ?? '')) return { items: [], next: null }
      const second = query.get('cursor') === 'more'
      // The server found nothing on its first page, and says that there is more to look through.
      if (query.get('q') === 'second' && !second) return { items: [], next: 'more' }
      return {
        items: second ? [{ ...reservation, id: 'b', name: 'second' }] : [{ ...reservation, id: 'a', name: 'first' }],
        next: second ? null : 'more',
      }
    })
})
afterEach(() => {
  cleanup()
  api.restore()
})

const rows = () =>
  within(screen.getByRole('region', { name: 'Table of reservations' }))
    .getAllByRole('row')
    .slice(1)
    .map((row) => within(row).getByRole('rowheader').textContent)

test('rows stand in the order of the server, page after page', async () => {
  renderPage(<Reservations />, { at: '/reservations?tab=upcoming' })
  const typing = userEvent.setup({ delay: null })
  await waitFor(() => expect(rows()).toEqual(['first']))
  await typing.click(screen.getByRole('button', { name: 'Show more' }))
  await waitFor(() => expect(rows()).toEqual(['first', 'second']))
  expect(queries).toEqual(['state=APPROVED&sort=start', 'state=APPROVED&sort=start&cursor=more'])
})

test('a head of the table sorts by asking the server, and the address keeps it', async () => {
  renderPage(<Reservations />, { at: '/reservations?tab=upcoming' })
  const typing = userEvent.setup({ delay: null })
  const when = await screen.findByRole('columnheader', { name: /^When/ })
  expect(when.getAttribute('aria-sort')).toBe('ascending')
  await typing.click(within(when).getByRole('button'))
  await waitFor(() => expect(queries.at(-1)).toBe('state=APPROVED&sort=-start'))
  expect(screen.getByRole('status', { name: 'Address' }).textContent).toContain('sort=-start')
  await typing.click(screen.getByRole('tab', { name: 'Past' }))
  await waitFor(() => expect(queries.at(-1)).toBe('state=COMPLETED%2CCANCELED%2CFAILED&sort=-start'))
  expect(screen.getByRole('status', { name: 'Address' }).textContent).not.toContain('sort=')
})

test('filters are in the address, and clearing them shows the rows again', async () => {
  renderPage(<Reservations />, { at: '/reservations?tab=upcoming&text=nothing+of+that+name&mine=1' })
  const typing = userEvent.setup({ delay: null })
  await screen.findByText('No results')
  expect(queries[0]).toBe('state=APPROVED&sort=start&q=nothing+of+that+name&mine=true')
  await typing.click(screen.getByRole('button', { name: 'Clear filters' }))
  await waitFor(() => expect(rows()).toEqual(['first']))
})

test('what is typed is asked of the server once it stands, a kind at once', async () => {
  renderPage(<Reservations />, { at: '/reservations?tab=upcoming' })
  const typing = userEvent.setup({ delay: null })
  await waitFor(() => expect(rows()).toEqual(['first']))
  await typing.type(screen.getByRole('searchbox', { name: 'Filter by text' }), 'first')
  await waitFor(() => expect(queries.at(-1)).toBe('state=APPROVED&sort=start&q=first'))
  expect(queries).toHaveLength(2)
  await typing.selectOptions(screen.getByLabelText('Resource kind filter'), 'slice-24gb')
  await waitFor(() => expect(queries.at(-1)).toBe('state=APPROVED&sort=start&q=first&device_class=slice-24gb'))
})

test('a page on which the server found nothing is not told as all there is', async () => {
  renderPage(<Reservations />, { at: '/reservations?tab=upcoming&text=second' })
  await waitFor(() => expect(rows()).toEqual(['second']))
  expect(screen.queryByText('No results')).toBeNull()
  expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull()
})

test('a list that fails is not an empty one, and Retry recovers', async () => {
  let broken = true
  api.on('get', '/reservations', () =>
    broken
      ? new Refusal({ status: 500, code: 'internal', detail: 'The server failed.', request_id: '7f3a91' })
      : { items: [reservation], next: null },
  )
  renderPage(<Reservations />, { at: '/reservations' })
  const typing = userEvent.setup({ delay: null })
  const alert = await screen.findByRole('alert')
  expect(alert.textContent).toContain('7f3a91')
  expect(screen.queryByText('Nothing is running.')).toBeNull()
  broken = false
  await typing.click(within(alert).getByRole('button', { name: 'Retry' }))
  await waitFor(() => expect(rows()).toEqual(['train-7b']))
})

test("kept files are told with their day, and are gone with their owner's word alone", async () => {
  const kept = {
    id: '55555555-5555-4555-8555-555555555501',
    pool: 'lab',
    time_zone: 'Europe/Berlin',
    size_gib: 20,
    of: '2026-11-23T22:30:00Z',
    kept_until: '2026-12-08T11:00:00Z',
    state: 'kept' as const,
    reservation: 'a',
    name: 'night run',
  }
  const asked: string[] = []
  let deleting = false
  api
    .on('get', '/homes', () => ({ items: [deleting ? { ...kept, state: 'deleting' as const } : kept], next: null }))
    .on('delete', '/homes/{id}', ({ params }) => {
      asked.push(params.id ?? '')
      deleting = true
      return { ...kept, state: 'deleting' as const }
    })
  renderPage(<Reservations />, { at: '/reservations' })
  const typing = userEvent.setup({ delay: null })
  const list = await screen.findByRole('region', { name: 'Kept files' })
  // The day is the page's zone's: half past ten in the evening UTC is the 23rd there.
  expect(list.textContent).toMatch(/Files of .*2[34] Nov.* [0-2]\d:30.*, pool lab, 20 GiB\. Kept until .*8 Dec/)
  expect(within(list).getByRole('link', { name: 'night run' }).getAttribute('href')).toBe('/reservations/a')
  await typing.click(within(list).getByRole('button', { name: /^Delete the files of/ }))
  const question = await screen.findByRole('dialog')
  expect(question.textContent).toContain('There is no way back')
  await typing.click(within(question).getByRole('button', { name: 'Keep them' }))
  expect(asked).toEqual([])
  await typing.click(within(list).getByRole('button', { name: /^Delete the files of/ }))
  await typing.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Delete files' }))
  await waitFor(() => expect(list.textContent).toContain('They are being deleted.'))
  expect(asked).toEqual([kept.id])
})
