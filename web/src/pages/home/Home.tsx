import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { Card, CardBody, CardTitle } from '@patternfly/react-core/dist/esm/components/Card'
import {
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
} from '@patternfly/react-core/dist/esm/components/EmptyState'
import { Link } from 'react-router'
import { useMyLiveReservations, usePools, useSession } from '../../api/queries'
import type { Reservation } from '../../api/types'
import { to } from '../../app/routes'
import { useTitleOf } from '../../app/use_title_of'
import { useZone } from '../../app/zone'
import { workspaceUrl } from '../../booking/workspace'
import { range } from '../../time/format'
import { fromRfc3339 } from '../../time/instants'
import { ErrorPanel } from '../../ui/ErrorPanel'
import { Loading } from '../../ui/Loading'
import { PageHeading } from '../../ui/PageHeading'
import { ReservationStatus } from '../../app/ReservationStatus'
import { useSlowNow } from '../../ui/use_now'
import { FreeNow } from './FreeNow'

const MOST_UPCOMING = 4

/** What do I have, what can I get now. */
export function Home() {
  const mine = useMyLiveReservations()
  const pools = usePools()
  const now = useSlowNow()
  const running = (mine.data ?? []).filter((it) => it.state === 'ACTIVE')
  const next = (mine.data ?? []).filter((it) => it.state === 'APPROVED').slice(0, MOST_UPCOMING)
  return (
    <>
      <PageHeading title="Home" />
      <section aria-labelledby="mine" className="berth-block">
        <h2 id="mine">Your reservations</h2>
        {mine.error && (
          <ErrorPanel
            what="Your reservations"
            error={mine.error}
            onRetry={() => void mine.refetch()}
            retrying={mine.isFetching}
          />
        )}
        {mine.isPending && <Loading what="your reservations" rows={2} onRetry={() => void mine.refetch()} />}
        {mine.data?.length === 0 && (
          <EmptyState titleText="Nothing running or coming" headingLevel="h3" variant="sm">
            <EmptyStateBody>Book a GPU or a slice of one; at its minute it becomes a workspace.</EmptyStateBody>
            <EmptyStateFooter>
              <EmptyStateActions>
                <Button component={(props) => <Link {...props} to={to('calendar', { query: { new: 'soonest' } })} />}>
                  Find the next free slot
                </Button>
                <Link to={to('calendar')}>Open calendar</Link>
                <Link to={to('reservations', { query: { tab: 'past' } })}>Past reservations</Link>
              </EmptyStateActions>
            </EmptyStateFooter>
          </EmptyState>
        )}
        <div className="berth-cards">
          {running.map((it) => (
            <ReservationCard key={it.id} reservation={it} />
          ))}
          {next.map((it) => (
            <ReservationCard key={it.id} reservation={it} />
          ))}
        </div>
      </section>
      <section aria-labelledby="free" className="berth-block">
        <h2 id="free">Free now</h2>
        {pools.error && (
          <ErrorPanel
            what="Pools"
            error={pools.error}
            onRetry={() => void pools.refetch()}
            retrying={pools.isFetching}
          />
        )}
        {pools.isPending && <Loading what="free capacity" rows={2} onRetry={() => void pools.refetch()} />}
        {pools.data?.length === 0 && <p>No capacity has been set up yet.</p>}
        {pools.data?.map((pool) => (
          <FreeNow key={pool.name} pool={pool} now={now} />
        ))}
      </section>
    </>
  )
}

function ReservationCard({ reservation }: { reservation: Reservation }) {
  const zone = useZone()
  const titleOf = useTitleOf()
  const now = useSlowNow()
  const session = useSession(reservation.id, reservation.state === 'ACTIVE')
  const url = session.data?.phase === 'Ready' && reservation.may.includes('open') ? workspaceUrl(session.data) : null
  const span = { start: fromRfc3339(reservation.start), end: fromRfc3339(reservation.end) }
  return (
    <Card isCompact>
      <CardTitle component="h3">
        <Link to={to('reservation', { id: reservation.id })}>{titleOf(reservation)}</Link>
      </CardTitle>
      <CardBody>
        <ReservationStatus reservation={reservation} />
        <p className="berth-hint">{range(span, zone, now)}</p>
        <div className="berth-chips">
          {url && (
            <Button
              component="a"
              href={to('openWorkspace', { id: reservation.id })}
              target="_blank"
              rel="noopener noreferrer"
              variant="primary"
            >
              Open VS Code
            </Button>
          )}
          {reservation.state === 'ACTIVE' && reservation.may.includes('extend') && (
            <Link to={to('reservation', { id: reservation.id }, { hash: 'change' })}>Extend</Link>
          )}
        </div>
      </CardBody>
    </Card>
  )
}
