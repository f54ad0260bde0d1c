import { Label } from '@patternfly/react-core/dist/esm/components/Label'
import type { Status, Tone } from '../booking/status'

const COLOURS: Record<Tone, 'grey' | 'blue' | 'green' | 'orange' | 'red'> = {
  plain: 'grey',
  info: 'blue',
  good: 'green',
  warning: 'orange',
  danger: 'red',
}

/** The badge alone; its sentence belongs beside it. */
export function StatusBadge({ status, unverified = false }: { status: Status; unverified?: boolean }) {
  return (
    <Label color={COLOURS[status.tone]} variant={unverified ? 'outline' : 'filled'} data-status={status.badge}>
      {status.badge}
      {unverified ? ', unverified' : ''}
    </Label>
  )
}
