import type { Answer, Result } from '../../tokenomics/answers'
import { amountText, moneyText, percentText, shortText } from '../../tokenomics/numbers'
import { labelOf, unitText } from '../../tokenomics/words'

const LEAST_SHARE = 0.001

/** A result with its unit, or why there is none. */
export function resultText(result: Result | undefined, currency: string): string {
  if (!result) return 'none'
  if (result.value === null) return `none: ${result.reason ?? ''}`
  if (result.unit === 'share')
    return result.value > 0 && result.value < LEAST_SHARE ? 'under 0.1 %' : percentText(result.value)
  const unit = unitText(result.unit, currency)
  if (unit === currency) return `${currency} ${moneyText(result.value)}`
  if (unit.startsWith(`${currency}/`))
    return `${currency} ${moneyText(result.value)} per ${perWords(unit.slice(currency.length + 1))}`
  if (unit.startsWith('tokens')) return `${shortText(result.value)} ${unit}`
  return `${amountText(result.value)} ${unit}`.trim()
}

const PERIODS: Record<string, string> = { yr: 'year', h: 'hour', month: 'month' }
const perWords = (units: string): string =>
  units
    .split('/')
    .map((it) => PERIODS[it] ?? it)
    .join(' and ')

/** Named results of an answer, one beside the other. */
export function Facts({
  answer,
  names,
}: {
  answer: Answer
  names: readonly (string | readonly [name: string, label: string])[]
}) {
  return (
    <dl className="tk-facts">
      {names.map((it) => {
        const [name, label] = typeof it === 'string' ? [it, labelOf(it)] : it
        return (
          <div key={name} data-fact={name}>
            <dt>{label}</dt>
            <dd>{resultText(answer.results[name], answer.currency)}</dd>
          </div>
        )
      })}
    </dl>
  )
}
