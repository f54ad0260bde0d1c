import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import type { Session } from '../../api/types'
import { activityWords, deviceWords } from '../../booking/activity'
import type { Instant } from '../../time/instants'

/** When the workspace was last used, by its own word, and its devices, by the cluster's; while it is up. */
export function Activity({ session, zone, now }: { session: Session; zone: string; now: Instant }) {
  if (session.phase !== 'Ready' && session.phase !== 'Degraded') return null
  const words = activityWords(session.activity, zone, now)
  const device = deviceWords(session.device_use, zone, now)
  return (
    <section aria-labelledby="activity-title">
      <h2 id="activity-title" className="berth-h2">
        Last used
      </h2>
      {words === null ? (
        <p>Not measured yet.</p>
      ) : (
        <>
          {words.old && <Alert variant="warning" isInline isPlain title={words.looked} />}
          <p>{words.facts.join(' · ')}</p>
          <p className="berth-hint">{words.old ? '' : `${words.looked} `}As the workspace says itself.</p>
        </>
      )}
      {device.old ? <Alert variant="warning" isInline isPlain title={device.text} /> : <p>{device.text}</p>}
    </section>
  )
}
