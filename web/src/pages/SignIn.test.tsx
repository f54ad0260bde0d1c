// @vitest-environment happy-dom
import { cleanup, configure, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { MockApi, Refusal } from '../mock/api'
import { renderPage } from '../mock/render'
import { SignIn } from './SignIn'

configure({ asyncUtilTimeout: 15_000 })
vi.setConfig({ testTimeout: 60_000 })

let api: MockApi

beforeEach(() => {
  api = new MockApi()
    .on('get', '/auth/me', () => new Refusal({ status: 401, code: 'signed_out', detail: 'Sign in.' }))
    .on('post', '/auth/login', () => new Refusal({ status: 401, code: 'wrong_credentials', detail: 'Wrong.' }))
})
afterEach(() => {
  cleanup()
  api.restore()
})

test('what is missing is told at its field, and nothing is sent', async () => {
  const typing = userEvent.setup({ delay: null })
  renderPage(<SignIn />)
  const send = () => typing.click(screen.getByRole('button', { name: 'Sign in' }))
  const email = screen.getByLabelText(/^E-mail/)
  const password = screen.getByLabelText(/^Password/)
  await send()
  expect(screen.getByText('Type your e-mail address.')).toBeTruthy()
  expect(email.getAttribute('aria-invalid')).toBe('true')
  expect(document.activeElement).toBe(email)
  await typing.type(email, 'ana@example.org')
  expect(screen.queryByText('Type your e-mail address.')).toBeNull()
  await send()
  expect(screen.getByText('Type your password.')).toBeTruthy()
  expect(document.activeElement).toBe(password)
  expect(api.asked).not.toContain('POST /auth/login')
  await typing.type(password, 'secret')
  await send()
  expect(await screen.findByText(/E-mail or password is wrong/)).toBeTruthy()
  expect(api.asked).toContain('POST /auth/login')
})
