import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useForecast } from '../../api/queries'
import type { Pool, Problem, ReservationCreate } from '../../api/types'
import { applyOffer, bodyOf, type Draft } from '../../booking/draft'
import { conflictSentence, shortageOf } from '../../booking/fit'
import { inZone, isNoCapacity, lesserBody, shorterOffer } from '../../booking/forecast'
import { totalOf } from '../../booking/words'
import type { Instant } from '../../time/instants'
import { useAnnounce } from '../../ui/announce'
import { ConflictPanel } from './ConflictPanel'
import type { Booking } from './use_booking'
import type { Submission } from './use_submit'

interface Props {
  pool: Pool
  draft: Draft
  booking: Booking
  submission: Submission
  zone: string
  now: Instant
  onChange(next: Draft): void
}

/** Only what was free by the server's word and is not any more was taken meanwhile. */
const TAKEN = 'Someone booked this just now. Your details are kept. Choose another option.'
const NOT_FREE = 'This was not booked. Your details are kept. Choose another option.'

/** The server's refusal of exactly what is in the form now; a changed form is another question. */
function refusalOf(submission: Submission, draft: Draft): Problem | null {
  if (submission.phase !== 'refused' || !isNoCapacity(submission.error.problem)) return null
  return submission.body === JSON.stringify(bodyOf(draft)) ? submission.error.problem : null
}

/** What the server would take instead: its alternatives, the same but shorter, the same with less of what is short. */
function useOffers(draft: Draft, booking: Booking, refusal: Problem | null, conflict: boolean): ReservationCreate[] {
  const forecast = booking.verdict.phase === 'told' ? booking.verdict.forecast : null
  const problem = refusal ?? (isNoCapacity(forecast?.problem) ? forecast?.problem : null)
  const body = useMemo(() => bodyOf(draft), [draft])
  const lesser = useMemo(
    () => (conflict && !draft.editing ? lesserBody(body, problem?.limiting) : null),
    [conflict, draft.editing, body, problem],
  )
  const { data: lesserForecast } = useForecast(lesser && { create: lesser })
  return useMemo(() => {
    if (!conflict) return []
    const shorter = forecast && shorterOffer(body, forecast, booking.wish.end)
    return [
      ...(problem?.alternatives ?? []),
      ...(shorter ? [shorter] : []),
      ...(lesser && lesserForecast?.fits ? [lesser] : []),
    ]
  }, [conflict, problem, forecast, body, booking.wish.end, lesser, lesserForecast])
}

/** Decides what the conflict panel says, and takes its offers back and forth. */
export function Conflict({ pool, draft, booking, submission, zone, now, onChange }: Props) {
  const { deviceClass, missing, wish, verdict } = booking
  const announce = useAnnounce()
  const [before, setBefore] = useState<{ draft: Draft; words: string; after: string } | null>(null)
  const refusal = refusalOf(submission, draft)
  const limiting = refusal?.limiting
  const shortage =
    missing[0] ?? (limiting && shortageOf(limiting, wish, totalOf(limiting.resource, pool, wish.deviceClass)))
  const sentence = shortage
    ? conflictSentence(shortage, deviceClass.title, zone, now)
    : inZone(refusal?.detail ?? '', zone, now)
  const conflict = missing.length > 0 || refusal !== null
  const said = useRef(sentence)
  said.current = sentence
  useEffect(() => {
    // Announced when it begins, not each time its words change.
    if (conflict) announce(said.current)
  }, [conflict, announce])
  const offers = useOffers(draft, booking, refusal, conflict)

  const after = JSON.stringify(bodyOf(draft))
  if (!conflict) {
    if (!before || before.after !== after) return null
    return (
      <Alert
        variant="success"
        isInline
        role="status"
        title={`Changed to: ${before.words}`}
        actionLinks={
          <Button
            variant="link"
            isInline
            onClick={() => {
              onChange({ ...before.draft, name: draft.name })
              setBefore(null)
            }}
          >
            Undo
          </Button>
        }
      />
    )
  }
  return (
    <ConflictPanel
      sentence={sentence}
      refused={refusal && (submission.phase === 'refused' && submission.saidToFit ? TAKEN : NOT_FREE)}
      offers={offers}
      asked={wish}
      pool={pool}
      zone={zone}
      now={now}
      state={refusal || verdict.phase === 'told' ? 'told' : verdict.phase === 'asking' ? 'asking' : 'silent'}
      onApply={(offer, words) => {
        const next = applyOffer(
          draft,
          offer,
          pool.device_classes.find((entry) => entry.name === offer.device_class),
        )
        setBefore({ draft, words, after: JSON.stringify(bodyOf(next)) })
        onChange(next)
        announce(`Changed to ${words}`)
      }}
    />
  )
}
