import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { useEffect } from 'react'

const INPUT_OF: Record<string, string> = {
  start: 'input[name="start-time"]',
  end: 'input[name="end-time"]',
  cpu: '#amount-cpu',
  memory_gib: '#amount-memory',
  storage_gib: '#amount-storage',
  name: '#booking-name',
  units: '#units',
  device_class: '#kind',
}

export const focusField = (id: string): void =>
  document.querySelector<HTMLElement>(INPUT_OF[id] ?? `#${CSS.escape(id)}`)?.focus()

/** What stands against sending, all at once. Mounted anew by each try: then the first field at fault gets the focus. */
export function FormFaults({ faults }: { faults: { id: string; message: string }[] }) {
  const first = faults[0]?.id
  useEffect(() => {
    if (first) focusField(first)
    // Only when it appears: correcting one field must not jump to the next.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [])
  if (faults.length === 0) return null
  return (
    <Alert
      variant="danger"
      isInline
      role="alert"
      title={faults.length === 1 ? 'One field needs a change.' : `${faults.length} fields need a change.`}
    >
      <ul>
        {faults.map((it) => (
          <li key={`${it.id} ${it.message}`}>{it.message}</li>
        ))}
      </ul>
    </Alert>
  )
}
