import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { ClipboardCopy } from '@patternfly/react-core/dist/esm/components/ClipboardCopy'
import type { Reservation, Session } from '../../api/types'
import { to } from '../../app/routes'
import { workspaceUrl } from '../../booking/workspace'
import type { Status } from '../../booking/status'
import { slotWords } from '../../booking/words'
import { when } from '../../time/format'
import { fromRfc3339, type Instant } from '../../time/instants'
import { Guests } from './Guests'
import { Kubeconfig } from './Kubeconfig'

interface Props {
  reservation: Reservation
  session: Session | null | undefined
  status: Status
  slotsPerUnit: number | undefined
  owner: boolean
  zone: string
  now: Instant
}

/** Open VS Code and JupyterLab: links once the workspace answers; before that a button that says why not. */
export function OpenButton({ reservation, session, status }: Pick<Props, 'reservation' | 'session' | 'status'>) {
  const url = workspaceUrl(session)
  const ready = reservation.may.includes('open') && session?.phase === 'Ready' && url !== null
  if (ready) {
    return (
      <span className="berth-chips">
        <Button
          component="a"
          href={to('openWorkspace', { id: reservation.id })}
          target="_blank"
          rel="noopener noreferrer"
          variant="primary"
        >
          Open VS Code
        </Button>
        <Button
          component="a"
          href={to('openWorkspace', { id: reservation.id }, { query: { app: 'lab' } })}
          target="_blank"
          rel="noopener noreferrer"
          variant="secondary"
        >
          Open JupyterLab
        </Button>
      </span>
    )
  }
  return (
    <span className="berth-why">
      <Button variant="primary" isAriaDisabled aria-describedby="open-why">
        Open VS Code
      </Button>
      <span id="open-why" className="berth-hint">
        Not ready yet. {status.badge}: {status.sentence}
      </span>
    </span>
  )
}

export function Access({ reservation, session, status, slotsPerUnit, owner, zone, now }: Props) {
  const over = reservation.state !== 'ACTIVE' && reservation.state !== 'APPROVED'
  if (over)
    return <p>This workspace ended {when(fromRfc3339(reservation.end), zone, now)}. Nothing of it can be opened.</p>
  if (!reservation.may.includes('open') && !owner)
    return <p>Only its owner, {reservation.owner}, and whom the owner named can open this workspace.</p>
  return (
    <div className="berth-access">
      <OpenButton reservation={reservation} session={session} status={status} />
      <Kubeconfig {...{ reservation, session, status, owner, zone, now }} />
      {(session?.endpoints ?? []).map((it) => (
        <div key={it.name}>
          <span className="berth-hint">{it.name}</span>
          <ClipboardCopy isReadOnly hoverTip="Copy" clickTip="Copied" textAriaLabel={`Address of ${it.name}`}>
            {it.url}
          </ClipboardCopy>
        </div>
      ))}
      {slotsPerUnit !== undefined && (
        <p>{slotWords(reservation.mode, { slots_per_unit: slotsPerUnit }, reservation.units).sentence}</p>
      )}
      <Guests reservation={reservation} />
      {session && (
        <p className="berth-hint">
          Namespace <code>{session.namespace}</code>
        </p>
      )}
    </div>
  )
}
