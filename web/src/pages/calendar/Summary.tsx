import type { Pool } from '../../api/types'
import type { Draft } from '../../booking/draft'
import { shortageSentence } from '../../booking/fit'
import { amount, duration, money } from '../../time/format'
import type { Booking } from './use_booking'

interface Props {
  pool: Pool
  draft: Draft
  booking: Booking
  failed: boolean
  zone: string
}

/** Always in sight, and instant: whether it fits, what it costs, what happens at the end. */
export function Summary({ draft, booking, failed, zone }: Props) {
  const { deviceClass, wish, cost } = booking
  const length = wish.end - wish.start
  const rate = money(deviceClass.rate, deviceClass.currency)
  const units = draft.units > 1 ? ` x ${draft.units} units` : ''
  return (
    <dl className="berth-summary">
      <dt>Fit</dt>
      <dd>
        <FitLine booking={booking} failed={failed} zone={zone} />
      </dd>
      <dt>Duration</dt>
      <dd>
        <output aria-label="Duration">{length > 0 ? duration(length) : '-'}</output>
      </dd>
      <dt>Cost</dt>
      <dd>
        {length > 0 ? `${money(cost, deviceClass.currency)} (${rate}${units} x ${amount(length / 3_600_000)} h)` : '-'}
      </dd>
      <dt>At the end</dt>
      <dd>Everything in the workspace is deleted at the end.</dd>
    </dl>
  )
}

function FitLine({ booking, failed, zone }: { booking: Booking; failed: boolean; zone: string }) {
  const { free, missing, deviceClass, wish } = booking
  const invalid = booking.timeFaults.length > 0 || booking.amountFaults.length > 0
  const first = missing[0]
  let text = 'Fits.'
  let tone = 'good'
  if (!free) {
    text = failed ? 'What is free is not known right now.' : 'Checking what is free...'
    tone = 'unknown'
  } else if (wish.end <= wish.start) {
    text = 'Choose a time.'
    tone = 'unknown'
  } else if (first) {
    text = shortageSentence(first, deviceClass.title, zone)
    tone = 'bad'
  } else if (invalid) {
    text = 'Something above needs to be changed first.'
    tone = 'unknown'
  }
  return (
    <span className={`berth-fit berth-fit-${tone}`} role="status" aria-label="Fit">
      {tone === 'good' ? '✓ ' : tone === 'bad' ? '✕ ' : ''}
      {text}
      {missing.slice(1).map((it) => (
        <span key={it.resource}> {shortageSentence(it, deviceClass.title, zone)}</span>
      ))}
    </span>
  )
}
