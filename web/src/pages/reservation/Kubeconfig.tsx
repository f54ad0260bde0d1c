import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { useState } from 'react'
import { sentenceOf } from '../../api/errors'
import { useTakeKubeconfig } from '../../api/queries'
import type { Reservation, Session } from '../../api/types'
import type { Status } from '../../booking/status'
import { when } from '../../time/format'
import { fromRfc3339, type Instant } from '../../time/instants'
import { download } from '../../ui/download'

interface Props {
  reservation: Reservation
  session: Session | null | undefined
  status: Status
  owner: boolean
  zone: string
  now: Instant
}

/** For its owner alone, as long as it runs; before that a button that says why not. */
export function Kubeconfig({ reservation, session, status, owner, zone, now }: Props) {
  const { mutate, error, isPending, reset } = useTakeKubeconfig()
  const [shorter, setShorter] = useState<Instant | null>(null)
  const end = fromRfc3339(reservation.end)
  if (!owner || now >= end) return null
  const up = session?.phase === 'Ready' || session?.phase === 'Degraded'
  const ready = reservation.may.includes('kubeconfig') && up
  const take = () => {
    if (!ready || isPending) return
    mutate(reservation.id, {
      onSuccess: (given) => {
        download(`${given.context}.kubeconfig`, 'application/yaml', given.kubeconfig)
        const until = fromRfc3339(given.valid_until)
        setShorter(until < end ? until : null)
        reset() // it is in the file now, and nowhere in the page
      },
    })
  }
  return (
    <div>
      <span className="berth-why">
        <Button
          variant="secondary"
          isAriaDisabled={!ready}
          aria-describedby="kubeconfig-why"
          isLoading={isPending}
          spinnerAriaLabel="Asking the cluster"
          onClick={take}
        >
          Download kubeconfig
        </Button>
        <span id="kubeconfig-why" className="berth-hint">
          {ready
            ? `valid until ${when(end, zone, now)}, this workspace only`
            : `Not ready yet. ${status.badge}: ${status.sentence}`}
        </span>
      </span>
      {shorter !== null && (
        <p role="status">The file that you have is valid until {when(shorter, zone, now)}: take another one then.</p>
      )}
      {error && <Alert variant="danger" isInline role="alert" title={sentenceOf(error)} />}
    </div>
  )
}
