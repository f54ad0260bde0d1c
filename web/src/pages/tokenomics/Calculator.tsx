import { Tab, TabTitleText, Tabs } from '@patternfly/react-core/dist/esm/components/Tabs'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useSearchParams } from 'react-router'
import { usePools } from '../../api/queries'
import { DAY, floorTo } from '../../time/instants'
import type { Engine } from '../../tokenomics/engine'
import { scenarioOf, type Draft } from '../../tokenomics/scenario'
import { useAnnounce } from '../../ui/announce'
import { CopyButton } from '../../ui/CopyButton'
import { PageHeading } from '../../ui/PageHeading'
import { useSlowNow } from '../../ui/use_now'
import { Agents } from './Agents'
import { ExportButtons } from './ExportButtons'
import { FaultSummary } from './FaultSummary'
import { Inputs } from './Inputs'
import { Scenarios } from './Scenarios'
import { Sensitivity } from './Sensitivity'
import { Solver } from './Solver'
import { UnitCost } from './UnitCost'
import { TABS, type TabKey } from './fields'
import type { TabProps } from './tab_props'
import { useEditAddress } from '../../ui/edit_address'
import { useScenario } from './use_scenario'

/** Long enough that dragging a slider is told once, at its end. */
const ANNOUNCE_AFTER_MS = 1_000

export function Calculator({ engine }: { engine: Engine }) {
  const { draft, change, link } = useScenario()
  const [params] = useSearchParams()
  const edit = useEditAddress()
  const tab = TABS.find((it) => it.key === params.get('tab'))?.key ?? 'unit'
  const catalogue = useMemo(() => engine.catalogue(), [engine])
  const now = floorTo(useSlowNow(), DAY)

  const outcome = engine.ask(
    'unit',
    useMemo(() => scenarioOf(draft), [draft]),
  )
  const shown = useLastGood(draft, outcome.ok)
  const faults = outcome.ok ? [] : outcome.fields
  const scenario = useMemo(() => (shown ? scenarioOf(shown) : null), [shown])
  const main = scenario ? engine.ask('unit', scenario) : null
  const even = scenario ? engine.ask('breakeven', scenario) : null
  const headline = main?.ok ? (main.answer.sentences['headline'] ?? '') : ''
  const atDemand = main?.ok ? (main.answer.sentences['at_demand'] ?? '') : ''
  const ranking = main?.ok ? (main.answer.sentences['ranking'] ?? '') : ''
  const sentence = even?.ok ? (even.answer.sentences['breakeven'] ?? '') : ''
  useSaidLater(`${atDemand}. ${headline}. ${sentence}.`)
  const charged = useChargedIn()

  const select = (key: TabKey) => edit((next) => (key === 'unit' ? next.delete('tab') : next.set('tab', key)))
  const given: TabProps | null =
    scenario && shown ? { engine, catalogue, scenario, draft: shown, previous: !outcome.ok, onChange: change } : null
  return (
    <>
      <PageHeading title="Tokenomics">
        <div className="berth-chips">
          <CopyButton key={link()} text={link()} label="Copy link" />
          <ExportButtons engine={engine} draft={outcome.ok ? draft : null} onOpen={(opened) => change(() => opened)} />
        </div>
      </PageHeading>
      <div className={outcome.ok ? 'tk-headline' : 'tk-headline tk-headline-previous'}>
        <p className="tk-number-sentence" data-at-demand="">
          {atDemand}
        </p>
        {ranking && <p data-ranking="">{ranking}</p>}
        <p data-headline="">{headline}</p>
        <p data-breakeven="">{sentence}</p>
        {scenario && charged.length > 0 && !charged.includes(scenario.currency) && (
          <p className="berth-hint">
            Amounts here are in {scenario.currency}; what is reserved is charged in {charged.join(', ')}. Nothing is
            converted.
          </p>
        )}
        {!outcome.ok && scenario && <p className="ch-from-previous">from previous values</p>}
      </div>
      <div className="tk-columns">
        <Inputs catalogue={catalogue} draft={draft} faults={faults} tab={tab} now={now} onChange={change} />
        <div className="tk-results">
          {!outcome.ok && (
            <FaultSummary
              message={outcome.message}
              faults={faults}
              catalogue={catalogue}
              hasPrevious={scenario !== null}
              onChange={change}
            />
          )}
          <Tabs className="tk-tabs" activeKey={tab} onSelect={(_, key) => select(key as TabKey)} aria-label="Results">
            {TABS.map((it) => (
              <Tab key={it.key} eventKey={it.key} title={<TabTitleText>{it.title}</TabTitleText>}>
                {it.key === tab && given && <div className="tk-tab">{contentOf(tab, given)}</div>}
              </Tab>
            ))}
          </Tabs>
        </div>
      </div>
    </>
  )
}

function contentOf(tab: TabKey, given: TabProps) {
  switch (tab) {
    case 'unit':
      return <UnitCost {...given} />
    case 'sensitivity':
      return <Sensitivity {...given} />
    case 'solver':
      return <Solver {...given} />
    case 'agents':
      return <Agents {...given} />
    case 'scenarios':
      return <Scenarios {...given} />
  }
}

/** What is entered as long as it can be calculated, else what could be before; null when nothing could yet. */
function useLastGood(draft: Draft, ok: boolean): Draft | null {
  const [last, setLast] = useState<Draft | null>(ok ? draft : null)
  if (ok && last !== draft) setLast(draft)
  return ok ? draft : last
}

/** The currencies of the pools: a page that shows another one says so. */
function useChargedIn(): string[] {
  const pools = usePools().data ?? []
  return [...new Set(pools.map((it) => it.currency))]
}

function useSaidLater(text: string): void {
  const announce = useAnnounce()
  const said = useRef(text)
  useEffect(() => {
    if (text === said.current) return
    const timer = setTimeout(() => {
      said.current = text
      announce(text)
    }, ANNOUNCE_AFTER_MS)
    return () => clearTimeout(timer)
  }, [text, announce])
}
