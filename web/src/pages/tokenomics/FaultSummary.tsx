import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import type { Catalogue, Fault } from '../../tokenomics/answers'
import { withValue, type Draft } from '../../tokenomics/scenario'
import { fieldId } from './InputField'

interface Props {
  message: string
  faults: Fault[]
  catalogue: Catalogue
  hasPrevious: boolean
  onChange(next: (draft: Draft) => Draft): void
}

/** Everything that keeps the scenario from being calculated, with a way to each field. */
export function FaultSummary({ message, faults, catalogue, hasPrevious, onChange }: Props) {
  const known = new Set(catalogue.inputs.map((it) => it.name))
  const title = hasPrevious
    ? 'These values cannot be calculated. Shown is what came before.'
    : 'These values cannot be calculated.'
  return (
    <Alert variant="danger" isInline title={title} component="h2" className="tk-faults">
      {faults.length === 0 && <p>{message}</p>}
      <ul>
        {faults.map((it) => {
          const top = it.field.split(/[.[]/)[0] ?? ''
          const id = known.has(it.field)
            ? fieldId(it.field)
            : it.field === 'name' || it.field === 'currency'
              ? `scenario-${it.field}`
              : null
          return (
            <li key={it.field + it.message}>
              {it.message}.{' '}
              {id ? (
                <Button variant="link" isInline onClick={() => document.getElementById(id)?.focus()}>
                  Go to the field
                </Button>
              ) : (
                <Button variant="link" isInline onClick={() => onChange((old) => withValue(old, top, null))}>
                  Leave out {top}
                </Button>
              )}
            </li>
          )
        })}
      </ul>
    </Alert>
  )
}
