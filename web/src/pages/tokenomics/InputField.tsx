import { Checkbox } from '@patternfly/react-core/dist/esm/components/Checkbox'
import { FormSelect, FormSelectOption } from '@patternfly/react-core/dist/esm/components/FormSelect'
import { HelperText, HelperTextItem } from '@patternfly/react-core/dist/esm/components/HelperText'
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput'
import { memo } from 'react'
import type { InputInfo } from '../../tokenomics/answers'
import { OLD_AFTER_DAYS, datedText, isOld } from '../../tokenomics/age'
import { amountText, percentText, shortText } from '../../tokenomics/numbers'
import { labelOf, unitText } from '../../tokenomics/words'
import type { Instant } from '../../time/instants'
import { SLIDERS, end, positionOf, start, valueAt, type SliderSpan } from './fields'

interface Props {
  info: InputInfo
  currency: string
  /** As typed; undefined while the default stands. */
  typed: string | undefined
  fault: string | undefined
  /** A whole day, so that a field is not drawn anew with each second. */
  now: Instant
  onChange(name: string, text: string | null): void
}

export const fieldId = (name: string): string => `input-${name}`

/** Units that the label or the number says already. */
const SILENT: ReadonlySet<string> = new Set(['share', 'GPU', 'agent', 'call', 'round', 'slot', 'slice', 'roles'])

/** Counts from here on are also told in words: nobody counts noughts. */
const LONG_FROM = 100_000

/** One input of the catalogue: its field, its slider where it has one, what it is and where its default comes from. */
export const InputField = memo(function InputField({ info, currency, typed, fault, now, onChange }: Props) {
  const id = fieldId(info.name)
  const standard = info.default === null ? '' : String(info.default)
  const text = typed ?? standard
  const label = labelOf(info.name)
  const unit = unitText(info.unit, currency)
  const span = SLIDERS[info.name]
  const echo = echoOf(info, text)
  const described = `${id}-about${fault ? ` ${id}-fault` : ''}`
  const change = (next: string) => onChange(info.name, next)
  const settle = () => {
    if (typed?.trim() === '') onChange(info.name, null)
  }
  return (
    <div className="tk-field" data-input={info.name}>
      {info.kind === 'flag' ? (
        <Checkbox
          id={id}
          label={label}
          isChecked={text === 'true'}
          aria-describedby={described}
          onChange={(_, on) => change(String(on))}
        />
      ) : (
        <label className="tk-label" htmlFor={id}>
          {label}
          {unit && !SILENT.has(unit) && <span className="tk-unit"> ({unit})</span>}
        </label>
      )}
      {info.kind === 'choice' && (
        <FormSelect
          id={id}
          value={text}
          aria-describedby={described}
          validated={fault ? 'error' : 'default'}
          onChange={(_, value) => change(value)}
        >
          {!info.choices?.includes(text) && <FormSelectOption value={text} label={text} />}
          {info.choices?.map((it) => (
            <FormSelectOption key={it} value={it} label={labelOf(it)} />
          ))}
        </FormSelect>
      )}
      {(info.kind === 'number' || info.kind === 'whole') && (
        <div className="tk-number">
          {span && (
            <SliderOf span={span} label={label} text={text} told={echo || `${text} ${unit}`} onChange={change} />
          )}
          <TextInput
            id={id}
            className="tk-text"
            inputMode={info.kind === 'whole' ? 'numeric' : 'decimal'}
            autoComplete="off"
            value={text}
            placeholder="not given"
            validated={fault ? 'error' : 'default'}
            aria-describedby={described}
            onChange={(_, value) => change(value)}
            onBlur={settle}
          />
          {echo && <span className="tk-echo">{echo}</span>}
        </div>
      )}
      {fault && (
        <HelperText id={`${id}-fault`} isLiveRegion>
          <HelperTextItem variant="error">{fault}</HelperTextItem>
        </HelperText>
      )}
      <p id={`${id}-about`} className="berth-hint">
        {sentenceOf(info.text)} <Origin info={info} typed={typed} now={now} />
      </p>
    </div>
  )
})

function defaultText(value: number | boolean | string): string {
  if (typeof value === 'number') return amountText(value)
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : labelOf(value).toLowerCase()
}

const sentenceOf = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

/** Where the default comes from, and whether that was long ago. */
function Origin({ info, typed, now }: { info: InputInfo; typed: string | undefined; now: Instant }) {
  if (info.follows) return <>Follows {labelOf(info.follows).toLowerCase()}.</>
  if (info.default === null) return <>No default.</>
  const dated = datedText(info.date, now)
  const old = typed === undefined && isOld(info.date, now)
  return (
    <>
      Default {defaultText(info.default)}: {info.source}
      {dated && `, ${dated}`}.{old && <strong className="tk-old"> Older than {OLD_AFTER_DAYS} days: check it.</strong>}
    </>
  )
}

function SliderOf({
  span,
  label,
  text,
  told,
  onChange,
}: {
  span: SliderSpan
  label: string
  text: string
  told: string
  onChange(text: string): void
}) {
  const value = Number(text)
  return (
    <input
      type="range"
      className="tk-slider"
      aria-label={label}
      aria-valuetext={told}
      min={start(span)}
      max={end(span)}
      step={span.step}
      value={Number.isFinite(value) ? positionOf(span, value) : start(span)}
      onChange={(event) => onChange(valueAt(span, Number(event.target.value)))}
    />
  )
}

/** The number once more, as it is read: a share in per cent, a large count in words. */
function echoOf(info: InputInfo, text: string): string {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) return ''
  if (info.unit === 'share' || (info.unit === '1/yr' && value <= 1)) return percentText(value)
  return Math.abs(value) >= LONG_FROM ? shortText(value) : ''
}
