import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { HelperText, HelperTextItem } from '@patternfly/react-core/dist/esm/components/HelperText'
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput'
import type { Catalogue, Fault } from '../../tokenomics/answers'
import { shownValue } from '../../tokenomics/presets'
import { tiersOf, withTiers, type Draft, type Tier } from '../../tokenomics/scenario'

/** What the library takes at most. */
const MOST_TIERS = 64

const MEMBERS = [
  ['share', 'Share of tokens', 'of 1'],
  ['throughput', 'Throughput', 'tokens/s'],
  ['slices_per_gpu', 'Slices per GPU', 'default 1'],
  ['units', 'Units per instance', 'default 1'],
  ['efficiency', 'Sharing efficiency', 'default 1'],
  ['cloud_price', 'Cloud price', 'default: as above'],
] as const

export const isOfMix = (fault: Fault): boolean => /^tiers(\[|$)/.test(fault.field)

interface Props {
  catalogue: Catalogue
  draft: Draft
  faults: Fault[]
  onChange(next: (draft: Draft) => Draft): void
}

/** Models that share the tokens, each with its own throughput; without any, one model has them all. */
export function Mix({ catalogue, draft, faults, onChange }: Props) {
  const tiers = tiersOf(draft)
  const edit = (change: (tiers: Tier[]) => Tier[]) => onChange((old) => withTiers(old, change(tiersOf(old))))
  const ofAll = faults.filter((it) => it.field === 'tiers')
  const add = () =>
    edit((old) => [
      ...old,
      {
        name: `Model ${old.length + 1}`,
        share: old.length === 0 ? '1' : '0',
        throughput: shownValue(draft, catalogue, 'throughput'),
      },
    ])
  return (
    <div role="group" aria-label="Mix of models" data-input="tiers">
      <p className="tk-label">Mix of models</p>
      <p className="berth-hint">
        {tiers.length === 0
          ? 'One model has all tokens. Add models to share them; each then has a throughput of its own.'
          : 'The shares add up to 1. The throughputs here stand in for the one above.'}
      </p>
      <Messages faults={ofAll} />
      {tiers.map((tier, at) => (
        <TierFields
          key={at}
          at={at}
          tier={tier}
          faults={faults.filter((it) => it.field.startsWith(`tiers[${at}]`))}
          onChange={(member, text) =>
            edit((old) => old.map((it, index) => (index === at ? { ...it, [member]: text } : it)))
          }
          onRemove={() => edit((old) => old.filter((_, index) => index !== at))}
        />
      ))}
      {tiers.length < MOST_TIERS && (
        <Button variant="secondary" size="sm" onClick={add}>
          Add model
        </Button>
      )}
    </div>
  )
}

interface TierProps {
  at: number
  tier: Tier
  faults: Fault[]
  onChange(member: string, text: string): void
  onRemove(): void
}

function TierFields({ at, tier, faults, onChange, onRemove }: TierProps) {
  const id = `tier-${at}`
  return (
    <fieldset className="tk-tier" aria-describedby={faults.length > 0 ? `${id}-faults` : undefined}>
      <legend className="berth-hidden">{tier['name'] || `Model ${at + 1}`}</legend>
      <TierField
        id={`${id}-name`}
        label="Model"
        hint=""
        value={tier['name'] ?? ''}
        fault={false}
        onChange={(text) => onChange('name', text)}
      />
      {MEMBERS.map(([member, label, hint]) => (
        <TierField
          key={member}
          id={`${id}-${member}`}
          label={label}
          hint={hint}
          value={tier[member] ?? ''}
          fault={faults.some((it) => it.field === `tiers[${at}].${member}`)}
          onChange={(text) => onChange(member, text)}
        />
      ))}
      <Messages id={`${id}-faults`} faults={faults} />
      <Button variant="link" isInline onClick={onRemove} aria-label={`Remove ${tier['name'] || `model ${at + 1}`}`}>
        Remove
      </Button>
    </fieldset>
  )
}

interface TierFieldProps {
  id: string
  label: string
  hint: string
  value: string
  fault: boolean
  onChange(text: string): void
}

function TierField({ id, label, hint, value, fault, onChange }: TierFieldProps) {
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      <TextInput
        id={id}
        value={value}
        placeholder={hint}
        autoComplete="off"
        validated={fault ? 'error' : 'default'}
        onChange={(_, text) => onChange(text)}
      />
    </div>
  )
}

function Messages({ id, faults }: { id?: string; faults: Fault[] }) {
  if (faults.length === 0) return null
  return (
    <HelperText id={id} component="ul" isLiveRegion>
      {faults.map((it) => (
        <HelperTextItem key={it.field + it.message} component="li" variant="error">
          {it.message}
        </HelperTextItem>
      ))}
    </HelperText>
  )
}
