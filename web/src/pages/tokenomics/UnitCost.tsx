import { Figure } from '../../charts/Figure'
import { LineChart, type Mark } from '../../charts/LineChart'
import type { BreakevenAnswer, CurveRow, UnitAnswer } from '../../tokenomics/answers'
import { amountText, moneyText, percentText, preciseMoneyText } from '../../tokenomics/numbers'
import { Asked } from './Asked'
import { CostParts } from './CostParts'
import { Facts } from './Facts'
import type { TabProps } from './tab_props'

const BASES: Record<string, string> = {
  total: 'Tokens are input and output together.',
  output: 'Tokens are output only.',
  work: 'Tokens are work: input counts by its weight.',
}

const PRICES = [
  'own_input_price',
  'own_cached_price',
  'own_output_price',
  'gpu_hour_rate',
  'slice_hour_rate',
  'annual_cost',
  'capital',
  'next_block_cost_per_mtok',
] as const
const MEETING = [
  'breakeven_utilisation',
  'reachable_utilisation',
  'breakeven_demand',
  'own_cheaper_from',
  'own_cheaper_for_good',
  'breakeven_hours',
  'breakeven_hours_per_day',
  'rented_gpu_cost_per_mtok',
] as const

/** So many times the cloud price, or the own cost, fit on the chart: near no load the curve rises without end. */
const HEADROOM = 2.2

/** What a million tokens cost here, over utilisation and by its parts. */
export function UnitCost({ engine, scenario, previous }: TabProps) {
  const unit = engine.ask('unit', scenario)
  const even = engine.ask('breakeven', scenario)
  return (
    <Asked outcome={unit} currency={scenario.currency}>
      {(answer) => (
        <>
          <p>
            {BASES[String(answer.inputs['basis'])]} {answer.sentences['doubling'] && `${answer.sentences['doubling']}.`}
          </p>
          {even.ok && <CurveFigure unit={answer} even={even.answer} previous={previous} />}
          <CostParts
            title="What it is made of"
            parts={answer.parts}
            idle={answer.idle}
            currency={answer.currency}
            previous={previous}
          />
          {answer.tiers && <TierTable tiers={answer.tiers} currency={answer.currency} />}
          <Facts answer={answer} names={PRICES} />
          {even.ok && (
            <>
              <Facts answer={even.answer} names={MEETING} />
              <ul className="tk-sentences">
                {['demand', 'own_from', 'rental', 'payback'].map(
                  (it) => even.answer.sentences[it] && <li key={it}>{even.answer.sentences[it]}.</li>,
                )}
              </ul>
            </>
          )}
        </>
      )}
    </Asked>
  )
}

function CurveFigure({ unit, even, previous }: { unit: UnitAnswer; even: BreakevenAnswer; previous: boolean }) {
  const { curve, currency } = even
  const cost = unit.results['unit_cost']?.value ?? null
  const at = unit.results['installed_utilisation']?.value ?? null
  const cloud = even.results['cloud_price']?.value ?? null
  const crossing = curve.find((it) => it.crossing)
  const money = (value: number | undefined) => (value === undefined ? 'none' : `${currency} ${moneyText(value)}`)
  const precise = (value: number | undefined) =>
    value === undefined ? 'none' : `${currency} ${preciseMoneyText(value)}`
  const sentence = even.sentences['breakeven'] ?? ''
  const marks: Mark[] = []
  if (cost !== null && at !== null) {
    marks.push({
      key: 'current',
      x: at,
      y: cost,
      text: `now ${moneyText(cost)} at ${percentText(at)}${reachWords(unit.reachable !== false)}`,
      shape: 'circle',
    })
  }
  if (crossing) {
    const text = `break-even ${percentText(crossing.utilisation)}${reachWords(even.reachable)}`
    marks.push({
      key: 'breakeven',
      x: crossing.utilisation,
      y: crossing.unit_cost,
      text,
      shape: 'diamond',
      toAxis: true,
    })
  }
  const most = topOf(curve, [cost, cloud])
  const tableRows = curve.map((it) => ({
    key: String(it.utilisation),
    marked: it.crossing === true,
    cells: [
      it.crossing ? `${percentText(it.utilisation)}, break-even` : percentText(it.utilisation),
      precise(it.unit_cost),
      precise(it.cloud_price),
      precise(it.marginal_cost),
      it.reachable ? 'yes' : 'no',
    ],
  }))
  const points = (rows: CurveRow[], of: (row: CurveRow) => number) =>
    rows.map((it) => ({ x: it.utilisation, y: of(it) }))
  const within = curve.filter((it) => it.reachable)
  // From the last point within reach on, so that there is no gap.
  const beyond = curve.slice(Math.max(0, within.length - 1))
  return (
    <Figure
      title="Unit cost over utilisation"
      sentence={sentence && `${sentence}.`}
      previous={previous}
      table={{
        head: ['Utilisation', 'Own cost per million tokens', 'Cloud price', 'Marginal cost', 'Within reach'],
        rows: tableRows,
      }}
    >
      {(width) => (
        <LineChart
          label={`Own cost per million tokens over utilisation. ${unit.sentences['headline'] ?? ''}. ${sentence}.`}
          width={width}
          x={{ title: 'Utilisation', from: 0, to: 1, text: percentText }}
          y={{ title: `${currency} per million tokens`, from: 0, to: most, text: moneyText }}
          series={[
            { key: 'own', name: 'Own cost, idle included', points: points(within, (it) => it.unit_cost), look: 1 },
            ...(within.length === curve.length
              ? []
              : [
                  {
                    key: 'beyond',
                    name: 'Own cost out of reach: busier than the peak lets the GPUs be',
                    points: points(beyond, (it) => it.unit_cost),
                    look: 4,
                  },
                ]),
            ...(cloud === null
              ? []
              : [
                  {
                    key: 'cloud',
                    name: `Cloud price ${money(cloud)}`,
                    points: [
                      { x: 0, y: cloud },
                      { x: 1, y: cloud },
                    ],
                    look: 2,
                  },
                ]),
            {
              key: 'marginal',
              name: 'Marginal cost inside the capacity: energy only',
              points: points(curve, (it) => it.marginal_cost),
              look: 3,
            },
          ]}
          marks={marks}
        />
      )}
    </Figure>
  )
}

const reachWords = (reachable: boolean): string => (reachable ? '' : ', out of reach')

function topOf(curve: CurveRow[], values: (number | null)[]): number {
  const least = curve.at(-1)?.unit_cost ?? 0
  const most = Math.max(least, ...values.map((it) => it ?? 0)) * HEADROOM
  return most > 0 ? most : 1
}

/** The models of the mix: what each costs, and how much of the machines' time it takes. */
function TierTable({ tiers, currency }: { tiers: NonNullable<UnitAnswer['tiers']>; currency: string }) {
  return (
    <div className="ch-scroll" tabIndex={0} role="region" aria-label="Table: models of the mix">
      <table className="ch-table">
        <thead>
          <tr>
            {['Model', 'Share of tokens', 'Share of GPU time', 'Tokens/s of a GPU', 'Cost per million tokens'].map(
              (it) => (
                <th key={it} scope="col">
                  {it}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {tiers.map((it, at) => (
            <tr key={at}>
              <th scope="row">{it.name}</th>
              <td>{percentText(it.share)}</td>
              <td>{it.time_share === null ? 'none' : percentText(it.time_share)}</td>
              <td>{amountText(it.gpu_throughput)}</td>
              <td>{it.unit_cost === null ? 'none' : `${currency} ${preciseMoneyText(it.unit_cost)}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
