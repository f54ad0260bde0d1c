import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { Link } from 'react-router'
import type { Reservation } from '../../api/types'
import { to } from '../../app/routes'
import { range } from '../../time/format'
import { fromRfc3339, type Instant } from '../../time/instants'
import { inZone, type FieldFault } from '../../booking/forecast'
import { FormFaults } from './FormFaults'
import type { Submission } from './use_submit'

interface Props {
  submission: Submission
  /** The reservation as someone else changed it meanwhile. */
  stale: Reservation | undefined
  /** Fields that it was refused for, while the form still says what was refused. */
  faults: FieldFault[]
  zone: string
  now: Instant
  onAdopt(version: number): void
}

/** Why it was not booked, where that is not a matter of capacity. Nothing that was typed is lost. */
export function Refusal({ submission, stale, faults, zone, now, onAdopt }: Props) {
  const current = submission.phase === 'refused' ? (submission.error.problem?.current ?? stale) : stale
  if (current) {
    const span = { start: fromRfc3339(current.start), end: fromRfc3339(current.end) }
    return (
      <Alert
        variant="warning"
        isInline
        role="alert"
        title="This reservation was changed meanwhile."
        actionLinks={
          <Button variant="link" isInline onClick={() => onAdopt(current.version)}>
            Replace it with what is below
          </Button>
        }
      >
        It now is {range(span, zone)}, {current.cpu} CPU, {current.memory_gib} GiB memory. Below is what you typed.
      </Alert>
    )
  }
  if (submission.phase === 'unknown') {
    return (
      <Alert variant="warning" isInline role="alert" title="Still no answer.">
        {submission.error.message} Nothing you typed is lost. Press Reserve again: the same request cannot book twice.
        Or look at <Link to={to('reservations')}>Reservations</Link>. Reference{' '}
        <code>{submission.error.reference}</code>.
      </Alert>
    )
  }
  if (submission.phase !== 'refused' || submission.error.code === 'no_capacity' || submission.error.status === 401)
    return null
  const { error } = submission
  const title = 'This was not booked.'
  if (error.problem?.errors && faults.length === 0) return null
  if (faults.length > 0) return <FormFaults title={title} faults={faults} reference={error.reference} />
  return (
    <Alert variant="danger" isInline role="alert" title={title}>
      <p>{inZone(error.message, zone, now)}</p>
      {error.reference && (
        <p>
          Reference <code>{error.reference}</code>.
        </p>
      )}
    </Alert>
  )
}
