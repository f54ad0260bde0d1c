import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { useState, type ReactNode } from 'react'
import type { Answer, DerivationLine, Outcome } from '../../tokenomics/answers'
import { amountText } from '../../tokenomics/numbers'
import { labelOf, unitText } from '../../tokenomics/words'

/** The answer's part of the page, or why there is none. */
export function Asked<T extends Answer>({
  outcome,
  currency,
  children,
}: {
  outcome: Outcome<T>
  currency: string
  children(answer: T): ReactNode
}) {
  if (!outcome.ok) return <Alert variant="danger" isInline title={outcome.message} component="h2" />
  const { answer } = outcome
  return (
    <>
      {answer.notes.map((note) => (
        <Alert key={note} variant="info" isInline isPlain title={note} component="p" />
      ))}
      {children(answer)}
      <Derivation lines={answer.derivation} currency={currency} />
    </>
  )
}

/** Every step of the calculation, in its order. */
function Derivation({ lines, currency }: { lines: DerivationLine[]; currency: string }) {
  const [open, setOpen] = useState(false)
  if (lines.length === 0) return null
  return (
    <details className="tk-group" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>How this is calculated</summary>
      {open && <Lines lines={lines} currency={currency} />}
    </details>
  )
}

/** Some fifty rows: they exist only while they are looked at. */
function Lines({ lines, currency }: { lines: DerivationLine[]; currency: string }) {
  return (
    <div className="ch-scroll" tabIndex={0} role="region" aria-label="Table: how this is calculated">
      <table className="ch-table tk-derivation">
        <thead>
          <tr>
            {['Symbol', 'What', 'Formula', 'With numbers', 'Value', 'Unit'].map((it) => (
              <th key={it} scope="col">
                {it}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((it) => (
            <tr key={it.name}>
              <th scope="row">{it.symbol}</th>
              <td>{labelOf(it.name)}</td>
              <td>{it.formula}</td>
              <td>{it.numbers}</td>
              <td>{it.value === null ? 'none' : amountText(it.value)}</td>
              <td>{unitText(it.unit, currency)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
