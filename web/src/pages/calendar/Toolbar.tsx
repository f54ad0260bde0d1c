import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect'
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput'
import { ToggleGroup, ToggleGroupItem } from '@patternfly/react-core/dist/esm/components/ToggleGroup'
import type { Pool } from '../../api/types'
import { isDate } from '../../time/parse'
import { VIEWS, movedBy, periodOf, type Place } from './address'

interface Props {
  pools: Pool[]
  pool: Pool
  place: Place
  today: string
  onChange(change: Partial<Place>): void
  onNew(): void
  onHelp(): void
  phone: boolean
}

export function Toolbar({ pools, pool, place, today, onChange, onNew, onHelp, phone }: Props) {
  return (
    <div className="berth-toolbar" role="group" aria-label="Calendar controls">
      <Button variant="primary" onClick={onNew}>
        New reservation
      </Button>
      <div className="berth-chips">
        <Button variant="secondary" onClick={() => onChange({ date: today })}>
          Today
        </Button>
        <Button
          variant="secondary"
          aria-label="Previous period"
          onClick={() => onChange({ date: movedBy(place.view, place.date, -1) })}
        >
          ‹
        </Button>
        <Button
          variant="secondary"
          aria-label="Next period"
          onClick={() => onChange({ date: movedBy(place.view, place.date, 1) })}
        >
          ›
        </Button>
        <TextInput
          className="berth-date"
          type="date"
          aria-label="Date"
          value={place.date}
          onChange={(_, date) => {
            if (isDate(date)) onChange({ date })
          }}
        />
      </div>
      <strong className="berth-period" role="status" aria-label="Period">
        {periodOf(place.view, place.date)}
      </strong>
      {/* On paper nothing else says which pool it is. */}
      <span className="berth-print">Pool {pool.name}</span>
      <ToggleGroup aria-label="Range">
        {VIEWS.map((entry) => (
          <ToggleGroupItem
            key={entry.view}
            text={entry.text}
            buttonId={`view-${entry.view}`}
            isSelected={place.view === entry.view}
            onChange={() => onChange({ view: entry.view })}
          />
        ))}
      </ToggleGroup>
      {pools.length > 1 && (
        <FormSelect
          className="berth-kind"
          aria-label="Pool"
          value={pool.name}
          onChange={(_, value) => onChange({ pool: value, kind: '', toggled: [] })}
        >
          {pools.map((it) => (
            <FormSelectOption key={it.name} value={it.name} label={it.name} />
          ))}
        </FormSelect>
      )}
      <FormSelect
        className="berth-kind"
        aria-label="Resource kind filter"
        value={place.kind}
        onChange={(_, kind) => onChange({ kind })}
      >
        <FormSelectOption value="" label="All kinds" />
        {pool.device_classes.map((entry) => (
          <FormSelectOption key={entry.name} value={entry.name} label={entry.title} />
        ))}
      </FormSelect>
      {!phone && (
        <>
          <Button
            variant={place.list ? 'primary' : 'secondary'}
            aria-pressed={place.list}
            onClick={() => onChange({ list: !place.list })}
          >
            List view
          </Button>
          <Button variant="link" onClick={onHelp}>
            Keys and legend
          </Button>
        </>
      )}
    </div>
  )
}
