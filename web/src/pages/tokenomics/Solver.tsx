import { Label } from '@patternfly/react-core/dist/esm/components/Label'
import type { SolveAnswer, Source, Verdict, VerdictWord } from '../../tokenomics/answers'
import { amountText, percentText } from '../../tokenomics/numbers'
import { Asked } from './Asked'
import { CostParts } from './CostParts'
import { Facts } from './Facts'
import type { TabProps } from './tab_props'

const COLOURS: Record<VerdictWord, 'green' | 'orange' | 'red'> = {
  'right-sized': 'green',
  'over-provisioned': 'orange',
  'under-provisioned': 'red',
  'not possible within budget': 'red',
}

/** What is cheaper than own GPUs stands beside the word, which is about their number alone. */
const CHEAPER: Record<Exclude<Source, 'own'>, string> = {
  cloud: 'the cloud is cheaper',
  rented: 'renting is cheaper',
  mix: 'own GPUs with the cloud are cheaper',
}

const JUDGED_BY: Record<Verdict['judged_by'], string> = {
  present_gpus: 'Judged are the GPUs there are.',
  budget: 'Judged are the GPUs that the budget pays for.',
  gpus: 'Judged are the GPUs of the hardware; enter the present GPUs or a budget to judge those.',
}

const NEEDED = [
  ['required_gpus', 'GPUs needed, spares included'],
  ['needed_gpus', 'GPUs needed at the peak'],
  ['required_utilisation', 'Utilisation on average'],
  ['required_peak_utilisation', 'Utilisation at the peak'],
  ['required_annual_cost', 'Cost'],
  ['required_unit_cost', 'Unit cost'],
  ['required_cloud_cost', 'The same from the cloud'],
  ['required_rented_cost', 'The same GPUs rented'],
  ['mix_cost', 'Own GPUs with the cloud for the peaks'],
  ['mix_gpus', 'Own GPUs of that'],
  ['required_capital', 'Capital'],
  ['largest_demand', 'Largest demand they carry'],
  ['required_breakeven_utilisation', 'Cheaper than the cloud above'],
] as const

const GAPS = [
  'affordable_gpus',
  'affordable_demand',
  'missing_gpus',
  'missing_capital',
  'missing_yearly_budget',
  'missing_capital_budget',
  'surplus_gpus',
  'surplus_cost_per_year',
  'demand_growth',
] as const

const WAITING = [
  ['arrival_rate', 'Requests at the peak'],
  ['service_seconds', 'Time of an answer'],
  ['queue_slots', 'Slots there are'],
  ['slots_needed', 'Slots needed'],
  ['occupancy', 'Slots busy'],
  ['erlang_c', 'Requests that wait'],
  ['mean_wait_seconds', 'Wait on average'],
  ['service_level_reached', 'Begin in time'],
] as const

/** From demand and budget back to GPUs, with a verdict on those there are. */
export function Solver({ engine, scenario, previous }: TabProps) {
  const outcome = engine.ask('solve', scenario)
  return (
    <Asked outcome={outcome} currency={scenario.currency}>
      {(answer) => (
        <>
          <VerdictPart answer={answer} previous={previous} />
          {answer.sentences['required'] && <p>{answer.sentences['required']}.</p>}
          <Facts answer={answer} names={NEEDED} />
          {answer.parts && (
            <CostParts
              title="Cost of the GPUs needed"
              parts={answer.parts}
              idle={undefined}
              currency={answer.currency}
              previous={previous}
            />
          )}
          <Facts answer={answer} names={GAPS.filter((it) => answer.results[it]?.value)} />
          <section className="tk-verdict" aria-labelledby="waiting">
            <h2 id="waiting">Waiting</h2>
            {answer.sentences['queue'] && <p>{answer.sentences['queue']}.</p>}
            <Facts answer={answer} names={WAITING} />
          </section>
        </>
      )}
    </Asked>
  )
}

function VerdictPart({ answer, previous }: { answer: SolveAnswer; previous: boolean }) {
  const { verdict, cheapest } = answer
  if (verdict.word === null) return <p>No verdict: {verdict.reason}.</p>
  const { right_sized_from: from, right_sized_to: to, tolerance } = verdict.threshold
  const span = from === to ? amountText(from) : `${amountText(from)} to ${amountText(to)}`
  return (
    <section className="tk-verdict" aria-labelledby="verdict">
      <h2 id="verdict">
        Verdict{' '}
        <Label color={COLOURS[verdict.word]} data-verdict={verdict.word}>
          {verdict.word}
        </Label>
        {cheapest && cheapest !== 'own' && (
          <>
            {' '}
            <Label color="orange" data-cheaper={cheapest}>
              {CHEAPER[cheapest]}
            </Label>
          </>
        )}
      </h2>
      {previous && <p className="ch-from-previous">from previous values</p>}
      <p>
        <strong>{verdict.change}.</strong>
      </p>
      {answer.sentences['at_demand'] && <p>{answer.sentences['at_demand']}.</p>}
      {answer.sentences['ranking'] && <p data-ranking="">{answer.sentences['ranking']}.</p>}
      <ul className="tk-sentences">
        {verdict.reasons.map((it) => (
          <li key={it}>{it}.</li>
        ))}
        <li>
          Right-sized is {span} GPUs: what is required, and up to {percentText(tolerance)} more.
        </li>
        <li>{JUDGED_BY[verdict.judged_by]}</li>
      </ul>
    </section>
  )
}
