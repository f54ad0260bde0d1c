import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput'
import { useState } from 'react'
import { Figure } from '../../charts/Figure'
import { Tornado } from '../../charts/Tornado'
import type { SensitivityAnswer, TornadoBar } from '../../tokenomics/answers'
import { amountText, moneyText, percentText } from '../../tokenomics/numbers'
import { rangesOf, withRange, type Draft } from '../../tokenomics/scenario'
import { labelOf, unitText } from '../../tokenomics/words'
import { Asked } from './Asked'
import type { TabProps } from './tab_props'

/** Bars that are shown before all are asked for. */
const FIRST_BARS = 12

type Ended = TornadoBar & { at_low: number; at_high: number; swing: number }

const hasEnds = (bar: TornadoBar): bar is Ended => bar.swing !== null && bar.at_low !== null && bar.at_high !== null

/** Which inputs decide the result: each from the low to the high end of its own range. */
export function Sensitivity({ engine, scenario, draft, previous, onChange }: TabProps) {
  const outcome = engine.ask('sensitivity', scenario)
  return (
    <Asked outcome={outcome} currency={scenario.currency}>
      {(answer) => <Bars answer={answer} draft={draft} previous={previous} onChange={onChange} />}
    </Asked>
  )
}

function Bars({
  answer,
  draft,
  previous,
  onChange,
}: { answer: SensitivityAnswer } & Pick<TabProps, 'draft' | 'previous' | 'onChange'>) {
  const [all, setAll] = useState(false)
  const target = labelOf(answer.target)
  if (answer.base === null)
    return (
      <p>
        No {target.toLowerCase()}: {answer.results[answer.target]?.reason}.
      </p>
    )
  const base = answer.base
  const bars = answer.bars.filter(hasEnds).filter((it) => it.swing > 0)
  const endless = answer.bars.filter((it) => !hasEnds(it))
  const shown = all ? bars : bars.slice(0, FIRST_BARS)
  const unit = unitText(answer.unit, answer.currency)
  const text = (value: number) => (answer.unit === 'share' ? percentText(value) : moneyText(value))
  const end = (value: number, reachable: boolean) => (reachable ? text(value) : `(${text(value)})`)
  const inUnit = (value: number, of: string) =>
    of === 'share' || of === '1/yr' ? percentText(value) : amountText(value)
  const first = shown[0]
  const sentence = first
    ? `${labelOf(first.input)} moves it the most, by ${text(first.swing)}. With the values entered it is ${text(base)}.`
    : 'No input moves it within its range.'
  const title = `What moves the ${target.toLowerCase()}${unit && unit !== 'share' ? `, ${unit}` : ''}`
  const rows = shown.map((it) => ({
    key: it.input,
    cells: [
      labelOf(it.input),
      inUnit(it.low, it.unit),
      inUnit(it.high, it.unit),
      unitText(it.unit, answer.currency),
      end(it.at_low, it.low_reachable),
      end(it.at_high, it.high_reachable),
      text(it.swing),
    ],
  }))
  return (
    <>
      <Figure
        title={title}
        sentence={sentence}
        previous={previous}
        table={{ head: ['Input', 'Low', 'High', 'Unit', 'Result at low', 'Result at high', 'Swing'], rows }}
      >
        {(width) => (
          <Tornado
            label={`${title}. ${shown.map((it) => `${labelOf(it.input)} ${end(it.at_low, it.low_reachable)} to ${end(it.at_high, it.high_reachable)}`).join('; ')}`}
            width={width}
            base={base}
            text={text}
            title={unit === 'share' ? target : unit}
            bars={shown.map((it) => ({
              key: it.input,
              name: labelOf(it.input),
              atLow: it.at_low,
              atHigh: it.at_high,
              atLowText: end(it.at_low, it.low_reachable),
              atHighText: end(it.at_high, it.high_reachable),
              low: inUnit(it.low, it.unit),
              high: inUnit(it.high, it.unit),
            }))}
          />
        )}
      </Figure>
      <p className="berth-hint">
        A ring marks the end that belongs to the low value. The line is the result with the values entered. What is in
        brackets is out of reach: the GPUs would be busier than the peak lets them be.
      </p>
      {bars.length > FIRST_BARS && (
        <Button variant="link" isInline onClick={() => setAll(!all)}>
          {all ? `Show the first ${FIRST_BARS}` : `Show all ${bars.length}`}
        </Button>
      )}
      {endless.map((it) => (
        <p key={it.input}>
          {labelOf(it.input)}, {inUnit(it.low, it.unit)} to {inUnit(it.high, it.unit)}: no result at one end (
          {it.reason}).
        </p>
      ))}
      <Ranges bars={[...shown, ...endless]} currency={answer.currency} draft={draft} onChange={onChange} />
    </>
  )
}

function Ranges({
  bars,
  currency,
  draft,
  onChange,
}: {
  bars: TornadoBar[]
  currency: string
  draft: Draft
  onChange: TabProps['onChange']
}) {
  const own = rangesOf(draft)
  return (
    <details className="tk-group">
      <summary>Ranges of the inputs</summary>
      {bars.map((bar) => {
        const [low, high] = own[bar.input] ?? [String(bar.low), String(bar.high)]
        const label = labelOf(bar.input)
        const unit = unitText(bar.unit, currency)
        return (
          <div key={bar.input} className="tk-range" role="group" aria-label={`Range of ${label}`}>
            <span>
              {label} <span className="tk-unit">{unit && `(${unit})`}</span>
            </span>
            <TextInput
              aria-label={`${label}, low`}
              inputMode="decimal"
              autoComplete="off"
              value={low}
              onChange={(_, text) => onChange((old) => withRange(old, bar.input, [text, high]))}
            />
            <TextInput
              aria-label={`${label}, high`}
              inputMode="decimal"
              autoComplete="off"
              value={high}
              onChange={(_, text) => onChange((old) => withRange(old, bar.input, [low, text]))}
            />
            {own[bar.input] && (
              <Button
                variant="link"
                isInline
                onClick={() => onChange((old) => withRange(old, bar.input, null))}
                aria-label={`Usual range of ${label}`}
              >
                Usual range
              </Button>
            )}
          </div>
        )
      })}
    </details>
  )
}
