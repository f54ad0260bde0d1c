import type { Session, Step } from '../api/types'
import { duration } from '../time/format'
import { fromRfc3339, type Instant } from '../time/instants'

const TITLES: Record<Step['name'], string> = {
  device_free: 'Device free',
  namespace: 'Namespace',
  quota: 'Quota',
  limits: 'Limits',
  network: 'Network',
  access: 'Access rights',
  storage: 'Storage',
  config: 'Settings',
  workspace: 'Workspace image and start',
  endpoint: 'Address',
  ready: 'Health check',
}

/** The step's name in words; one that this page does not know yet is shown as the server calls it. */
export const stepTitle = (name: string): string => (TITLES as Record<string, string>)[name] ?? name.replaceAll('_', ' ')

/** Slower than this times the typical time is worth a word. */
const SLOW_FACTOR = 1.5
const SLOW_AT_LEAST_MS = 30_000

export interface StepWords {
  title: string
  state: string
  /** Elapsed and typical time: `4 min so far, usually 6 min`. */
  time: string
  slow: string | null
}

export function stepWords(step: Step, now: Instant): StepWords {
  const typical = step.typical_seconds === null ? null : step.typical_seconds * 1000
  const usually = typical === null ? '' : `, usually ${atLeastASecond(typical)}`
  const started = step.started_at === null ? null : fromRfc3339(step.started_at)
  const finished = step.finished_at === null ? null : fromRfc3339(step.finished_at)
  const title = stepTitle(step.name)
  if (step.state === 'done') {
    const took = started !== null && finished !== null ? `took ${atLeastASecond(finished - started)}` : ''
    return { title, state: 'Done', time: took, slow: null }
  }
  if (step.state === 'pending' || started === null) {
    return { title, state: 'Waiting', time: typical === null ? '' : `usually ${atLeastASecond(typical)}`, slow: null }
  }
  const elapsed = Math.max(0, now - started)
  const slow = typical !== null && elapsed > Math.max(typical * SLOW_FACTOR, SLOW_AT_LEAST_MS)
  return {
    title,
    state: step.state === 'failed' ? 'Failed, repeating' : 'Running',
    time: `${duration(elapsed)} so far${usually}`,
    slow: slow
      ? `Slower than usual (${duration(elapsed)}, usually ${atLeastASecond(typical)}). You can leave this page; it continues.`
      : null,
  }
}

const atLeastASecond = (ms: number): string => (ms < 1000 ? 'under 1 s' : duration(ms))

/** The step that is being worked on, and its place: `{ step, number: 4, of: 9 }`. Null when all are done. */
export function currentStep(session: Session): { step: Step; number: number; of: number } | null {
  const index = session.steps.findIndex((step) => step.state !== 'done')
  const step = session.steps[index]
  return step ? { step, number: index + 1, of: session.steps.length } : null
}

/** When the next try is: `Next try in 25 s.` */
export function nextTry(step: Step, now: Instant): string {
  if (step.next_try_at === null) return ''
  const left = fromRfc3339(step.next_try_at) - now
  return left > 0 ? `Next try in ${duration(left)}.` : 'Trying again now.'
}

/** What the session waits for, in the server's words, and for how long: `Step "quota": ... Looked at again in 4 s.` */
export function waitingWords(waiting: NonNullable<Session['waiting_for']>, now: Instant): string {
  if (waiting.until === null) return waiting.reason
  const left = fromRfc3339(waiting.until) - now
  return `${waiting.reason} ${left > 0 ? `Looked at again in ${duration(left)}.` : 'Being looked at again.'}`
}

export const tries = (count: number): string => `${count} ${count === 1 ? 'try' : 'tries'}`

/** For the clipboard of someone who asks for help. Nothing in it is secret. */
export function stepDetails(reservation: string, session: Session, step: Step): string {
  return [
    `Reservation: ${reservation}`,
    `Namespace: ${session.namespace}, attempt ${session.attempt}`,
    `Step: ${step.name}, ${step.state}, ${tries(step.tries)}`,
    `Started: ${step.started_at ?? '-'}, next try: ${step.next_try_at ?? '-'}`,
    `Message: ${step.detail || '-'}`,
  ].join('\n')
}
