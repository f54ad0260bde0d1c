import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { Checkbox } from '@patternfly/react-core/dist/esm/components/Checkbox'
import type { Draft } from '../../booking/draft'
import type { FieldFault } from '../../booking/forecast'
import { leastEnd, nextStart, type Policy } from '../../booking/policy'
import { duration, when } from '../../time/format'
import { HOUR, ceilTo, type Instant } from '../../time/instants'
import { InstantField } from './InstantField'

const CHIPS_H = [1, 2, 4, 8, 24]

interface Props {
  draft: Draft
  policy: Policy
  faults: FieldFault[]
  zone: string
  now: Instant
  onChange(change: Partial<Draft>): void
  onInvalid(field: 'start' | 'end', message: string | null): void
}

export function TimeFields({ draft, policy, faults, zone, now, onChange, onInvalid }: Props) {
  const start = draft.startNow ? now : draft.start
  const faultOf = (field: 'start' | 'end') => faults.find((it) => it.field === field)?.message
  const chips = CHIPS_H.map((hours) => hours * HOUR).filter((it) => it >= policy.minLength && it <= policy.maxLength)
  return (
    <fieldset className="berth-times">
      <legend>Time</legend>
      <Checkbox
        id="start-now"
        label="Start now"
        isChecked={draft.startNow}
        onChange={(_, checked) =>
          onChange({
            startNow: checked,
            start: nextStart(policy, now),
            end: Math.max(draft.end, leastEnd(checked ? now : nextStart(policy, now), policy)),
          })
        }
      />
      <InstantField
        label="Start"
        field="start"
        value={start}
        zone={zone}
        disabled={draft.startNow}
        fault={faultOf('start')}
        // The end moves along, so that a later start is not a shorter booking.
        onChange={(at) => onChange({ start: at, end: draft.end + (at - draft.start) })}
        onInvalid={(message) => onInvalid('start', message)}
      />
      <InstantField
        label="End"
        field="end"
        value={draft.end}
        zone={zone}
        fault={faultOf('end')}
        onChange={(at) => onChange({ end: at })}
        onInvalid={(message) => onInvalid('end', message)}
      />
      <div className="berth-chips" role="group" aria-label="Duration">
        {chips.map((length) => {
          const end = ceilTo(start + length, policy.step)
          return (
            <Button
              key={length}
              size="sm"
              variant={draft.end === end ? 'primary' : 'secondary'}
              aria-pressed={draft.end === end}
              onClick={() => onChange({ end })}
            >
              {/* From between two steps it is longer than so many hours: then its end is what can be promised. */}
              {end - start === length ? duration(length) : `until ${when(end, zone, now)}`}
            </Button>
          )
        })}
      </div>
    </fieldset>
  )
}
