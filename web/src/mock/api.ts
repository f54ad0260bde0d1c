import type { paths } from '../api/schema'

/** An API for tests of pages alone: answers that fit the description of the API, and a list of what was asked. */

type Method = 'get' | 'post' | 'patch' | 'delete'
type Operation<P extends keyof paths, M extends Method> = M extends keyof paths[P] ? paths[P][M] : never
/** The body of an operation's success, as api/openapi.yaml has it. */
type Success<O> = O extends { responses: infer R }
  ? R extends { 200: { content: { 'application/json': infer Body } } }
    ? Body
    : R extends { 201: { content: { 'application/json': infer Body } } }
      ? Body
      : R extends { 202: { content: { 'application/json': infer Body } } }
        ? Body
        : undefined
  : never
type Question<O> = O extends { requestBody: { content: { 'application/json': infer Body } } } ? Body : undefined
type Problem = paths['/reservations']['post']['responses']['default']['content']['application/problem+json']

export interface Asked<Body> {
  params: Record<string, string>
  query: URLSearchParams
  body: Body
}

/** What an answer is instead of a success. */
export class Refusal {
  constructor(readonly problem: Pick<Problem, 'status' | 'code' | 'detail'> & Partial<Problem>) {}
}

interface Route {
  method: string
  pattern: RegExp
  answer(asked: Asked<unknown>): unknown
}

export class MockApi {
  private routes: Route[] = []
  /** `GET /pools`, in the order in which they came, parameters filled in. */
  readonly asked: string[] = []
  private readonly real = globalThis.fetch

  constructor() {
    globalThis.fetch = (input, init) => this.fetch(new Request(input, init))
  }

  restore(): void {
    globalThis.fetch = this.real
  }

  /** The answer to an operation; the newest one given counts. A promise may keep the page waiting. */
  on<P extends keyof paths, M extends Method>(
    method: M,
    path: P,
    answer: (
      asked: Asked<Question<Operation<P, M>>>,
    ) => Success<Operation<P, M>> | Refusal | Promise<Success<Operation<P, M>> | Refusal>,
  ): this {
    const pattern = new RegExp(`^/api/v1${path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`)
    this.routes.unshift({ method: method.toUpperCase(), pattern, answer: answer as Route['answer'] })
    return this
  }

  private async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    const name = `${request.method} ${pathname.replace('/api/v1', '')}`
    this.asked.push(name)
    const route = this.routes.find((it) => it.method === request.method && it.pattern.test(pathname))
    if (!route) throw new Error(`the mock API has no answer to ${name}`)
    const text = await request.text()
    const asked = {
      params: { ...route.pattern.exec(pathname)?.groups },
      query: searchParams,
      body: text ? (JSON.parse(text) as unknown) : undefined,
    }
    const answer = await Promise.race([Promise.resolve(route.answer(asked)), aborted(request.signal)])
    if (!(answer instanceof Refusal)) return json(200, 'application/json', answer)
    const { status } = answer.problem
    return json(status, 'application/problem+json', {
      type: 'urn:berth:problem:x',
      title: 'Refused',
      ...answer.problem,
    })
  }
}

const json = (status: number, type: string, body: unknown): Response =>
  new Response(JSON.stringify(body ?? null), { status, headers: { 'Content-Type': type } })

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
  })
