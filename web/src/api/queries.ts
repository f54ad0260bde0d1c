import {
  QueryClient,
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { SECOND, type Span } from '../time/instants'
import * as calls from './calls'
import { isApiError } from './errors'
import { useSettled } from './use_settled'
import type {
  LiveEvent,
  Reservation,
  ReservationCheck,
  ReservationCreate,
  ReservationEdit,
  ReservationState,
  User,
} from './types'

const STATUS_EVERY_MS = 15 * SECOND
const SESSION_EVERY_MS = 60 * SECOND
const RETRY_AFTER_MS = 600

export const makeQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5 * SECOND,
        networkMode: 'always',
        retry: (failures, error) => failures < 1 && isApiError(error) && error.worthRetrying,
        retryDelay: RETRY_AFTER_MS,
      },
      mutations: { networkMode: 'always' },
    },
  })

const keys = {
  me: ['me'],
  pools: ['pools'],
  status: ['status'],
  calendar: (pool: string) => ['calendar', pool],
  availability: (pool: string) => ['availability', pool],
  reservations: ['reservations'],
  reservation: (id: string) => ['reservation', id],
  session: (id: string) => ['session', id],
  guests: (id: string) => ['guests', id],
  homes: ['homes'],
  cards: (pool: string) => ['cards', pool],
  layouts: (pool: string) => ['layouts', pool],
  forecasts: ['forecast'],
} as const

/** What an event makes worth reading again. */
export function invalidateFor(client: QueryClient, event: LiveEvent): void {
  const again = (queryKey: readonly unknown[]) => void client.invalidateQueries({ queryKey })
  if (event.reservation) {
    again(keys.reservation(event.reservation))
    again(keys.session(event.reservation))
    again(keys.guests(event.reservation))
  }
  if (event.kind === 'reservation' || event.kind === 'session') {
    again(keys.reservations)
    again(keys.homes)
  }
  if (event.kind === 'pool') again(keys.pools)
  if (event.pool) {
    again(keys.calendar(event.pool))
    again(keys.availability(event.pool))
    again(keys.forecasts)
  }
}

/** Reads again whatever is on the page. Who is signed in does not change by itself. */
export const invalidateAll = (client: QueryClient): void =>
  void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'me' })

// Accounts

const me = { queryKey: keys.me, queryFn: calls.fetchMe, staleTime: Infinity }

export const useMe = () => useQuery(me)

/** Asked for while the page's files are still on their way. */
export const prefetchMe = (client: QueryClient): void => void client.prefetchQuery(me)

export const forgetMe = (client: QueryClient): void => void client.setQueryData<User | null>(keys.me, null)

export function useSignIn() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: calls.signIn,
    onSuccess: (user) => {
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'me' })
      client.setQueryData(keys.me, user)
    },
  })
}

export function useChangePassword() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: calls.changePassword,
    onSuccess: (user) => client.setQueryData(keys.me, user),
  })
}

export function useSignOut() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: calls.signOut,
    onSuccess: () => {
      client.setQueryData(keys.me, null)
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'me' })
    },
  })
}

// Capacity

export const usePools = () =>
  useQuery({ queryKey: keys.pools, queryFn: ({ signal }) => calls.fetchPools(signal), staleTime: 60 * SECOND })

export const useCalendar = (pool: string | undefined, span: Span) =>
  useQuery({
    queryKey: [...keys.calendar(pool ?? ''), span.start, span.end],
    queryFn: ({ signal }) => calls.fetchCalendar(pool ?? '', span, signal),
    enabled: pool !== undefined,
    placeholderData: keepPreviousData,
  })

export const useAvailability = (pool: string | undefined, span: Span) =>
  useQuery({
    queryKey: [...keys.availability(pool ?? ''), span.start, span.end],
    queryFn: ({ signal }) => calls.fetchAvailability(pool ?? '', span, signal),
    enabled: pool !== undefined,
    placeholderData: keepPreviousData,
  })

export const useStatus = () =>
  useQuery({
    queryKey: keys.status,
    queryFn: ({ signal }) => calls.fetchStatus(signal),
    refetchInterval: STATUS_EVERY_MS,
  })

// Reservations

export const useReservations = (filter: calls.ReservationFilter) =>
  useInfiniteQuery({
    queryKey: [...keys.reservations, 'pages', filter.states.join(), filter.mine, filter.sort, filter.text, filter.kind],
    queryFn: ({ pageParam, signal }) => calls.fetchReservations(filter, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    // What a filter had found stays until there is an answer; the rows of another tab do not.
    placeholderData: (before, query) => (query?.queryKey[2] === filter.states.join() ? before : undefined),
  })

const LIVE_STATES: ReservationState[] = ['APPROVED', 'ACTIVE']

/** One's own reservations that run or are to come, soonest first. */
export const useMyLiveReservations = () =>
  useQuery({
    queryKey: [...keys.reservations, 'mine'],
    queryFn: async ({ signal }) =>
      (await calls.fetchReservations({ states: LIVE_STATES, mine: true, sort: 'start' }, null, signal)).items,
  })

export const useReservation = (id: string, enabled = true) =>
  useQuery({ queryKey: keys.reservation(id), queryFn: ({ signal }) => calls.fetchReservation(id, signal), enabled })

/** Reads one when something is done with it, rather than while it is shown. */
export function useReadReservation() {
  const client = useQueryClient()
  return (id: string) =>
    client.fetchQuery({
      queryKey: keys.reservation(id),
      queryFn: ({ signal }) => calls.fetchReservation(id, signal),
      staleTime: 0,
    })
}

/** `anew`: also without news, since when its workspace was last used is told to nobody as it happens. */
export const useSession = (id: string, enabled: boolean, anew = false) =>
  useQuery({
    queryKey: keys.session(id),
    queryFn: ({ signal }) => calls.fetchSession(id, signal),
    enabled,
    refetchInterval: anew && SESSION_EVERY_MS,
  })

/** How long a question is held back while it is still being typed. */
const ASK_AFTER_MS = 250
/** Time goes on: what fitted may begin in the past by now. */
const ASK_AGAIN_MS = 60 * SECOND

/**
 * What the server says to a booking that was not sent. Asked once it has stayed the same for a moment; a question that is no
 * longer asked is taken back, so `data` is always the answer to `question` itself. Null asks nothing.
 */
export function useForecast(question: ReservationCheck | null) {
  const text = question && JSON.stringify(question)
  const asked = useSettled(text, ASK_AFTER_MS) === text ? text : null
  return useQuery({
    queryKey: [...keys.forecasts, asked],
    queryFn: ({ signal }) => calls.checkReservation(JSON.parse(asked ?? 'null') as ReservationCheck, signal),
    enabled: asked !== null,
    refetchInterval: ASK_AGAIN_MS,
    gcTime: ASK_AGAIN_MS,
  })
}

/** A change's answer is the newest there is of that reservation; everything about capacity is read again. */
function useReservationChange<T>(change: (input: T) => Promise<Reservation>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: (reservation) => {
      client.setQueryData(keys.reservation(reservation.id), reservation)
      void client.invalidateQueries({ queryKey: keys.reservations })
      void client.invalidateQueries({ queryKey: keys.calendar(reservation.pool) })
      void client.invalidateQueries({ queryKey: keys.availability(reservation.pool) })
      void client.invalidateQueries({ queryKey: keys.forecasts })
    },
    onError: (error) => {
      // A refusal means that what the page shows is no longer what is.
      if (isApiError(error) && error.status === 409) invalidateAll(client)
    },
  })
}

export const useCreateReservation = () =>
  useReservationChange((input: { body: ReservationCreate; key: string }) =>
    calls.createReservation(input.body, input.key),
  )

export const useEditReservation = () =>
  useReservationChange((input: { id: string; body: ReservationEdit }) => calls.editReservation(input.id, input.body))

export const useEndReservation = () => useReservationChange((id: string) => calls.endReservation(id))

export const useGuests = (id: string) =>
  useQuery({ queryKey: keys.guests(id), queryFn: ({ signal }) => calls.fetchGuests(id, signal) })

function useGuestChange<T>(id: string, change: (input: T) => Promise<unknown>) {
  const client = useQueryClient()
  return useMutation({ mutationFn: change, onSettled: () => client.invalidateQueries({ queryKey: keys.guests(id) }) })
}

export const useAddGuest = (id: string) => useGuestChange(id, (email: string) => calls.addGuest(id, email))

export const useRemoveGuest = (id: string) => useGuestChange(id, (member: string) => calls.removeGuest(id, member))

export const useCards = (pool: string) =>
  useQuery({ queryKey: keys.cards(pool), queryFn: ({ signal }) => calls.fetchCards(pool, signal) })

/** How far a change of layout is, the reconciler notes without telling anybody. */
const LAYOUTS_EVERY_MS = 10 * SECOND

export const useLayouts = (pool: string) =>
  useQuery({
    queryKey: keys.layouts(pool),
    queryFn: ({ signal }) => calls.fetchLayouts(pool, signal),
    refetchInterval: LAYOUTS_EVERY_MS,
  })

export const useHomes = () => useQuery({ queryKey: keys.homes, queryFn: ({ signal }) => calls.fetchHomes(signal) })

export function useDeleteHome() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: calls.deleteHome,
    onSettled: () => client.invalidateQueries({ queryKey: keys.homes }),
  })
}

/** Each is good for one opening, so none is kept. */
export const useMakeTicket = () =>
  useMutation({ mutationFn: (input: { id: string; app: 'editor' | 'lab' }) => calls.makeTicket(input.id, input.app) })

/** Holds a secret, so it is forgotten with the page that asked. */
export const useTakeKubeconfig = () => useMutation({ mutationFn: (id: string) => calls.takeKubeconfig(id), gcTime: 0 })

export const useExtendReservation = () =>
  useReservationChange((input: { id: string; version: number; end: string }) =>
    calls.extendReservation(input.id, { version: input.version, end: input.end }),
  )
