import type { FieldError, Forecast, Limiting, Problem, ReservationCheck, ReservationCreate } from '../api/types'
import { when } from '../time/format'
import { fromRfc3339, type Instant } from '../time/instants'
import { bodyOf, editOf, type Draft } from './draft'
import type { DeviceClass } from '../api/types'

/** What the server is asked about a draft, before it is sent. */
export const questionOf = (draft: Draft, deviceClass: DeviceClass): ReservationCheck =>
  draft.editing
    ? { reservation: draft.editing.id, edit: editOf(draft, deviceClass, draft.editing) }
    : { create: bodyOf(draft) }

/** Where the server's word on exactly what is in the form now stands. */
export type Verdict =
  /** What is typed is no question yet. */
  | { phase: 'none' }
  | { phase: 'asking' }
  | { phase: 'told'; forecast: Forecast; at: Instant }
  /** The server found the question itself at fault. */
  | { phase: 'refused'; problem: Problem }
  /** There was no answer: nothing is known but what the page can count. */
  | { phase: 'silent'; error: unknown }

/** Why it would not be done, as the server told. */
export function problemOf(verdict: Verdict): Problem | null {
  if (verdict.phase === 'refused') return verdict.problem
  return verdict.phase === 'told' ? (verdict.forecast.problem ?? null) : null
}

/** A fault of one field, in words that are shown as they are. */
export interface FieldFault {
  field: string
  message: string
}

const RFC3339 = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g

/** A sentence of the server with its times as this page shows times. */
export const inZone = (sentence: string, zone: string, now: Instant): string =>
  sentence.replace(RFC3339, (text) => when(fromRfc3339(text), zone, now))

/** A fault of a member of the question, `create.cpu`, is one of the field. */
const fieldOf = (error: FieldError): string => {
  const field = error.field.replace(/^(create|edit|extend)\./, '')
  return field === 'duration_minutes' ? 'end' : field
}

export const faultsOf = (problem: Problem | null | undefined, zone: string, now: Instant): FieldFault[] =>
  (problem?.errors ?? []).map((it) => ({
    field: fieldOf(it),
    message: inZone(it.message || `${it.field}: ${it.limit}`, zone, now),
  }))

export const isNoCapacity = (problem: Problem | null | undefined): boolean => problem?.code === 'no_capacity'

/** The same but ending where the server said that it must; null where that is no shorter booking. */
export function shorterOffer(body: ReservationCreate, forecast: Forecast, asked: Instant): ReservationCreate | null {
  const end = forecast.furthest?.end
  if (!end || forecast.fits || fromRfc3339(end) >= asked) return null
  const { duration_minutes: _, ...rest } = body
  return { ...rest, end }
}

/** The same with no more of the limiting amount than is free; a question of its own, it may lack something else. */
export function lesserBody(body: ReservationCreate, limiting: Limiting | undefined): ReservationCreate | null {
  if (!limiting || limiting.resource === 'units' || limiting.free < 1) return null
  return { ...body, [limiting.resource]: Math.floor(limiting.free) }
}
