import { FormGroup } from '@patternfly/react-core/dist/esm/components/Form'
import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect'
import type { Pool } from '../../api/types'
import { leastFree } from '../../booking/availability'
import type { Draft } from '../../booking/draft'
import type { FieldFault } from '../../booking/forecast'
import { FieldMessage } from './FieldMessage'
import { useFieldId, type FieldName } from './field_ids'
import type { Booking } from './use_booking'

interface Props {
  pool: Pool
  draft: Draft
  booking: Booking
  teams: string[]
  faults: FieldFault[]
  onChange(change: Partial<Draft>): void
}

/** Which kind and how many; each choice says how much of it is free at the chosen time. */
export function KindFields({ pool, draft, booking, teams, faults, onChange }: Props) {
  const { deviceClass, free, wish } = booking
  const freeOf = (name: string, total: number) => {
    const series = free?.units.get(name)
    return series && wish.end > wish.start ? `${leastFree(series, wish)} of ${total} free` : '...'
  }
  const change = (name: string) => {
    const next = pool.device_classes.find((entry) => entry.name === name)
    onChange({
      deviceClass: name,
      units: Math.min(draft.units, next?.max_units ?? 1),
      cpu: null,
      memory: null,
      storage: null,
      unit: null,
    })
  }
  const faultOf = (field: FieldName) => faults.find((it) => it.field === field)?.message
  return (
    <>
      <Choice
        field="device_class"
        label="Resource kind"
        value={draft.deviceClass}
        fault={faultOf('device_class')}
        options={pool.device_classes.map((entry) => [
          entry.name,
          `${entry.title} (${freeOf(entry.name, entry.units)})`,
        ])}
        onChange={change}
      />
      {deviceClass.max_units > 1 && (
        <Choice
          field="units"
          label="Units"
          value={String(draft.units)}
          fault={faultOf('units')}
          options={Array.from({ length: deviceClass.max_units }, (_, index) => [String(index + 1), String(index + 1)])}
          onChange={(value) => onChange({ units: Number(value), cpu: null, memory: null, storage: null })}
        />
      )}
      {teams.length > 0 && !draft.editing && (
        <Choice
          field="team"
          label="Team"
          value={draft.team ?? ''}
          fault={faultOf('team')}
          options={[['', 'No team'], ...teams.map((team): [string, string] => [team, team])]}
          onChange={(value) => onChange({ team: value || null })}
        />
      )}
    </>
  )
}

interface ChoiceProps {
  field: FieldName
  label: string
  value: string
  fault: string | undefined
  /** Value and what is shown for it. */
  options: [string, string][]
  onChange(value: string): void
}

function Choice({ field, label, value, fault, options, onChange }: ChoiceProps) {
  const id = useFieldId(field)
  return (
    <FormGroup label={label} fieldId={id}>
      <FormSelect
        id={id}
        value={value}
        validated={fault ? 'error' : 'default'}
        aria-describedby={fault ? `${id}-fault` : undefined}
        onChange={(_, next) => onChange(next)}
      >
        {options.map(([option, shown]) => (
          <FormSelectOption key={option} value={option} label={shown} />
        ))}
      </FormSelect>
      {fault && <FieldMessage id={`${id}-fault`} message={fault} />}
    </FormGroup>
  )
}
