import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { useCalendar } from '../../api/queries'
import type { Pool, Reservation } from '../../api/types'
import { fromRfc3339 } from '../../time/instants'

/** Says so where a unit of it cannot be used. Asked only where the pool has such a unit of its kind. */
export function OutOfService({ reservation: it, pool }: { reservation: Reservation; pool: Pool | undefined }) {
  const live = it.state === 'APPROVED' || it.state === 'ACTIVE'
  const units = pool?.nodes.flatMap((node) => node.units) ?? []
  const possible = live && units.some((unit) => unit.out_of_service && unit.device_class === it.device_class)
  const span = { start: fromRfc3339(it.start), end: fromRfc3339(it.end) }
  const lanes = useCalendar(possible ? it.pool : undefined, span).data?.lanes ?? []
  const lost = lanes.filter((lane) => lane.out_of_service && lane.bars.some((bar) => bar.reservation === it.id))
  if (it.warnings?.length)
    return (
      <Alert
        variant="warning"
        isInline
        title={it.units > 1 ? 'Not all of its units are there.' : 'Its unit is not there.'}
      >
        {it.warnings.map((warning) => (
          <p key={warning}>{warning}</p>
        ))}
      </Alert>
    )
  if (!possible || lost.length === 0) return null
  const of = it.units > 1 ? `${lost.length} of its ${it.units} units are` : 'Its unit is'
  return (
    <Alert variant="warning" isInline title={`${of} out of service: ${lost.map((lane) => lane.unit).join(', ')}.`}>
      {it.state === 'APPROVED' ? 'Move it to another time or kind, or ask whoever runs the pool.' : null}
    </Alert>
  )
}
