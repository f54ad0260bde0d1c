import type { Draft } from '../../booking/draft'
import { shortageSentence, shortageWords } from '../../booking/fit'
import { inZone, type FieldFault } from '../../booking/forecast'
import { amount, changeWords, lengthOf, money } from '../../time/format'
import type { Instant } from '../../time/instants'
import { isField } from './field_ids'
import type { Booking } from './use_booking'

interface Props {
  draft: Draft
  booking: Booking
  faults: FieldFault[]
  zone: string
  now: Instant
}

/** Always in sight, in a line: whether it fits, how long it is, what it costs. */
export function Summary({ draft, booking, faults, zone, now }: Props) {
  const { deviceClass, wish, cost, costChange } = booking
  const length = wish.end - wish.start
  const rate = money(booking.rate, deviceClass.currency)
  const units = draft.units > 1 ? ` x ${draft.units} units` : ''
  return (
    <div className="berth-summary">
      <FitLine booking={booking} faults={faults} zone={zone} now={now} />
      <output aria-label="Duration">{length > 0 ? lengthOf(wish) : '-'}</output>
      {length > 0 && (
        <span>
          {`${money(cost, deviceClass.currency)} (${rate}${units} x ${amount(length / 3_600_000)} h)`}
          {costChange !== null && costChange !== 0 && `, ${changeWords(costChange, deviceClass.currency)}`}
        </span>
      )}
    </div>
  )
}

interface Fit {
  tone: 'good' | 'bad' | 'unknown'
  text: string
}

/** Only the server's answer is a success. What is counted here is told as that. */
function fitOf({ free, missing, deviceClass, wish, verdict, query }: Booking, zone: string, now: Instant): Fit {
  const first = missing[0]
  if (wish.end <= wish.start) return { tone: 'unknown', text: 'Choose a time.' }
  if (first) return { tone: 'bad', text: shortageSentence(first, deviceClass.title, zone, now) }
  const counted = free ? 'Fits by what is shown here' : query.isError ? 'What is free is not known right now' : ''
  switch (verdict.phase) {
    case 'none':
      return { tone: 'unknown', text: 'Something above needs to be changed first.' }
    case 'asking':
      return { tone: 'unknown', text: counted ? `${counted}. Asking the server...` : 'Checking what is free...' }
    case 'silent':
      return { tone: 'unknown', text: `${counted || 'Not checked'}. The server did not answer whether it holds.` }
    case 'refused':
      return { tone: 'unknown', text: 'Something above needs to be changed first.' }
    case 'told': {
      const { fits, problem } = verdict.forecast
      if (fits) return { tone: 'good', text: 'Fits.' }
      if (problem?.code === 'version_conflict')
        return { tone: 'unknown', text: 'Not checked: it was changed meanwhile.' }
      if (problem?.errors) return { tone: 'unknown', text: 'Something above needs to be changed first.' }
      return { tone: 'bad', text: inZone(problem?.detail ?? 'Does not fit.', zone, now) }
    }
  }
}

function FitLine({ booking, faults, zone, now }: Omit<Props, 'draft'>) {
  const { tone, text } = fitOf(booking, zone, now)
  const also = booking.missing.slice(1).map((it) => shortageWords(it, booking.deviceClass.title))
  const elsewhere = faults.filter((it) => !isField(it.field))
  return (
    <span className={`berth-fit berth-fit-${tone}`} role="status" aria-label="Fit">
      {tone === 'good' ? '✓ ' : tone === 'bad' ? '✕ ' : ''}
      {text}
      {/* In few words: the foot that holds this leaves the rest of the form its room. */}
      {also.length > 0 && ` Also ${also.join('; ')}.`}
      {elsewhere.map((it) => (
        <span key={it.message}> {it.message}</span>
      ))}
    </span>
  )
}
