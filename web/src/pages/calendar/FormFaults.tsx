import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import type { FieldFault } from '../../booking/forecast'

/** What stands against sending, all at once. */
export function FormFaults({ title, faults, reference }: { title?: string; faults: FieldFault[]; reference?: string }) {
  const count = faults.length === 1 ? 'One field needs a change.' : `${faults.length} fields need a change.`
  return (
    <Alert variant="danger" isInline role="alert" title={title ?? count}>
      <ul>
        {faults.map((it) => (
          <li key={`${it.field} ${it.message}`}>{it.message}</li>
        ))}
      </ul>
      {reference && (
        <p>
          Reference <code>{reference}</code>.
        </p>
      )}
    </Alert>
  )
}
