import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { ToggleGroup, ToggleGroupItem } from '@patternfly/react-core/dist/esm/components/ToggleGroup'
import { useSearchParams } from 'react-router'
import { Figure } from '../../charts/Figure'
import { LineChart, steps, type Mark, type Point } from '../../charts/LineChart'
import { PATTERNS, type AgentsAnswer, type GrowthRow, type Pattern } from '../../tokenomics/answers'
import { amountText, moneyText, shortText } from '../../tokenomics/numbers'
import { withValue, type Draft } from '../../tokenomics/scenario'
import { labelOf } from '../../tokenomics/words'
import { Asked } from './Asked'
import { Facts } from './Facts'
import type { TabProps } from './tab_props'
import { useEditAddress } from '../../ui/edit_address'

type Over = 'agents' | 'steps'

const FACTS = [
  ['agent_demand', 'Demand of a month'],
  ['agent_cloud_bill', 'Cloud bill'],
  ['agent_own_bill', 'Own GPUs'],
  ['agent_required_gpus', 'GPUs needed'],
  ['agent_cache_saving', 'Input saved by the prefix cache'],
  ['agent_last_call_input', 'Input of the last call of an agent'],
] as const

/** How tokens and bills grow when every call carries the history along. */
export function Agents({ engine, scenario, previous, onChange }: TabProps) {
  const [params] = useSearchParams()
  const edit = useEditAddress()
  const over: Over = params.get('over') === 'steps' ? 'steps' : 'agents'
  return (
    <Asked outcome={engine.ask('agents', scenario)} currency={scenario.currency}>
      {(answer) => (
        <>
          <ToggleGroup aria-label="Growth over">
            {(['agents', 'steps'] as const).map((it) => (
              <ToggleGroupItem
                key={it}
                text={`Over ${it}`}
                buttonId={`over-${it}`}
                isSelected={over === it}
                onChange={() => edit((next) => (it === 'agents' ? next.delete('over') : next.set('over', it)))}
              />
            ))}
          </ToggleGroup>
          <TokensFigure answer={answer} over={over} previous={previous} />
          <BillFigure answer={answer} over={over} previous={previous} />
          <Facts answer={answer} names={FACTS} />
          <div className="berth-chips">
            <Button
              variant="secondary"
              onClick={() => {
                onChange((old) => sizedFor(old, answer))
                edit((next) => next.set('tab', 'solver'))
              }}
            >
              Size GPUs for this demand
            </Button>
            <span className="berth-hint">Enters the demand and the tokens of a task, and opens the solver.</span>
          </div>
        </>
      )}
    </Asked>
  )
}

function sizedFor(draft: Draft, answer: AgentsAnswer): Draft {
  return Object.entries(answer.solve_inputs).reduce(
    (next, [name, value]) => withValue(next, name, value === null ? null : String(value)),
    draft,
  )
}

const patternOf = (answer: AgentsAnswer): Pattern =>
  PATTERNS.find((it) => it === answer.inputs['agent_pattern']) ?? 'single'
const rowsOf = (answer: AgentsAnswer, over: Over): GrowthRow[] =>
  over === 'agents' ? answer.over_agents : answer.over_steps
const atOf = (row: GrowthRow): number => row.agents ?? row.steps ?? 0
const pointsOf = (rows: GrowthRow[], value: (row: GrowthRow) => number | null): Point[] =>
  rows.flatMap((row) => {
    const y = value(row)
    return y === null ? [] : [{ x: atOf(row), y }]
  })
const mostOf = (points: Point[]): number => Math.max(1, ...points.map((it) => it.y))
/** Steps are calls of an agent, or rounds where agents speak in turn. */
const xTitle = (over: Over): string => (over === 'agents' ? 'Agents' : 'Steps (calls or rounds of each agent)')

interface FigureProps {
  answer: AgentsAnswer
  over: Over
  previous: boolean
}

function TokensFigure({ answer, over, previous }: FigureProps) {
  const rows = rowsOf(answer, over)
  const chosen = patternOf(answer)
  const series = PATTERNS.map((it, index) => ({
    key: it,
    name: labelOf(it),
    points: pointsOf(rows, (row) => row.tokens[it]),
    look: index + 1,
  }))
  const here = Number(answer.inputs[over === 'agents' ? 'agents' : 'agent_calls'])
  const times = answer.results['amplification']?.value
  const sentence = `${labelOf(chosen)}: ${shortText(answer.results['pattern_tokens']?.value ?? 0)} tokens a task${times ? `, ${amountText(times)} times one plain call` : ''}.`
  return (
    <Figure
      title={`Tokens of a task over ${over}`}
      sentence={sentence}
      previous={previous}
      table={{
        head: [over === 'agents' ? 'Agents' : 'Steps', ...series.map((it) => it.name)],
        rows: rows.map((row) => ({
          key: String(atOf(row)),
          marked: atOf(row) === here,
          cells: [amountText(atOf(row)), ...PATTERNS.map((it) => shortText(row.tokens[it]))],
        })),
      }}
    >
      {(width) => (
        <LineChart
          label={`Tokens of a task over ${over}, by pattern. ${sentence}`}
          width={width}
          series={series}
          marks={[]}
          x={{ title: xTitle(over), from: 0, to: atOf(rows.at(-1) ?? EMPTY_ROW), text: amountText }}
          y={{ title: 'Tokens of a task', from: 0, to: mostOf(series.flatMap((it) => it.points)), text: shortText }}
        />
      )}
    </Figure>
  )
}

const EMPTY_ROW = { agents: 1 } as GrowthRow

function BillFigure({ answer, over, previous }: FigureProps) {
  const rows = rowsOf(answer, over)
  const chosen = patternOf(answer)
  const { currency } = answer
  const cloud = pointsOf(rows, (row) => row.cloud_bill[chosen])
  const own = pointsOf(rows, (row) => row.own_bill[chosen])
  const crossing = answer.crossing[over][chosen]
  const at = own.find((it) => it.x === crossing)
  const sentence = `${answer.sentences[over === 'agents' ? 'crossing_agents' : 'crossing_steps'] ?? ''}.`
  const marks: Mark[] = at
    ? [{ key: 'crossing', ...at, text: `own cheaper from ${at.x} on`, shape: 'diamond', toAxis: true }]
    : []
  const money = (value: number | null) => (value === null ? 'none' : `${currency} ${moneyText(value)}`)
  const title = `Bill of a month over ${over}: ${labelOf(chosen).toLowerCase()}`
  return (
    <Figure
      title={title}
      sentence={sentence}
      previous={previous}
      table={{
        head: [over === 'agents' ? 'Agents' : 'Steps', 'Cloud', 'Own GPUs', 'GPUs'],
        rows: rows.map((row) => ({
          key: String(atOf(row)),
          marked: atOf(row) === crossing,
          cells: [
            atOf(row) === crossing ? `${atOf(row)}, own cheaper from here` : String(atOf(row)),
            money(row.cloud_bill[chosen]),
            money(row.own_bill[chosen]),
            row.own_gpus[chosen] === null ? 'none' : amountText(row.own_gpus[chosen]),
          ],
        })),
      }}
    >
      {(width) => (
        <LineChart
          label={`${title}. ${sentence}`}
          width={width}
          marks={marks}
          series={[
            { key: 'own', name: 'Own GPUs, in steps', points: steps(own), look: 1 },
            { key: 'cloud', name: 'Cloud, by the token', points: cloud, look: 2 },
          ]}
          x={{ title: xTitle(over), from: 0, to: atOf(rows.at(-1) ?? EMPTY_ROW), text: amountText }}
          y={{ title: `${currency} a month`, from: 0, to: mostOf([...cloud, ...own]), text: shortText }}
        />
      )}
    </Figure>
  )
}
