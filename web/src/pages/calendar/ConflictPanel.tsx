import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { useEffect, useRef } from 'react'
import type { Pool, ReservationCreate } from '../../api/types'
import { offerWords } from '../../booking/offers'
import type { Wish } from '../../booking/fit'
import type { Instant } from '../../time/instants'

interface Props {
  sentence: string
  /** What came of pressing Reserve. */
  refused: string | null
  offers: ReservationCreate[]
  asked: Wish
  pool: Pool
  zone: string
  now: Instant
  /** Whether the server has said what else would fit. */
  state: 'asking' | 'told' | 'silent'
  onApply(offer: ReservationCreate, words: string): void
}

const NOTHING = {
  asking: 'Looking for other times...',
  told: 'Nothing else fits as far ahead as bookings open. Choose another time, or ask for less.',
  silent: 'The server did not say what else would fit. Choose another time, or ask for less.',
}

/** What is not free, and other bookings that are, each one click away. */
export function ConflictPanel(props: Props) {
  const { sentence, refused, offers, asked, pool, zone, now, state, onApply } = props
  const panel = useRef<HTMLDivElement>(null)
  // Only the answer to pressing Reserve takes the focus; news from elsewhere never does.
  useEffect(() => {
    if (refused) panel.current?.focus()
  }, [refused])
  return (
    <div ref={panel} tabIndex={-1} className="berth-conflict" role="region" aria-label="Conflict">
      <Alert variant="warning" isInline role="alert" title={sentence}>
        {refused && <p>{refused}</p>}
        {offers.length === 0 ? (
          <p>{NOTHING[state]}</p>
        ) : (
          <>
            <p>The server checked that these fit:</p>
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
