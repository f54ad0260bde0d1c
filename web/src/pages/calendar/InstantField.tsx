import { FormGroup } from '@patternfly/react-core/dist/esm/components/Form'
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { useEffect, useState } from 'react'
import { clock, clockWithZone, isoDate } from '../../time/format'
import type { Instant } from '../../time/instants'
import { parseLocal } from '../../time/parse'
import { abbreviation } from '../../time/zones'
import { FieldMessage } from './FieldMessage'
import { useFieldId } from './field_ids'

interface Props {
  /** `Start` or `End`. */
  label: string
  field: 'start' | 'end'
  value: Instant
  zone: string
  fault: string | undefined
  disabled?: boolean
  onChange(at: Instant): void
  /** The typed text stands for no instant, for the reason given; null once it does. */
  onInvalid(message: string | null): void
}

/** Date and time of an instant in the shown zone, typed. Hours that the clocks skip or repeat are told as such. */
export function InstantField({ label, field, value, zone, fault, disabled, onChange, onInvalid }: Props) {
  const id = useFieldId(field)
  // What is being typed; null shows the instant itself, also when it is changed from elsewhere or in another zone.
  const [typed, setTyped] = useState<{ date: string; time: string; stands: Instant } | null>(null)
  useEffect(() => setTyped(null), [zone])
  const current = typed && typed.stands === value ? typed : null
  const date = current?.date ?? isoDate(value, zone)
  const time = current?.time ?? clock(value, zone)
  const parsed = parseLocal(date, time, zone)

  const type = (nextDate: string, nextTime: string) => {
    const next = parseLocal(nextDate, nextTime, zone)
    const at = next.kind === 'instant' ? next.at : value
    setTyped({ date: nextDate, time: nextTime, stands: at })
    onInvalid(next.kind === 'instant' ? null : next.message)
    if (at !== value) onChange(at)
  }
  const settle = (at: Instant) => {
    setTyped(null)
    onInvalid(null)
    onChange(at)
  }

  const message = current && parsed.kind !== 'instant' ? parsed.message : fault
  return (
    <div className="berth-instant" role="group" aria-label={label}>
      <FormGroup label={`${label} date`} fieldId={`${id}-date`}>
        <TextInput
          id={`${id}-date`}
          name={`${field}-date`}
          type="date"
          value={date}
          isDisabled={disabled}
          isRequired
          validated={message ? 'error' : 'default'}
          aria-describedby={message ? `${id}-message` : undefined}
          onChange={(_, text) => type(text, time)}
        />
      </FormGroup>
      <FormGroup label={`${label} time`} fieldId={id}>
        <TextInput
          id={id}
          name={`${field}-time`}
          inputMode="numeric"
          placeholder="14:00"
          autoComplete="off"
          value={time}
          isDisabled={disabled}
          isRequired
          validated={message ? 'error' : 'default'}
          aria-describedby={`${message ? `${id}-message ` : ''}${id}-zone`}
          onChange={(_, text) => type(date, text)}
        />
      </FormGroup>
      <span id={`${id}-zone`} className="berth-zone-of-field">
        {abbreviation(value, zone)}
      </span>
      {message && <FieldMessage id={`${id}-message`} message={message} className="berth-instant-message" />}
      {current && parsed.kind === 'repeated' && (
        <div className="berth-chips">
          {parsed.choices.map((at) => (
            <Button key={at} variant="secondary" size="sm" onClick={() => settle(at)}>
              {clockWithZone(at, zone)}
            </Button>
          ))}
        </div>
      )}
    </div>
  )
}
