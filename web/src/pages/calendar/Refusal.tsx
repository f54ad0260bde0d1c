import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { Link } from 'react-router'
import type { Pool, Reservation } from '../../api/types'
import { to } from '../../app/routes'
import { differences } from '../../booking/differences'
import { shapeOf, type Editing } from '../../booking/draft'
import type { Instant } from '../../time/instants'
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
  editing: Editing | null
  pool: Pool
  /** The form is to show what it has become, with what was changed in the form on top. */
  onAdopt(current: Reservation): void
}

/** Why it was not booked, where that is not a matter of capacity. Nothing that was typed is lost. */
export function Refusal({ submission, stale, faults, editing, pool, zone, now, onAdopt }: Props) {
  const told = submission.phase === 'refused' ? submission.error.problem?.current : undefined
  const current = [told, stale].find((it) => it && editing && it.version > editing.version)
  if (current && editing) {
    const changes = differences(editing.was, shapeOf(current), pool, zone, now)
    return (
      <Alert
        variant="warning"
        isInline
        role="alert"
        title="This reservation was changed meanwhile."
        actionLinks={
          <Button variant="link" isInline onClick={() => onAdopt(current)}>
            Take that over, keep my changes
          </Button>
        }
      >
        {changes.length > 0 && (
          <ul>
            {changes.map((it) => (
              <li key={it}>{it}</li>
            ))}
          </ul>
        )}
        Nothing is saved before you press Save changes.
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
  // What it had become is in the form by now.
  if (error.problem?.current) return null
  const title = editing ? 'This was not saved.' : 'This was not booked.'
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
