import { FormGroup } from '@patternfly/react-core/dist/esm/components/Form'
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput'
import type { DeviceClass } from '../../api/types'
import { amountsOf, type AmountField as AmountName, type Draft } from '../../booking/draft'
import type { FieldFault } from '../../booking/forecast'
import { amount } from '../../time/format'
import { FieldMessage } from './FieldMessage'
import { useFieldId } from './field_ids'

type Typed = 'cpu' | 'memory' | 'storage'

interface Field {
  typed: Typed
  field: AmountName
  label: string
  mode: 'decimal' | 'numeric'
}
const FIELDS: Field[] = [
  { typed: 'cpu', field: 'cpu', label: 'CPU cores', mode: 'decimal' },
  { typed: 'memory', field: 'memory_gib', label: 'Memory (GiB)', mode: 'numeric' },
  { typed: 'storage', field: 'storage_gib', label: 'Storage (GiB)', mode: 'numeric' },
]

interface Props {
  draft: Draft
  deviceClass: DeviceClass
  faults: FieldFault[]
  onChange(change: Partial<Draft>): void
}

/** CPU, memory and storage; untouched they follow the class's defaults. */
export function AmountFields({ draft, deviceClass, faults, onChange }: Props) {
  const amounts = amountsOf({ ...draft, cpu: null, memory: null, storage: null }, deviceClass)
  return (
    <div className="berth-amounts">
      {FIELDS.map((it) => (
        <AmountField
          key={it.field}
          {...it}
          value={draft[it.typed] ?? amount(amounts[it.field])}
          fault={faults.find((fault) => fault.field === it.field)?.message}
          onChange={(text) => onChange({ [it.typed]: text })}
        />
      ))}
    </div>
  )
}

interface AmountProps extends Field {
  value: string
  fault: string | undefined
  onChange(text: string): void
}

function AmountField({ field, label, mode, value, fault, onChange }: AmountProps) {
  const id = useFieldId(field)
  return (
    <FormGroup label={label} fieldId={id}>
      <TextInput
        id={id}
        name={field}
        inputMode={mode}
        autoComplete="off"
        value={value}
        validated={fault ? 'error' : 'default'}
        aria-describedby={fault ? `${id}-fault` : undefined}
        onChange={(_, text) => onChange(text)}
      />
      {fault && <FieldMessage id={`${id}-fault`} message={fault} />}
    </FormGroup>
  )
}
