// @vitest-environment happy-dom
import { cleanup, configure, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SignedIn } from '../app/SignedIn'
import { MockApi, Refusal } from '../mock/api'
import { user } from '../mock/data'
import { renderPage } from '../mock/render'
import { OwnPassword } from './OwnPassword'

configure({ asyncUtilTimeout: 15_000 })

let api: MockApi
let given: boolean
let passwords: unknown[]

beforeEach(() => {
  given = true
  passwords = []
  api = new MockApi()
    .on('get', '/auth/me', () => ({
      user: { ...user, password_change_needed: given },
      csrf_token: 't',
      events_from: null,
    }))
    .on('post', '/auth/login', ({ body }) => {
      passwords.push(body)
      return { user: { ...user, password_change_needed: given }, csrf_token: 'u', events_from: null }
    })
    .on('post', '/auth/password', ({ body }) => {
      passwords.push(body)
      if (body.new_password === body.old_password)
        return new Refusal({ status: 422, code: 'invalid', detail: 'The new password is the old one.' })
      given = false
      return undefined
    })
})
afterEach(() => {
  cleanup()
  api.restore()
})

test('a password that was given opens no page', async () => {
  renderPage(<SignedIn>the page</SignedIn>)
  await screen.findByRole('heading', { name: 'Choose a password of your own' })
  expect(screen.queryByText('the page')).toBeNull()
})

test('another one is chosen, and signs in anew', async () => {
  renderPage(<OwnPassword user={{ ...user, password_change_needed: true }} />)
  const typing = userEvent.setup({ delay: null })
  const type = async (label: string, text: string) => {
    const field = screen.getByLabelText(label, { exact: false, selector: 'input' })
    await typing.clear(field)
    await typing.type(field, text)
  }
  const press = () => typing.click(screen.getByRole('button', { name: 'Change password' }))
  await type('Password now', 'told by an admin')
  await type('New password', 'one of my own')
  await type('The new one again', 'another of my own')
  await press()
  expect((await screen.findByRole('alert')).textContent).toContain('not the same')
  expect(passwords).toEqual([])

  await type('New password', 'told by an admin')
  await type('The new one again', 'told by an admin')
  await press()
  await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('The new password is the old one.'))

  await type('New password', 'one of my own')
  await type('The new one again', 'one of my own')
  await press()
  await waitFor(() =>
    expect(passwords.slice(1)).toEqual([
      { old_password: 'told by an admin', new_password: 'one of my own' },
      { email: user.email, password: 'one of my own' },
    ]),
  )
})
