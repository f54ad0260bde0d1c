import { readFileSync } from 'node:fs'
import type { components } from '../../src/api/schema'
import { until } from './poll.ts'
import { BASE_URL, tokensFile, type User } from './settings.ts'

export type Reservation = components['schemas']['Reservation']
export type Session = components['schemas']['Session']
export type Wish = components['schemas']['ReservationCreate']

const REQUEST_MS = 20_000
const tokens = (): Record<string, string> => JSON.parse(readFileSync(tokensFile(), 'utf8')) as Record<string, string>

/** What someone does by other means than the page under test. */
export class Api {
  private readonly token: string

  constructor(
    user: User,
    private readonly base: string = BASE_URL,
  ) {
    this.token = tokens()[user] ?? ''
  }

  async send(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    const answer = await fetch(`${this.base}/api/v1${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_MS),
    })
    const text = await answer.text()
    return { status: answer.status, body: text ? JSON.parse(text) : null }
  }

  private async must(method: string, path: string, status: number, body?: unknown): Promise<unknown> {
    const answer = await this.send(method, path, body)
    if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  async book(wish: Partial<Wish> & Pick<Wish, 'start'>): Promise<Reservation> {
    const body = { pool: 'lab', device_class: 'slice-24gb', units: 1, ...wish }
    return (await this.must('POST', '/reservations', 201, body)) as Reservation
  }

  /** A booking that starts now. */
  bookNow = (name: string, more: Partial<Wish> = {}): Promise<Reservation> =>
    this.book({ start: 'now', duration_minutes: 120, name, ...more })

  end = async (id: string): Promise<Reservation> =>
    (await this.must('DELETE', `/reservations/${id}`, 200)) as Reservation

  reservation = async (id: string): Promise<Reservation> =>
    (await this.must('GET', `/reservations/${id}`, 200)) as Reservation

  async session(id: string): Promise<Session | null> {
    const answer = await this.send('GET', `/reservations/${id}/session`)
    return answer.status === 200 ? (answer.body as Session) : null
  }

  async list(query = ''): Promise<Reservation[]> {
    const body = (await this.must('GET', `/reservations?limit=500${query}`, 200)) as { items: Reservation[] }
    return body.items
  }

  ready = (id: string): Promise<Session> =>
    until('the workspace is Ready', 40, async () => {
      const session = await this.session(id)
      return session?.phase === 'Ready' ? session : null
    })

  gone = (id: string): Promise<Reservation> =>
    until('the reservation is over', 40, async () => {
      const it = await this.reservation(id)
      return it.state === 'ACTIVE' || it.state === 'APPROVED' ? null : it
    })
}
