import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { HelperText, HelperTextItem } from '@patternfly/react-core/dist/esm/components/HelperText'
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput'
import { useCallback, useState, type ReactNode } from 'react'
import type { Catalogue, Fault, InputInfo } from '../../tokenomics/answers'
import { EMPTY, withValue, type Draft } from '../../tokenomics/scenario'
import type { Instant } from '../../time/instants'
import { CurrencyField } from './CurrencyField'
import { InputField } from './InputField'
import { Mix, isOfMix } from './Mix'
import { Presets } from './Presets'
import { GROUPS, MAIN, type TabKey } from './fields'

interface Props {
  catalogue: Catalogue
  draft: Draft
  faults: Fault[]
  tab: TabKey
  now: Instant
  onChange(next: (draft: Draft) => Draft): void
}

/** Everything that may be entered: what the tab is about first, the rest by group. */
export function Inputs({ catalogue, draft, faults, tab, now, onChange }: Props) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const change = useCallback(
    (name: string, text: string | null) => onChange((old) => withValue(old, name, text)),
    [onChange],
  )
  const main = MAIN[tab]
  const faultOf = (name: string) => faults.find((it) => it.field === name)?.message
  const field = (info: InputInfo) => (
    <InputField
      key={info.name}
      info={info}
      currency={draft.currency}
      typed={draft.values[info.name]}
      fault={faultOf(info.name)}
      now={now}
      onChange={change}
    />
  )
  const first = main.flatMap((name) => catalogue.inputs.filter((it) => it.name === name))
  return (
    <form className="tk-inputs" aria-label="Inputs" onSubmit={(event) => event.preventDefault()}>
      <div className="tk-heading-fields">
        <NameField
          name={draft.name}
          fault={faultOf('name')}
          onChange={(name) => onChange((old) => ({ ...old, name }))}
        />
        <CurrencyField catalogue={catalogue} draft={draft} fault={faultOf('currency')} onChange={onChange} />
      </div>
      <Group title="Presets" open={open.has('presets')} onToggle={(is) => setOpen(toggled(open, 'presets', is))}>
        <Presets catalogue={catalogue} draft={draft} now={now} onChange={onChange} />
      </Group>
      {first.map((info) => (
        <div key={info.name}>
          {field(info)}
          {info.name === 'utilisation' && <Measured />}
        </div>
      ))}
      {GROUPS.map((group) => {
        const infos = catalogue.inputs.filter((it) => it.group === group.key && !main.includes(it.name))
        const atFault = infos.some((it) => faultOf(it.name)) || (group.key === 'workload' && faults.some(isOfMix))
        if (infos.length === 0) return null
        return (
          <Group
            key={group.key}
            title={group.title}
            open={atFault || open.has(group.key)}
            onToggle={(is) => setOpen(toggled(open, group.key, is))}
          >
            {infos.map(field)}
            {group.key === 'workload' && (
              <Mix catalogue={catalogue} draft={draft} faults={faults} onChange={onChange} />
            )}
          </Group>
        )
      })}
      <FromFile draft={draft} onChange={onChange} />
      <Button variant="link" isInline onClick={() => onChange(() => EMPTY)}>
        Back to all defaults
      </Button>
    </form>
  )
}

function toggled(open: ReadonlySet<string>, key: string, is: boolean): ReadonlySet<string> {
  const next = new Set(open)
  if (is) next.add(key)
  else next.delete(key)
  return next
}

/** Its fields exist only while it is open: there are a hundred of them. */
function Group({
  title,
  open,
  onToggle,
  children,
}: {
  title: string
  open: boolean
  onToggle(open: boolean): void
  children: ReactNode
}) {
  return (
    <details
      className="tk-group"
      open={open}
      onToggle={(event) => event.currentTarget.open !== open && onToggle(event.currentTarget.open)}
    >
      <summary>{title}</summary>
      {open && children}
    </details>
  )
}

function NameField({
  name,
  fault,
  onChange,
}: {
  name: string
  fault: string | undefined
  onChange(name: string): void
}) {
  return (
    <div className="tk-field">
      <label className="tk-label" htmlFor="scenario-name">
        Scenario name
      </label>
      <TextInput
        id="scenario-name"
        value={name}
        autoComplete="off"
        placeholder="optional"
        maxLength={100}
        validated={fault ? 'error' : 'default'}
        aria-describedby={fault ? 'scenario-name-fault' : undefined}
        onChange={(_, text) => onChange(text)}
      />
      {fault && (
        <HelperText id="scenario-name-fault" isLiveRegion>
          <HelperTextItem variant="error">{fault}</HelperTextItem>
        </HelperText>
      )}
    </div>
  )
}

/** The platform's own figure, once there is one. */
function Measured() {
  return (
    <div className="tk-measured">
      <Button variant="secondary" size="sm" isAriaDisabled aria-describedby="measured-why">
        Use measured utilisation
      </Button>
      <span id="measured-why" className="berth-hint">
        Not measured: the platform does not count tokens yet.
      </span>
    </div>
  )
}

/** Lists that a scenario file brings and that have no field here: nothing counts without being shown. */
const WITHOUT_FIELD: Record<string, string> = { profile: 'an hourly profile', fleet_tiers: 'models of a fleet' }

function FromFile({ draft, onChange }: Pick<Props, 'draft' | 'onChange'>) {
  return Object.entries(WITHOUT_FIELD).map(([name, text]) =>
    draft.values[name] ? (
      <p key={name}>
        The scenario has {text} ({name}).{' '}
        <Button variant="link" isInline onClick={() => onChange((old) => withValue(old, name, null))}>
          Leave out {name}
        </Button>
      </p>
    ) : null,
  )
}
