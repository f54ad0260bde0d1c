import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { useEffect, useRef } from 'react'
import type { Pool, ReservationCreate } from '../../api/types'
import { offerWords } from '../../booking/offers'
import type { Wish } from '../../booking/fit'
import type { Instant } from '../../time/instants'

interface Props {
  sentence: string
  /** What happened just now: someone was faster. */
  taken: string | null
  offers: ReservationCreate[]
  /** The server has checked the offers; otherwise they come from what this page knows. */
  checked: boolean
  asked: Wish
  pool: Pool
  zone: string
  now: Instant
  busy: boolean
  onApply(offer: ReservationCreate, words: string): void
}

/** What is not free, and other bookings that are, each one click away. */
export function ConflictPanel(props: Props) {
  const { sentence, taken, offers, checked, asked, pool, zone, now, busy, onApply } = props
  const panel = useRef<HTMLDivElement>(null)
  // Only the answer to pressing Reserve takes the focus; news from elsewhere never does.
  useEffect(() => {
    if (checked) panel.current?.focus()
  }, [checked, sentence])
  return (
    <div ref={panel} tabIndex={-1} className="berth-conflict" role="region" aria-label="Conflict">
      <Alert variant="warning" isInline role="alert" title={sentence}>
        {taken && <p>{taken}</p>}
        {offers.length === 0 ? (
          <p>
            {busy
              ? 'Looking for other times...'
              : 'Nothing else was found in the next two weeks. Choose another time, or ask for less.'}
          </p>
        ) : (
          <>
            <p>{checked ? 'The server checked that these fit:' : 'These fit by what the calendar shows:'}</p>
            <ul className="berth-offers">
              {offers.map((offer, index) => {
                const words = offerWords(offer, asked, pool, zone, now)
                return (
                  <li key={index}>
                    <Button variant="secondary" onClick={() => onApply(offer, words.title)}>
                      {words.title}
                    </Button>
                    <span className="berth-hint">{words.difference}</span>
                  </li>
                )
              })}
            </ul>
          </>
        )}
      </Alert>
    </div>
  )
}
