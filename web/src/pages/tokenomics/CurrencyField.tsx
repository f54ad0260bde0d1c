import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { HelperText, HelperTextItem } from '@patternfly/react-core/dist/esm/components/HelperText'
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput'
import { useState } from 'react'
import type { Catalogue, InputInfo } from '../../tokenomics/answers'
import { withValue, type Draft } from '../../tokenomics/scenario'

interface Props {
  catalogue: Catalogue
  draft: Draft
  fault: string | undefined
  onChange(next: (draft: Draft) => Draft): void
}

const isMoney = (info: InputInfo): boolean => info.unit.startsWith('money')

/** Prices that stand at their default, which is in another currency. */
const unpriced = (catalogue: Catalogue, draft: Draft): InputInfo[] =>
  catalogue.inputs.filter(
    (it) => isMoney(it) && typeof it.default === 'number' && it.default !== 0 && !draft.values[it.name],
  )

/** The currency of all prices. Nothing is converted but by a rate that is typed here. */
export function CurrencyField({ catalogue, draft, fault, onChange }: Props) {
  const [rate, setRate] = useState('')
  const missing = draft.currency === catalogue.currency ? [] : unpriced(catalogue, draft)
  const times = Number(rate.trim() || NaN)
  const usable = Number.isFinite(times) && times > 0
  const fill = () => {
    if (!usable) return
    onChange((old) =>
      unpriced(catalogue, old).reduce(
        (next, it) => withValue(next, it.name, String(Number((Number(it.default) * times).toPrecision(6)))),
        old,
      ),
    )
    setRate('')
  }
  return (
    <div className="tk-field">
      <label className="tk-label" htmlFor="scenario-currency">
        Currency
      </label>
      <TextInput
        id="scenario-currency"
        value={draft.currency}
        autoComplete="off"
        maxLength={3}
        validated={fault ? 'error' : 'default'}
        aria-describedby={fault ? 'scenario-currency-fault' : undefined}
        onChange={(_, text) => onChange((old) => ({ ...old, currency: text.toUpperCase() }))}
        onBlur={() => draft.currency === '' && onChange((old) => ({ ...old, currency: catalogue.currency }))}
      />
      {fault && (
        <HelperText id="scenario-currency-fault" isLiveRegion>
          <HelperTextItem variant="error">{fault}</HelperTextItem>
        </HelperText>
      )}
      {missing.length > 0 && draft.currency.length === 3 && (
        <div className="tk-rate">
          <label htmlFor="scenario-rate">
            {draft.currency} for 1 {catalogue.currency}
          </label>
          <TextInput
            id="scenario-rate"
            value={rate}
            inputMode="decimal"
            autoComplete="off"
            placeholder="your rate"
            onChange={(_, text) => setRate(text)}
          />
          <Button
            variant="secondary"
            size="sm"
            onClick={fill}
            isAriaDisabled={!usable}
            aria-describedby="scenario-rate-what"
          >
            Fill in
          </Button>
          <span id="scenario-rate-what" className="berth-hint">
            {usable ? '' : 'Type a rate first. '}Enters {missing.length} {missing.length === 1 ? 'price' : 'prices'} at
            that rate; change them as you like.
          </span>
        </div>
      )}
    </div>
  )
}
