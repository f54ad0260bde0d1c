import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { referenceOf, sentenceOf } from '../../api/errors'
import { useEndReservation } from '../../api/queries'
import { quotedName } from '../../booking/words'
import { range } from '../../time/format'
import type { Instant } from '../../time/instants'
import type { Bar } from '../../timeline/rows'
import { useAnnounce } from '../../ui/announce'
import { ConfirmByName } from '../../ui/ConfirmByName'

interface Props {
  bar: Bar
  zone: string
  now: Instant
  onClose(): void
}

/** Asks before what was booked is given back. */
export function CancelReservation({ bar, zone, now, onClose }: Props) {
  const end = useEndReservation()
  const announce = useAnnounce()
  const id = bar.reservation ?? ''
  return (
    <ConfirmByName
      title={`Cancel ${quotedName(bar.name, bar, zone)}?`}
      name={null}
      action="Cancel reservation"
      safe="Keep it"
      busy={end.isPending}
      onClose={onClose}
      onConfirm={() =>
        end.mutate(id, {
          onSuccess: () => {
            announce('Canceled.')
            onClose()
          },
        })
      }
      error={
        end.error && (
          <Alert variant="danger" isInline role="alert" title="That did not work.">
            {sentenceOf(end.error)} Reference {referenceOf(end.error)}.
          </Alert>
        )
      }
    >
      <p>The time, {range(bar, zone, now)}, becomes free for others. The record stays in your past reservations.</p>
    </ConfirmByName>
  )
}
