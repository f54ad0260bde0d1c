import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { isApiError, referenceOf, sentenceOf } from '../../api/errors'
import { useCalendar, useExtendReservation } from '../../api/queries'
import type { Pool, Reservation } from '../../api/types'
import { money, when } from '../../time/format'
import { DAY, fromRfc3339, type Instant } from '../../time/instants'
import { useAnnounce } from '../../ui/announce'
import { extendChoices } from './extend'

const LOOK_AHEAD_MS = 8 * DAY

interface Props {
  reservation: Reservation
  pool: Pool
  zone: string
  now: Instant
}

export function Extend({ reservation, pool, zone, now }: Props) {
  const end = fromRfc3339(reservation.end)
  const calendar = useCalendar(pool.name, { start: end - pool.policy.step_minutes * 60_000, end: end + LOOK_AHEAD_MS })
  const extend = useExtendReservation()
  const announce = useAnnounce()
  if (!calendar.data)
    return (
      <p>
        {calendar.error
          ? 'How far it can be extended is not known right now.'
          : 'Looking how far it can be extended...'}
      </p>
    )
  const { options, limit } = extendChoices(reservation, pool, calendar.data, zone, now)
  return (
    <div>
      <div className="berth-chips">
        {options.map((option) => (
          <Button
            key={option.label}
            variant="secondary"
            isAriaDisabled={extend.isPending}
            onClick={() => {
              if (extend.isPending) return
              extend.mutate(
                { id: reservation.id, version: reservation.version, end: new Date(option.end).toISOString() },
                { onSuccess: () => announce(`Extended to ${when(option.end, zone, now)}.`) },
              )
            }}
          >
            Extend {option.label} ({money(option.cost, reservation.currency)})
          </Button>
        ))}
      </div>
      <p className="berth-hint">{limit}</p>
      {extend.isSuccess && <p role="status">Now ends {when(end, zone, now)}.</p>}
      {extend.error && (
        <Alert variant="warning" isInline role="alert" title="It was not extended.">
          {sentenceOf(extend.error)}{' '}
          {isApiError(extend.error) && extend.error.code !== 'no_capacity' && `Reference ${referenceOf(extend.error)}.`}
        </Alert>
      )}
    </div>
  )
}
