import type { PlatformStatus, Reservation, Session } from '../api/types'
import { filesAfter } from './home'
import { duration, lengthOf, when } from '../time/format'
import { MINUTE, fromRfc3339, type Instant } from '../time/instants'
import { costOf, heldSpan } from './words'
import { currentStep, nextTry, stepTitle, stepWords, tries } from './steps'

export type Tone = 'plain' | 'info' | 'good' | 'warning' | 'danger'

/** Badge and sentence, side by side everywhere. */
export interface Status {
  badge: string
  tone: Tone
  sentence: string
}

export interface StatusFacts {
  reservation: Reservation
  /** The newest session; null before there is one, undefined where it was not read. */
  session: Session | null | undefined
  controllers: PlatformStatus['controllers'] | undefined
  zone: string
  now: Instant
}

const START_LATE_MS = 2 * MINUTE
const ENDS_SOON_MS = 30 * MINUTE

export function statusOf(facts: StatusFacts): Status {
  const { reservation } = facts
  switch (reservation.state) {
    case 'APPROVED':
      return beforeStart(facts)
    case 'ACTIVE':
      return active(facts)
    case 'COMPLETED':
      return { badge: 'Ended', tone: 'plain', sentence: endedSentence(facts) }
    case 'CANCELED': {
      const charged = reservation.cost === 0 ? 'It was not charged.' : `It cost ${costOf(reservation)}.`
      return { badge: 'Canceled', tone: 'plain', sentence: `${canceledWords(reservation.reason)} ${charged}` }
    }
    case 'FAILED':
      return { badge: 'Failed', tone: 'danger', sentence: failedSentence(facts) }
  }
}

/** The server's own reason, `Canceled by its owner.`, is the sentence; another one is quoted in it. */
function canceledWords(reason: string): string {
  const words = reason.replace(/\.$/, '')
  if (words === '') return 'Canceled.'
  return words.startsWith('Canceled ') ? `${words}.` : `Canceled: "${words}".`
}

function beforeStart({ reservation, controllers, zone, now }: StatusFacts): Status {
  const start = fromRfc3339(reservation.start)
  if (now < start) {
    const sentence = `Starts ${when(start, zone, now)}, in ${duration(start - now)}.`
    return { badge: 'Booked', tone: 'info', sentence }
  }
  const last = lastReport(controllers)
  const ago = last === null ? 'not reported yet' : `last reported ${duration(now - last)} ago`
  if (now - start >= START_LATE_MS) {
    const sentence = `${duration(now - start)} late. The controller ${ago}.`
    return { badge: 'Start delayed', tone: 'warning', sentence }
  }
  const check = last === null ? '' : ` Last check ${duration(now - last)} ago.`
  return { badge: 'Starting soon', tone: 'info', sentence: `The controller picks this up within 30 s.${check}` }
}

function lastReport(controllers: StatusFacts['controllers']): Instant | null {
  const times = (controllers ?? []).flatMap((it) =>
    it.last_report_at === null ? [] : [fromRfc3339(it.last_report_at)],
  )
  return times.length > 0 ? Math.max(...times) : null
}

function active(facts: StatusFacts): Status {
  const { reservation, session, zone, now } = facts
  const end = fromRfc3339(reservation.end)
  const phase = session?.phase ?? reservation.phase
  if (reservation.ending || phase === 'Stopping' || phase === 'Gone' || now >= end) {
    return { badge: 'Ending', tone: 'info', sentence: 'Removing the workspace and everything in it.' }
  }
  if (phase === 'Degraded') {
    const reason = session?.reason ? `${session.reason} ` : ''
    return {
      badge: 'Needs attention',
      tone: 'warning',
      sentence: `${reason}The workspace does not answer. Repair is running.`,
    }
  }
  if (phase !== 'Ready') return starting(facts)
  if (end - now <= ENDS_SOON_MS) {
    return {
      badge: `Ready, ends in ${duration(end - now)}`,
      tone: 'warning',
      sentence:
        reservation.home?.after === 'kept'
          ? `Everything but your home folder is deleted at ${when(end, zone, now)}. ${filesAfter(reservation.home, zone)}`
          : `Everything in the workspace is deleted at ${when(end, zone, now)}. Save your work.`,
    }
  }
  const sentence = `Ends ${when(end, zone, now)}, in ${duration(end - now)}.`
  return { badge: 'Ready', tone: 'good', sentence }
}

function starting({ session, now }: StatusFacts): Status {
  const current = session ? currentStep(session) : null
  if (!current) return { badge: 'Starting', tone: 'info', sentence: 'The workspace is being prepared.' }
  const { step, number, of } = current
  const badge = `Starting ${number} of ${of}`
  if (step.state === 'failed') {
    const reason = step.detail ? firstSentence(step.detail) : `${stepTitle(step.name)} did not succeed`
    const sentence = `${reason} (${tries(step.tries)}). ${nextTry(step, now)}`.trim()
    return { badge: `${badge}, retrying`, tone: 'warning', sentence }
  }
  const words = stepWords(step, now)
  const time = words.time ? `: ${words.time}` : ''
  return { badge, tone: 'info', sentence: words.slow ?? `${words.title}${time}.` }
}

const firstSentence = (text: string): string => (text.split(/[.\n]/, 1)[0] ?? text).slice(0, 160)

function endedSentence({ reservation, zone, now }: StatusFacts): string {
  const held = heldSpan(reservation)
  return `Ended ${when(held.end, zone, now)}. ${lengthOf(held)} reserved, ${costOf(reservation)}.`
}

function failedSentence({ reservation, session }: StatusFacts): string {
  const at = session ? currentStep(session) : null
  const reason = reservation.reason || session?.reason || 'no reason was given'
  const text =
    at && at.step.state === 'failed' ? `Failed at "${stepTitle(at.step.name)}": ${reason}` : `Failed: ${reason}`
  return text.endsWith('.') ? text : `${text}.`
}
