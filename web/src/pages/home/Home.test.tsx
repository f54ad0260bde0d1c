// @vitest-environment happy-dom
import { cleanup, configure, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { MockApi } from '../../mock/api'
import { availability, pool } from '../../mock/data'
import { renderPage } from '../../mock/render'
import { Home } from './Home'

configure({ asyncUtilTimeout: 15_000 })
vi.setConfig({ testTimeout: 60_000 })

let api: MockApi

beforeEach(() => {
  api = new MockApi()
    .on('get', '/pools', () => ({ items: [pool], next: null }))
    .on('get', '/availability', ({ query }) => availability(query))
    .on('get', '/reservations', () => ({ items: [], next: null }))
})
afterEach(() => {
  cleanup()
  api.restore()
})

test('who has nothing running or coming is told that alone, and where what is over is', async () => {
  renderPage(<Home />)
  await screen.findByRole('heading', { name: 'Nothing running or coming' })
  expect(screen.getByRole('link', { name: 'Past reservations' }).getAttribute('href')).toBe('/reservations?tab=past')
})
