import type { Answer, Catalogue, Outcome } from '../../tokenomics/answers'
import type { Engine } from '../../tokenomics/engine'
import { shownValue } from '../../tokenomics/presets'
import { scenarioOf, type Draft } from '../../tokenomics/scenario'
import { labelOf, unitText } from '../../tokenomics/words'
import { resultText } from './Facts'

interface Props {
  engine: Engine
  catalogue: Catalogue
  columns: { name: string; draft: Draft }[]
}

const ROWS = [
  ['unit', 'unit_cost'],
  ['unit', 'cloud_price'],
  ['breakeven', 'breakeven_utilisation'],
  ['unit', 'annual_cost'],
  ['unit', 'capital'],
  ['solve', 'required_gpus'],
  ['solve', 'required_annual_cost'],
] as const

const QUESTIONS = ['unit', 'breakeven', 'solve'] as const

/** Results side by side, then the inputs that are not the same. */
export function Comparison({ engine, catalogue, columns }: Props) {
  const answers = columns.map(({ draft }) => {
    const scenario = scenarioOf(draft)
    return Object.fromEntries(QUESTIONS.map((it) => [it, engine.ask(it, scenario)])) as Record<
      (typeof QUESTIONS)[number],
      Outcome<Answer>
    >
  })
  const differing = catalogue.inputs.filter(
    (it) => new Set(columns.map(({ draft }) => shownValue(draft, catalogue, it.name))).size > 1,
  )
  const result = (outcome: Outcome<Answer>, name: string) =>
    outcome.ok ? resultText(outcome.answer.results[name], outcome.answer.currency) : outcome.message
  const verdict = (outcome: Outcome<Answer>) =>
    outcome.ok ? (outcome.answer.sentences['verdict'] ?? '') : outcome.message
  return (
    <div className="ch-scroll" tabIndex={0} role="region" aria-label="Table: comparison">
      <table className="ch-table tk-comparison">
        <thead>
          <tr>
            <th scope="col">Result or input</th>
            {columns.map((it) => (
              <th key={it.name} scope="col">
                {it.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ROWS.map(([question, name]) => (
            <tr key={name}>
              <th scope="row">{labelOf(name)}</th>
              {answers.map((it, at) => (
                <td key={columns[at]?.name}>{result(it[question], name)}</td>
              ))}
            </tr>
          ))}
          <tr>
            <th scope="row">Verdict</th>
            {answers.map((it, at) => (
              <td key={columns[at]?.name}>{verdict(it.solve)}</td>
            ))}
          </tr>
          {differing.map((it) => (
            <tr key={it.name}>
              <th scope="row">
                {labelOf(it.name)}{' '}
                {it.unit && <span className="tk-unit">({unitText(it.unit, sameCurrency(columns))})</span>}
              </th>
              {columns.map(({ name, draft }) => (
                <td key={name}>{shownValue(draft, catalogue, it.name) || 'not given'}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Prices of two currencies stand in one row with no unit of one of them. */
const sameCurrency = (columns: Props['columns']): string => {
  const all = new Set(columns.map(({ draft }) => draft.currency))
  return all.size === 1 ? ([...all][0] ?? 'money') : 'own currency'
}
