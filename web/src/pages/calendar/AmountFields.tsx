import { FormGroup, FormHelperText } from '@patternfly/react-core/dist/esm/components/Form'
import { HelperText, HelperTextItem } from '@patternfly/react-core/dist/esm/components/HelperText'
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput'
import type { DeviceClass } from '../../api/types'
import { amountsOf, type AmountFault, type Draft } from '../../booking/draft'
import { amount } from '../../time/format'

type Typed = 'cpu' | 'memory' | 'storage'

const FIELDS: { typed: Typed; field: AmountFault['field']; label: string; mode: 'decimal' | 'numeric' }[] = [
  { typed: 'cpu', field: 'cpu', label: 'CPU cores', mode: 'decimal' },
  { typed: 'memory', field: 'memory_gib', label: 'Memory (GiB)', mode: 'numeric' },
  { typed: 'storage', field: 'storage_gib', label: 'Storage (GiB)', mode: 'numeric' },
]

interface Props {
  draft: Draft
  deviceClass: DeviceClass
  faults: AmountFault[]
  onChange(change: Partial<Draft>): void
}

/** CPU, memory and storage; untouched they follow the class's defaults. */
export function AmountFields({ draft, deviceClass, faults, onChange }: Props) {
  const amounts = amountsOf({ ...draft, cpu: null, memory: null, storage: null }, deviceClass)
  return (
    <div className="berth-amounts">
      {FIELDS.map(({ typed, field, label, mode }) => {
        const fault = faults.find((it) => it.field === field)
        const id = `amount-${typed}`
        return (
          <FormGroup key={field} label={label} fieldId={id}>
            <TextInput
              id={id}
              name={field}
              inputMode={mode}
              autoComplete="off"
              value={draft[typed] ?? amount(amounts[field])}
              validated={fault ? 'error' : 'default'}
              aria-describedby={fault ? `${id}-fault` : undefined}
              onChange={(_, text) => onChange({ [typed]: text })}
            />
            {fault && (
              <FormHelperText>
                <HelperText id={`${id}-fault`} isLiveRegion>
                  <HelperTextItem variant="error">{fault.message}</HelperTextItem>
                </HelperText>
              </FormHelperText>
            )}
          </FormGroup>
        )
      })}
    </div>
  )
}
