import type { Problem } from './types'

/**
 * Why a request has no answer that can be used:
 * - problem: the server said what is wrong
 * - unexpected: something answered that is not the API, such as a proxy's page
 * - offline: nothing answered
 * - timeout: nothing answered in time
 */
export type FailureKind = 'problem' | 'unexpected' | 'offline' | 'timeout'

export class ApiError extends Error {
  override readonly name = 'ApiError'

  constructor(
    readonly kind: FailureKind,
    readonly status: number,
    message: string,
    /** The request's id, as the server's log has it. */
    readonly reference: string,
    readonly problem: Problem | null = null,
  ) {
    super(message)
  }

  get code(): string {
    return this.problem?.code ?? ''
  }

  /** Whether the server may have done what was asked although no answer came. */
  get outcomeUnknown(): boolean {
    return this.kind === 'offline' || this.kind === 'timeout' || (this.kind === 'unexpected' && this.status >= 500)
  }

  /** Whether asking again may help without anything being changed. */
  get worthRetrying(): boolean {
    return this.kind !== 'problem' || this.status >= 500 || this.status === 429
  }
}

export const isApiError = (error: unknown): error is ApiError => error instanceof ApiError

/** A sentence for any fault: the server's own words where it had some. */
export function sentenceOf(error: unknown): string {
  return isApiError(error) ? error.message : 'Something went wrong in this page.'
}

export const referenceOf = (error: unknown): string => (isApiError(error) ? error.reference : '')

const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Problem).code === 'string' &&
  typeof (value as Problem).detail === 'string'

/** Reads an answer that is not a success. */
export async function failureOf(response: Response, reference: string): Promise<ApiError> {
  const id = response.headers.get('X-Request-Id') ?? reference
  if ((response.headers.get('Content-Type') ?? '').includes('json')) {
    try {
      const body: unknown = await response.json()
      if (isProblem(body)) return new ApiError('problem', response.status, body.detail, body.request_id ?? id, body)
    } catch {
      // Not JSON after all: told below as what it is.
    }
  }
  return new ApiError('unexpected', response.status, unexpectedWords(response.status), id)
}

function unexpectedWords(status: number): string {
  if (status === 502 || status === 503 || status === 504) return `Berth cannot be reached right now (status ${status}).`
  if (status >= 500) return `The server failed (status ${status}).`
  return `Something other than Berth answered (status ${status}).`
}
