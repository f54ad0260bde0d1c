import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { useDraft } from '../../app/draft'
import { referenceOf, sentenceOf } from '../../api/errors'
import { useEndReservation } from '../../api/queries'
import type { Pool, Reservation, User } from '../../api/types'
import { ExtendButtons } from '../../app/ExtendButtons'
import { to } from '../../app/routes'
import { draftFrom } from '../../booking/draft'
import { nextStart, policyOf } from '../../booking/policy'
import { kindOf, titleOf } from '../../booking/words'
import { duration, isoDate, range } from '../../time/format'
import { fromRfc3339, type Instant } from '../../time/instants'
import { useAnnounce } from '../../ui/announce'
import { ConfirmByName } from '../../ui/ConfirmByName'

interface Props {
  reservation: Reservation
  pool: Pool | undefined
  user: User
  zone: string
  now: Instant
}

/** Extend, edit, cancel, end now: whichever the server says that one may; and its like again once it is over. */
export function Change({ reservation, pool, user, zone, now }: Props) {
  const [asking, setAsking] = useState(false)
  const end = useEndReservation()
  const announce = useAnnounce()
  const { setDraft } = useDraft()
  const navigate = useNavigate()
  const span = { start: fromRfc3339(reservation.start), end: fromRfc3339(reservation.end) }
  const running = reservation.state === 'ACTIVE'
  const pools = pool && [pool]
  const name = titleOf(reservation, pools, zone)
  const may = (what: Reservation['may'][number]) => reservation.may.includes(what)
  const over = reservation.state !== 'APPROVED' && !running

  const openForm = (editing: boolean) => {
    if (!pool) return
    const start = editing ? span.start : nextStart(policyOf(pool), now)
    const wanted = { start, end: start + (span.end - span.start) }
    setDraft(draftFrom(reservation, pool, editing ? span : wanted, editing))
    void navigate(to('calendar', { query: { pool: pool.name, date: isoDate(start, zone) } }))
  }
  const confirm = () =>
    end.mutate(reservation.id, {
      onSuccess: () => {
        setAsking(false)
        announce(running ? 'Ending. The workspace is being removed.' : 'Canceled.')
      },
    })
  const left = span.end - Math.max(now, span.start)
  return (
    <section id="change" aria-labelledby="change-title" className="berth-change">
      <h2 id="change-title" className="berth-h2">
        Change
      </h2>
      {may('extend') && pool && <ExtendButtons reservation={reservation} pool={pool} zone={zone} now={now} />}
      <div className="berth-chips">
        {may('edit') && (
          <Button variant="secondary" onClick={() => openForm(true)}>
            Edit
          </Button>
        )}
        {may('end') && !running && (
          <Button variant="danger" onClick={() => setAsking(true)}>
            Cancel reservation
          </Button>
        )}
        {may('end') && running && (
          <Button variant="danger" onClick={() => setAsking(true)}>
            End now
          </Button>
        )}
        {over && reservation.owner === user.email && (
          <Button variant="primary" onClick={() => openForm(false)}>
            {reservation.state === 'FAILED' ? 'Try again' : 'Book again'}
          </Button>
        )}
      </div>
      {reservation.ending && running && (
        <p>Ending was asked for. The time is free again once the workspace is removed.</p>
      )}
      {asking && (
        <ConfirmByName
          title={running ? `End "${name}" now?` : `Cancel "${name}"?`}
          name={running ? reservation.name || kindOf(reservation, pools) : null}
          action={running ? 'End now' : 'Cancel reservation'}
          safe={running ? 'Keep it running' : 'Keep it'}
          busy={end.isPending}
          onConfirm={confirm}
          onClose={() => setAsking(false)}
          error={
            end.error && (
              <Alert variant="danger" isInline role="alert" title="That did not work.">
                {sentenceOf(end.error)} Reference {referenceOf(end.error)}.
              </Alert>
            )
          }
        >
          {running ? (
            <p>
              This deletes the workspace, its containers and files. Once it is removed, the{' '}
              {duration(Math.max(0, left))} that are left are free for others. The record stays in your past
              reservations.
            </p>
          ) : (
            <p>
              The time, {range(span, zone, now)}, becomes free for others. The record stays in your past reservations.
            </p>
          )}
        </ConfirmByName>
      )}
    </section>
  )
}
