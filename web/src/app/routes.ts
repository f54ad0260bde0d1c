/** Every address of the portal: the router takes its patterns from here, links and redirects are made by `to`. */
export const ROUTES = {
  signIn: '/sign-in',
  home: '/home',
  calendar: '/calendar',
  reservations: '/reservations',
  newReservation: '/reservations/new',
  reservation: '/reservations/:id',
  openWorkspace: '/reservations/:id/open',
  tokenomics: '/tokenomics',
  cards: '/admin/cards',
} as const

export type Route = keyof typeof ROUTES

/** The names behind a colon in a pattern. */
type ParamsOf<Pattern extends string> = Pattern extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamsOf<`/${Rest}`>
  : Pattern extends `${string}:${infer Name}`
    ? Name
    : never

/** What a page reads from its address besides, as far as other pages set it. */
interface Queries {
  signIn: { return?: string }
  calendar: { pool?: string; date?: string; new?: '1' | 'soonest' }
  reservations: { tab?: 'active' | 'upcoming' | 'past' }
  reservation: { tab?: 'access' }
  cards: { pool?: string }
  openWorkspace: { app?: 'editor' | 'lab' }
}
interface Hashes {
  reservation: 'change'
}

interface More<R extends Route> {
  /** Kept on every page: the zone that times are shown in. */
  query?: (R extends keyof Queries ? Queries[R] : unknown) & { zone?: string }
  hash?: R extends keyof Hashes ? Hashes[R] : never
}

type Arguments<R extends Route> = [ParamsOf<(typeof ROUTES)[R]>] extends [never]
  ? [more?: More<R>]
  : [params: Record<ParamsOf<(typeof ROUTES)[R]>, string>, more?: More<R>]

/** `to('reservation', { id }, { hash: 'change' })`; a wrong name or parameter is no program. */
export function to<R extends Route>(route: R, ...given: Arguments<R>): string {
  const pattern: string = ROUTES[route]
  const named = pattern.includes(':')
  const params = (named ? given[0] : {}) as Record<string, string>
  const more = (named ? given[1] : given[0]) as
    { query?: Record<string, string | undefined>; hash?: string } | undefined
  const path = pattern.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
  const query = new URLSearchParams(
    Object.entries(more?.query ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ).toString()
  return path + (query && `?${query}`) + (more?.hash ? `#${more.hash}` : '')
}
