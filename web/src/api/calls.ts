import { toRfc3339, type Span } from '../time/instants'
import { api, dataOf, setCsrfRenewal, setCsrfToken, setEventsFrom } from './client'
import { isApiError } from './errors'
import type {
  Forecast,
  ReservationCheck,
  ReservationCreate,
  ReservationEdit,
  ReservationSort,
  ReservationState,
  Session,
  User,
} from './types'

/** Each call of the API that the pages use. Failures are thrown as ApiError. */

export async function fetchMe(): Promise<User | null> {
  try {
    const me = dataOf(await api.GET('/auth/me'))
    setCsrfToken(me.csrf_token)
    setEventsFrom(me.events_from)
    return me.user
  } catch (error) {
    if (isApiError(error) && error.status === 401) return null
    throw error
  }
}

setCsrfRenewal(async () => void (await fetchMe()))

export async function signIn(body: { email: string; password: string }): Promise<User> {
  const login = dataOf(await api.POST('/auth/login', { body }))
  setCsrfToken(login.csrf_token)
  setEventsFrom(login.events_from)
  return login.user
}

/** The sign-in ends with the old password, so there is a new one. */
export async function changePassword(body: { email: string; old: string; wanted: string }): Promise<User> {
  dataOf(await api.POST('/auth/password', { body: { old_password: body.old, new_password: body.wanted } }))
  return signIn({ email: body.email, password: body.wanted })
}

export async function signOut(): Promise<void> {
  await api.POST('/auth/logout')
  setCsrfToken(null)
}

export const fetchPools = async (signal: AbortSignal) => dataOf(await api.GET('/pools', { signal })).items

const window = (pool: string, span: Span) => ({
  query: { pool, from: toRfc3339(span.start), to: toRfc3339(span.end) },
})

export const fetchCalendar = async (pool: string, span: Span, signal: AbortSignal) =>
  dataOf(await api.GET('/calendar', { params: window(pool, span), signal }))

export const fetchAvailability = async (pool: string, span: Span, signal: AbortSignal) =>
  dataOf(await api.GET('/availability', { params: window(pool, span), signal }))

export interface ReservationFilter {
  states: ReservationState[]
  mine: boolean
  sort: ReservationSort
  /** Part of a name, an owner, a team, ...; empty for all. */
  text?: string
  /** A device class; empty for all. */
  kind?: string
}

export const fetchReservations = async (filter: ReservationFilter, cursor: string | null, signal: AbortSignal) =>
  dataOf(
    await api.GET('/reservations', {
      params: {
        query: {
          state: filter.states.join(','),
          limit: '100',
          sort: filter.sort,
          ...(filter.text ? { q: filter.text } : {}),
          ...(filter.kind ? { device_class: filter.kind } : {}),
          ...(filter.mine ? { mine: 'true' as const } : {}),
          ...(cursor ? { cursor } : {}),
        },
      },
      signal,
    }),
  )

const path = (id: string) => ({ path: { id } })

export const fetchReservation = async (id: string, signal: AbortSignal) =>
  dataOf(await api.GET('/reservations/{id}', { params: path(id), signal }))

/** Null before there is one. */
export async function fetchSession(id: string, signal: AbortSignal): Promise<Session | null> {
  try {
    return dataOf(await api.GET('/reservations/{id}/session', { params: path(id), signal }))
  } catch (error) {
    if (isApiError(error) && error.code === 'no_session') return null
    throw error
  }
}

/** What a booking or a change would come to; writes nothing. */
export const checkReservation = async (body: ReservationCheck, signal: AbortSignal): Promise<Forecast> =>
  dataOf(await api.POST('/reservations:check', { body, signal }))

export const createReservation = async (body: ReservationCreate, key: string) =>
  dataOf(await api.POST('/reservations', { body, params: { header: { 'Idempotency-Key': key } } }))

export const editReservation = async (id: string, body: ReservationEdit) =>
  dataOf(await api.PATCH('/reservations/{id}', { body, params: path(id) }))

export const endReservation = async (id: string) => dataOf(await api.DELETE('/reservations/{id}', { params: path(id) }))

export const extendReservation = async (id: string, body: { version: number; end: string }) =>
  dataOf(await api.POST('/reservations/{id}/extend', { body, params: path(id) }))

export const makeTicket = async (id: string, app: 'editor' | 'lab') =>
  dataOf(await api.POST('/reservations/{id}/tickets', { body: { app }, params: path(id) }))

export const takeKubeconfig = async (id: string) =>
  dataOf(await api.POST('/reservations/{id}/kubeconfig', { params: path(id) }))

export const fetchCards = async (pool: string, signal: AbortSignal) =>
  dataOf(await api.GET('/cards', { params: { query: { pool } }, signal })).items

export const fetchLayouts = async (pool: string, signal: AbortSignal) =>
  dataOf(await api.GET('/layouts', { params: { query: { pool } }, signal })).items

export const fetchHomes = async (signal: AbortSignal) => dataOf(await api.GET('/homes', { signal })).items

export const deleteHome = async (id: string) => dataOf(await api.DELETE('/homes/{id}', { params: path(id) }))

export const fetchGuests = async (id: string, signal: AbortSignal) =>
  dataOf(await api.GET('/reservations/{id}/guests', { params: path(id), signal })).items

export const addGuest = async (id: string, email: string) =>
  dataOf(await api.POST('/reservations/{id}/guests', { body: { email }, params: path(id) }))

export const removeGuest = async (id: string, member: string): Promise<void> => {
  await api.DELETE('/reservations/{id}/guests/{member}', { params: { path: { id, member } } })
}

export const fetchStatus = async (signal: AbortSignal) => dataOf(await api.GET('/status', { signal }))
