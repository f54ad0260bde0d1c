import { expect, test } from 'vitest'
import { ROUTES, to } from './routes'
import router from './router.tsx?raw'

test('an address is its pattern with parameters, query and place filled in', () => {
  expect(to('home')).toBe('/home')
  expect(to('calendar', { query: { pool: 'a b', date: '2026-11-24', zone: undefined } })).toBe(
    '/calendar?pool=a+b&date=2026-11-24',
  )
  expect(to('reservation', { id: '1/2?' }, { query: { tab: 'access' }, hash: 'change' })).toBe(
    '/reservations/1%2F2%3F?tab=access#change',
  )
  expect(to('signIn', { query: { return: '/calendar?date=2026-11-24' } })).toBe(
    '/sign-in?return=%2Fcalendar%3Fdate%3D2026-11-24',
  )
})

test('what an address lacks or does not know is no program', () => {
  // @ts-expect-error there is no such page
  expect(() => to('nowhere')).toThrow()
  // @ts-expect-error the reservation's id is missing
  expect(() => to('reservation')).toThrow()
  // @ts-expect-error this page reads no such parameter
  to('calendar', { query: { colour: 'red' } })
  // @ts-expect-error this page has no such place
  to('home', { hash: 'change' })
})

test('no two routes are the same address', () => {
  expect(new Set(Object.values(ROUTES)).size).toBe(Object.keys(ROUTES).length)
})

test('every address has its route', () => {
  for (const name of Object.keys(ROUTES)) expect(router).toMatch(new RegExp(`path: ROUTES\\.${name}\\b`))
})
