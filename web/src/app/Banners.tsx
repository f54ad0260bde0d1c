import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { useStatus } from '../api/queries'
import { useOffline, useSilentSince } from '../api/reach'
import { clockWithZone, duration } from '../time/format'
import { MINUTE, fromRfc3339 } from '../time/instants'
import { cityOf } from '../time/zones'
import { useSlowNow } from '../ui/use_now'
import { EndsSoon } from './EndsSoon'
import { useLiveState } from './live'
import { useZones } from './zone'

/** Two reads of the status missed: then the last answer proves nothing. */
const STATUS_OLD_MS = 2 * MINUTE

/** On every page, the most urgent first. */
export function Banners() {
  return (
    <div className="berth-banners">
      <EndsSoon />
      <ControllerSilent />
      <LiveOff />
      <AskZone />
    </div>
  )
}

function ControllerSilent() {
  const status = useStatus()
  const now = useSlowNow()
  const silent = (status.data?.controllers ?? []).filter((it) => it.state !== 'reporting')
  const old = status.data !== undefined && now - fromRfc3339(status.data.server_time) > STATUS_OLD_MS
  if (old || silent.length === 0) return null
  return silent.map((it) => {
    const age = it.last_report_at === null ? null : now - fromRfc3339(it.last_report_at)
    return (
      <Alert
        key={it.cluster}
        variant="warning"
        isInline
        title={
          age === null ? 'The controller has never reported.' : `The controller last reported ${duration(age)} ago.`
        }
      >
        Bookings are kept. They start and end late until it reports again.
      </Alert>
    )
  })
}

/** What does not hold is not said: without an answer nothing refreshes. */
function LiveOff() {
  const { zone } = useZones()
  const live = useLiveState()
  const silentSince = useSilentSince()
  if (useOffline())
    return (
      <Alert
        variant="warning"
        isInline
        role="status"
        title="You are offline. Shown is what was known; it goes on by itself once there is a network."
      />
    )
  if (silentSince !== null)
    return (
      <Alert
        variant="warning"
        isInline
        role="status"
        title={`Portal does not answer since ${clockWithZone(silentSince, zone)}.`}
      >
        Running workspaces go on. This page asks again by itself.
      </Alert>
    )
  if (live !== 'polling') return null
  return <Alert variant="info" isInline title="Live updates are off. This page refreshes every 10 s." />
}

function AskZone() {
  const { ask, device, zone, setZone, answered } = useZones()
  if (!ask) return null
  return (
    <div className="berth-ask" role="region" aria-label="Time zone question">
      <span>
        Your device is in {cityOf(device)}. Show {cityOf(device)} times?
      </span>
      <Button variant="secondary" size="sm" onClick={() => setZone(device)}>
        Show {cityOf(device)} times
      </Button>
      <Button variant="link" size="sm" onClick={answered}>
        Keep {cityOf(zone)} times
      </Button>
    </div>
  )
}
