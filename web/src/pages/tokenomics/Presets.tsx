import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect'
import type { Catalogue } from '../../tokenomics/answers'
import { OLD_AFTER_DAYS, datedText, isOld } from '../../tokenomics/age'
import { isIn, withPreset } from '../../tokenomics/presets'
import type { Draft } from '../../tokenomics/scenario'
import type { Instant } from '../../time/instants'

const TITLES: Record<string, string> = {
  gpu: 'GPU',
  system: 'Server or system',
  throughput: 'Model and its throughput',
  cloud: 'Cloud price list',
  operations: 'Site and service',
}

interface Props {
  catalogue: Catalogue
  draft: Draft
  now: Instant
  onChange(next: (draft: Draft) => Draft): void
}

/** Sets of values that belong together, each with its source and age. */
export function Presets({ catalogue, draft, now, onChange }: Props) {
  if (draft.currency !== catalogue.currency) {
    return <p>Presets are prices in {catalogue.currency} and are not converted. Use them with that currency.</p>
  }
  const groups = [...new Set(catalogue.presets.map((it) => it.group))]
  return groups.map((group) => {
    const presets = catalogue.presets.filter((it) => it.group === group)
    const current = presets.find((it) => isIn(draft, catalogue, it))
    const id = `preset-${group}`
    const dated = current ? datedText(current.date, now) : ''
    return (
      <div key={group} className="tk-field">
        <label className="tk-label" htmlFor={id}>
          {TITLES[group] ?? group}
        </label>
        <FormSelect
          id={id}
          value={current?.name ?? ''}
          aria-describedby={`${id}-about`}
          onChange={(_, name) => {
            const chosen = presets.find((it) => it.name === name)
            if (chosen) onChange((old) => withPreset(old, catalogue, chosen))
          }}
        >
          {!current && <FormSelectOption value="" label="Own values" />}
          {presets.map((it) => (
            <FormSelectOption key={it.name} value={it.name} label={it.name} />
          ))}
        </FormSelect>
        <p id={`${id}-about`} className="berth-hint">
          {current ? [current.source, dated, current.note].filter(Boolean).join(', ') : 'The values are no preset.'}
          {current && isOld(current.date, now) && (
            <strong className="tk-old"> Older than {OLD_AFTER_DAYS} days: check it.</strong>
          )}
        </p>
      </div>
    )
  })
}
