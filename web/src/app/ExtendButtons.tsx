import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { useMemo } from 'react'
import { isApiError, referenceOf, sentenceOf } from '../api/errors'
import { useExtendReservation, useForecast } from '../api/queries'
import type { Pool, Reservation } from '../api/types'
import { extendChoices } from '../booking/extend'
import { inZone } from '../booking/forecast'
import { money, when } from '../time/format'
import { fromRfc3339, toRfc3339, type Instant } from '../time/instants'
import { useAnnounce } from '../ui/announce'

interface Props {
  reservation: Reservation
  pool: Pool
  zone: string
  now: Instant
  /** In a line of a banner: the nearest choices, and why there are no more only where there is none. */
  short?: boolean
}

const MOST_SHORT = 2

/** Extending where one is: what the server says that it could become, a button each. */
export function ExtendButtons({ reservation, pool, zone, now, short = false }: Props) {
  const end = fromRfc3339(reservation.end)
  // The least extension: how far it could go is in the answer to any.
  const question = useMemo(() => ({ reservation: reservation.id, extend: { minutes: 1 } }), [reservation.id])
  const forecast = useForecast(question)
  const extend = useExtendReservation()
  const announce = useAnnounce()
  if (!forecast.data) {
    const words = forecast.error
      ? 'How far it can be extended is not known right now.'
      : 'Looking how far it can be extended...'
    return short ? <span className="berth-hint">{words}</span> : <p>{words}</p>
  }
  const { options, limit } = extendChoices(reservation, pool, forecast.data, zone, now)
  const shown = short ? options.slice(0, MOST_SHORT) : options
  return (
    <div className={short ? 'berth-extend-short' : undefined}>
      <div className="berth-chips">
        {shown.map((option) => (
          <Button
            key={option.label}
            variant="secondary"
            size={short ? 'sm' : 'default'}
            isAriaDisabled={extend.isPending}
            onClick={() => {
              if (extend.isPending) return
              extend.mutate(
                { id: reservation.id, version: reservation.version, end: toRfc3339(option.end) },
                { onSuccess: () => announce(`Extended to ${when(option.end, zone, now)}.`) },
              )
            }}
          >
            Extend {option.label} ({money(option.cost, reservation.currency)})
          </Button>
        ))}
      </div>
      {(!short || options.length === 0) && <p className="berth-hint">{limit}</p>}
      {!short && extend.isSuccess && <p role="status">Now ends {when(end, zone, now)}.</p>}
      {extend.error && (
        <Alert variant="warning" isInline role="alert" title="It was not extended.">
          {inZone(sentenceOf(extend.error), zone, now)}{' '}
          {isApiError(extend.error) && extend.error.code !== 'no_capacity' && `Reference ${referenceOf(extend.error)}.`}
        </Alert>
      )}
    </div>
  )
}
