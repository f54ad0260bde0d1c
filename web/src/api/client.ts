import createClient from 'openapi-fetch'
import { fromRfc3339 } from '../time/instants'
import { serverClock, serverNow } from '../time/server_clock'
import { ApiError, failureOf, isApiError } from './errors'
import { reach } from './reach'
import type { paths } from './schema'

/** How long an answer may take before the page says that there was none. */
export const REQUEST_TIMEOUT_MS = 20_000

let csrfToken: string | null = null
let eventsFrom: string | null = null
let renewCsrf: (() => Promise<void>) | null = null
const signedOutListeners = new Set<() => void>()

export const setCsrfToken = (token: string | null): void => {
  csrfToken = token
}

/** The first that is told stays: all that the pages read came after it. */
export const setEventsFrom = (id: string | null): void => {
  eventsFrom ??= id
}
export const eventsSinceFirstRead = (): string | null => eventsFrom

/** `renew` asks for the token anew: another tab may have signed in again meanwhile. */
export const setCsrfRenewal = (renew: () => Promise<void>): void => {
  renewCsrf = renew
}

/** Told when the server says that nobody is signed in. */
export function onSignedOut(listener: () => void): () => void {
  signedOutListeners.add(listener)
  return () => signedOutListeners.delete(listener)
}

/** Random words that need no secure origin, unlike crypto.randomUUID. */
export function randomId(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  )
}

const isChange = (method: string): boolean => method !== 'GET' && method !== 'HEAD'

async function send(request: Request, reference: string): Promise<Response> {
  const headers = new Headers(request.headers)
  headers.set('X-Request-Id', reference)
  if (isChange(request.method) && csrfToken) headers.set('X-CSRF-Token', csrfToken)
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
  const sentAt = Date.now()
  try {
    const response = await fetch(new Request(request, { headers, signal: AbortSignal.any([request.signal, timeout]) }))
    const serverTime = response.headers.get('Berth-Server-Time')
    reach.answered()
    if (serverTime) serverClock.note(fromRfc3339(serverTime), sentAt, Date.now())
    return response
  } catch (cause) {
    if (request.signal.aborted) throw cause
    reach.silent(serverNow() - (Date.now() - sentAt))
    if (timeout.aborted) {
      throw new ApiError('timeout', 0, `No answer within ${REQUEST_TIMEOUT_MS / 1000} s.`, reference)
    }
    throw new ApiError('offline', 0, 'Berth cannot be reached. Check the network.', reference)
  }
}

/** The body's bytes, so that a connection that breaks in the middle is told as what it is. */
async function whole(response: Response, reference: string): Promise<Response> {
  if (response.status === 204) return response
  try {
    const text = await response.text()
    JSON.parse(text)
    return new Response(text, response)
  } catch {
    const kind = (response.headers.get('Content-Type') ?? '').includes('json') ? 'offline' : 'unexpected'
    const words = kind === 'offline' ? 'The answer broke off.' : 'Something other than Berth answered.'
    throw new ApiError(kind, response.status, words, response.headers.get('X-Request-Id') ?? reference)
  }
}

async function guardedFetch(request: Request): Promise<Response> {
  const reference = randomId(4)
  // A body can be read only once, and the request may have to be sent again with a new token.
  const again = isChange(request.method) ? request.clone() : null
  const response = await send(request, reference)
  if (response.ok) return whole(response, reference)
  const error = await failureOf(response, reference)
  if (error.status === 401 && error.code !== 'wrong_credentials') {
    for (const listener of signedOutListeners) listener()
  }
  if (error.code === 'csrf_token' && again && renewCsrf) {
    await renewCsrf()
    const second = await send(again, reference)
    if (second.ok) return whole(second, reference)
    throw await failureOf(second, reference)
  }
  throw error
}

const API_ROOT = '/api/v1'

export const api = createClient<paths>({ baseUrl: API_ROOT, fetch: guardedFetch })

/** The address of an operation, for what is no fetch. */
export const apiUrl = (path: keyof paths): string => API_ROOT + path

/** The data of an answer. Failures were thrown before, so its absence is a fault of this page. */
export function dataOf<T>(answer: { data?: T }): T {
  if (answer.data === undefined) throw new Error('an answer without data')
  return answer.data
}

export { isApiError }
