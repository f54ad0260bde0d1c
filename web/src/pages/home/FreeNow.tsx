import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { Card, CardBody, CardTitle } from '@patternfly/react-core/dist/esm/components/Card'
import { useNavigate } from 'react-router'
import { useDraft } from '../../app/draft'
import { useUser } from '../../app/SignedIn'
import { to } from '../../app/routes'
import { useZone } from '../../app/zone'
import { useAvailability } from '../../api/queries'
import type { DeviceClass, Pool } from '../../api/types'
import { readAvailability } from '../../booking/availability'
import { newDraft } from '../../booking/draft'
import { nextStart, policyOf } from '../../booking/policy'
import { clockWithZone, isoDate } from '../../time/format'
import { DAY, HOUR, ceilTo, floorTo, type Instant } from '../../time/instants'
import { ErrorPanel } from '../../ui/ErrorPanel'
import { Loading } from '../../ui/Loading'
import { freeNow, type FreeNow as Free } from './free_now'

const LOOK_AHEAD_MS = 14 * DAY
const QUICK_H = [1, 2]

/** What one can get now, per resource, with a button that fills the form. */
export function FreeNow({ pool, now }: { pool: Pool; now: Instant }) {
  const from = floorTo(now, HOUR)
  const query = useAvailability(pool.name, { start: from, end: from + LOOK_AHEAD_MS })
  const zone = useZone()
  if (!query.data) {
    return query.error ? (
      <ErrorPanel
        what="Free capacity"
        error={query.error}
        onRetry={() => void query.refetch()}
        retrying={query.isFetching}
      />
    ) : (
      <Loading what="free capacity" rows={2} onRetry={() => void query.refetch()} />
    )
  }
  const free = readAvailability(query.data)
  return (
    <div className="berth-cards">
      {pool.device_classes.map((entry) => (
        <FreeCard key={entry.name} pool={pool} deviceClass={entry} free={freeNow(free, entry, zone, now)} now={now} />
      ))}
    </div>
  )
}

function FreeCard({
  pool,
  deviceClass,
  free,
  now,
}: {
  pool: Pool
  deviceClass: DeviceClass
  free: Free
  now: Instant
}) {
  const book = useBook(pool, deviceClass, now)
  const zone = useZone()
  const policy = policyOf(pool)
  return (
    <Card isCompact aria-label={deviceClass.title}>
      <CardTitle component="h3">{deviceClass.title}</CardTitle>
      <CardBody>
        <p>{free.sentence}</p>
        <div className="berth-chips">
          {free.now &&
            QUICK_H.map((hours) => {
              // A booking ends on a step: its end is what can be promised, not so many hours.
              const end = ceilTo(now + hours * HOUR, policy.step)
              const until = clockWithZone(end, zone)
              return (
                <Button
                  key={hours}
                  variant={hours === 1 ? 'primary' : 'secondary'}
                  aria-label={`Book ${deviceClass.title} until ${until}`}
                  onClick={() => book(null, end - now)}
                >
                  Book until {until}
                </Button>
              )
            })}
          {!free.now && free.next !== null && (
            <Button variant="secondary" onClick={() => book(Math.max(free.next ?? 0, nextStart(policy, now)), HOUR)}>
              Book the next free slot
            </Button>
          )}
        </div>
      </CardBody>
    </Card>
  )
}

/** Opens the form with a window; what it costs and whether it fits is told there before anything is booked. */
function useBook(pool: Pool, deviceClass: DeviceClass, now: Instant) {
  const { setDraft } = useDraft()
  const navigate = useNavigate()
  const user = useUser()
  const zone = useZone()
  const step = policyOf(pool).step
  return (start: Instant | null, length: number) => {
    const from = start ?? now
    const span = { start: from, end: ceilTo(from + length, step) }
    setDraft({ ...newDraft(pool.name, deviceClass.name, span, start === null), team: user.teams[0] ?? null })
    void navigate(to('calendar', { query: { pool: pool.name, date: isoDate(from, zone) } }))
  }
}
