// @vitest-environment happy-dom
import { cleanup, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { MockApi, Refusal } from '../../mock/api'
import { renderPage } from '../../mock/render'
import { OpenWorkspace } from './OpenWorkspace'

let api: MockApi
let asked: string[]
let answer: () => { url: string; expires_at: string } | Refusal
const replace = vi.fn()

beforeEach(() => {
  asked = []
  answer = () => ({ url: 'https://x7.apps.example/_gate/open?t=abc&to=/', expires_at: '2026-11-30T10:01:00Z' })
  replace.mockReset()
  vi.spyOn(window.location, 'replace').mockImplementation(replace)
  api = new MockApi().on('post', '/reservations/{id}/tickets', (call) => {
    asked.push(JSON.stringify(call.body))
    return answer()
  })
})
afterEach(() => {
  cleanup()
  api.restore()
  vi.restoreAllMocks()
})

const visit = (query = '') =>
  renderPage(<OpenWorkspace />, { at: `/reservations/r1/open${query}`, route: '/reservations/:id/open' })

test('makes one ticket and follows it', async () => {
  visit()
  await waitFor(() => expect(replace).toHaveBeenCalledWith('https://x7.apps.example/_gate/open?t=abc&to=/'))
  expect(asked).toEqual(['{"app":"editor"}'])
})

test('JupyterLab is asked for by name', async () => {
  visit('?app=lab')
  await screen.findByRole('heading', { name: 'Opening JupyterLab' })
  await waitFor(() => expect(asked).toEqual(['{"app":"lab"}']))
})

test('says why there is no way in, and tries again when asked', async () => {
  const ticket = answer
  answer = () =>
    new Refusal({ status: 409, code: 'workspace_not_ready', detail: 'The workspace cannot be opened yet.' })
  visit()
  await screen.findByText(/cannot be opened yet/)
  expect(replace).not.toHaveBeenCalled()
  answer = ticket
  await userEvent.click(screen.getByRole('button', { name: 'Retry' }))
  await waitFor(() => expect(replace).toHaveBeenCalledOnce())
})

test('what is no web address is not followed', async () => {
  answer = () => ({ url: 'javascript:alert(1)', expires_at: '2026-11-30T10:01:00Z' })
  visit()
  await waitFor(() => expect(asked).toHaveLength(1))
  expect(replace).not.toHaveBeenCalled()
})
