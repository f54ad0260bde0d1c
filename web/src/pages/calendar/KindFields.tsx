import { FormGroup } from '@patternfly/react-core/dist/esm/components/Form'
import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect'
import type { Pool } from '../../api/types'
import { leastFree } from '../../booking/availability'
import type { Draft } from '../../booking/draft'
import type { Booking } from './use_booking'

interface Props {
  pool: Pool
  draft: Draft
  booking: Booking
  teams: string[]
  onChange(change: Partial<Draft>): void
}

/** Which kind and how many; each choice says how much of it is free at the chosen time. */
export function KindFields({ pool, draft, booking, teams, onChange }: Props) {
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
  return (
    <>
      <FormGroup label="Resource kind" fieldId="kind">
        <FormSelect id="kind" value={draft.deviceClass} onChange={(_, value) => change(value)}>
          {pool.device_classes.map((entry) => (
            <FormSelectOption
              key={entry.name}
              value={entry.name}
              label={`${entry.title} (${freeOf(entry.name, entry.units)})`}
            />
          ))}
        </FormSelect>
      </FormGroup>
      {deviceClass.max_units > 1 && (
        <FormGroup label="Units" fieldId="units">
          <FormSelect
            id="units"
            value={draft.units}
            onChange={(_, value) => onChange({ units: Number(value), cpu: null, memory: null, storage: null })}
          >
            {Array.from({ length: deviceClass.max_units }, (_, index) => (
              <FormSelectOption key={index} value={index + 1} label={String(index + 1)} />
            ))}
          </FormSelect>
        </FormGroup>
      )}
      {teams.length > 0 && !draft.editing && (
        <FormGroup label="Team" fieldId="team">
          <FormSelect id="team" value={draft.team ?? ''} onChange={(_, value) => onChange({ team: value || null })}>
            <FormSelectOption value="" label="No team" />
            {teams.map((team) => (
              <FormSelectOption key={team} value={team} label={team} />
            ))}
          </FormSelect>
        </FormGroup>
      )}
    </>
  )
}
