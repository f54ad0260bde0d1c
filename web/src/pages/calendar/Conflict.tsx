import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { useEffect, useMemo, useState } from 'react'
import type { Pool, Problem, ReservationCreate } from '../../api/types'
import { seriesOf } from '../../booking/availability'
import { applyOffer, bodyOf, type Draft } from '../../booking/draft'
import { conflictSentence, type Shortage } from '../../booking/fit'
import { localOffers } from '../../booking/offers'
import { fromRfc3339, type Instant } from '../../time/instants'
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

const TAKEN = 'Someone booked this just now. Your details are kept. Choose another option.'

/** The server's refusal of exactly what is in the form now; a changed form is another question. */
function refusalOf(submission: Submission, draft: Draft): { problem: Problem } | null {
  if (submission.phase !== 'refused' || submission.error.code !== 'no_capacity') return null
  if (submission.body !== JSON.stringify(bodyOf(draft)) || !submission.error.problem) return null
  return { problem: submission.error.problem }
}

/** Decides what the conflict panel says, and takes its offers back and forth. */
export function Conflict({ pool, draft, booking, submission, zone, now, onChange }: Props) {
  const { deviceClass, free, missing, wish, rules } = booking
  const announce = useAnnounce()
  const [before, setBefore] = useState<{ draft: Draft; words: string; after: string } | null>(null)
  const refusal = refusalOf(submission, draft)
  const { limiting, alternatives } = refusal?.problem ?? {}

  const shortage: Shortage | undefined =
    missing[0] ?? (limiting ? { ...limiting, start: fromRfc3339(limiting.at), end: wish.end } : undefined)
  const total = (shortage && free && seriesOf(free, 'units', wish.deviceClass)?.total) || deviceClass.units
  const sentence = shortage
    ? conflictSentence(shortage, deviceClass.title, total, zone, now)
    : (refusal?.problem.detail ?? '')
  const conflict = missing.length > 0 || refusal !== null
  useEffect(() => {
    if (conflict) announce(sentence)
    // Announced when it begins, not each time its words change.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [conflict, announce])

  const offers = useMemo((): ReservationCreate[] => {
    if (alternatives && alternatives.length > 0) return alternatives
    if (!free || missing.length === 0 || draft.editing) return []
    return localOffers(free, draft, wish, missing, pool, rules, now)
  }, [alternatives, free, missing, draft, wish, pool, rules, now])

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
      taken={refusal ? TAKEN : null}
      offers={offers}
      checked={(alternatives?.length ?? 0) > 0}
      asked={wish}
      pool={pool}
      zone={zone}
      now={now}
      busy={!free && !refusal}
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
