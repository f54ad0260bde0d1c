// @vitest-environment happy-dom
import { act, cleanup, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MockApi } from '../mock/api'
import { pool } from '../mock/data'
import { renderRouted } from '../mock/render'
import { flag, text, useAddress } from './address'

const FIELDS = { word: text(), marked: flag() }

let api: MockApi
beforeEach(() => {
  api = new MockApi().on('get', '/pools', () => ({ items: [pool], next: null }))
})
afterEach(() => {
  cleanup()
  api.restore()
})

function Page() {
  const [values, change] = useAddress(FIELDS)
  return (
    <>
      <button onClick={() => change({ word: 'first' })}>Word</button>
      <button onClick={() => change({ marked: true })}>Mark</button>
      <output aria-label="Values">{JSON.stringify(values)}</output>
    </>
  )
}

test('of two changes before the page is drawn again none undoes the other', async () => {
  renderRouted({ '/': <Page /> }, '/')
  // Within one act nothing is drawn, as on a machine that is busy; the router itself goes on.
  await act(async () => {
    screen.getByRole('button', { name: 'Word' }).click()
    await new Promise((drawn) => setTimeout(drawn))
    screen.getByRole('button', { name: 'Mark' }).click()
  })
  expect(await screen.findByText('{"word":"first","marked":true}')).toBeDefined()
})
