/** Which inputs each part of the page is about, and how their sliders run. */

export type TabKey = 'unit' | 'sensitivity' | 'solver' | 'agents' | 'scenarios'

export const TABS: { key: TabKey; title: string }[] = [
  { key: 'unit', title: 'Unit cost' },
  { key: 'sensitivity', title: 'Sensitivity' },
  { key: 'solver', title: 'Solver' },
  { key: 'agents', title: 'Multi-agent growth' },
  { key: 'scenarios', title: 'Scenarios' },
]

const COST = [
  'demand',
  'utilisation',
  'gpus',
  'gpu_price',
  'life_years',
  'electricity_price',
  'throughput',
  'cloud_input_price',
  'cloud_output_price',
]

/** Shown before all others while the tab is open. */
export const MAIN: Record<TabKey, string[]> = {
  unit: COST,
  sensitivity: ['sensitivity_of', ...COST],
  solver: [
    'demand',
    'peak_factor',
    'present_gpus',
    'yearly_budget',
    'capital_budget',
    'peak_utilisation',
    'spare_gpus',
    'surplus_tolerance',
  ],
  agents: [
    'agent_pattern',
    'agents',
    'agent_calls',
    'agent_rounds',
    'agent_requests',
    'agent_prefix_tokens',
    'agent_new_tokens',
    'agent_output_tokens',
    'prefix_cache',
    'cache_hit_ratio',
  ],
  scenarios: COST,
}

export const GROUPS: { key: string; title: string }[] = [
  { key: 'hardware', title: 'Hardware' },
  { key: 'operations', title: 'Operations and people' },
  { key: 'power', title: 'Power and cooling' },
  { key: 'workload', title: 'Models and mix' },
  { key: 'cloud', title: 'Cloud prices' },
  { key: 'demand', title: 'Demand and budget' },
  { key: 'queue', title: 'Waiting' },
  { key: 'agents', title: 'Agents' },
]

/** Where a slider begins and ends; a field takes more. With `log` each step is the same factor. */
export interface SliderSpan {
  from: number
  to: number
  step: number
  log?: true
}

export const SLIDERS: Record<string, SliderSpan> = {
  utilisation: { from: 0.01, to: 1, step: 0.01 },
  gpus: { from: 1, to: 64, step: 1 },
  gpu_price: { from: 0, to: 60_000, step: 250 },
  life_years: { from: 1, to: 10, step: 0.5 },
  electricity_price: { from: 0, to: 0.6, step: 0.01 },
  throughput: { from: 100, to: 30_000, step: 0.01, log: true },
  cloud_input_price: { from: 0, to: 5, step: 0.01 },
  cloud_output_price: { from: 0, to: 25, step: 0.01 },
  demand: { from: 1e6, to: 1e12, step: 0.02, log: true },
  peak_factor: { from: 1, to: 10, step: 0.1 },
  peak_utilisation: { from: 0.1, to: 1, step: 0.01 },
  agents: { from: 1, to: 50, step: 1 },
  agent_calls: { from: 1, to: 200, step: 1 },
  agent_rounds: { from: 1, to: 50, step: 1 },
  agent_requests: { from: 1, to: 1e6, step: 0.05, log: true },
  cache_hit_ratio: { from: 0, to: 1, step: 0.01 },
}

/** Where the knob stands for a value. */
export const positionOf = (span: SliderSpan, value: number): number =>
  Math.min(end(span), Math.max(start(span), span.log ? Math.log10(Math.max(value, Number.MIN_VALUE)) : value))

/** The value for a place of the knob, as few digits as tell it from its neighbours. */
export const valueAt = (span: SliderSpan, position: number): string =>
  span.log ? String(Number((10 ** position).toPrecision(3))) : String(Number(position.toFixed(4)))

export const start = (span: SliderSpan): number => (span.log ? Math.log10(span.from) : span.from)
export const end = (span: SliderSpan): number => (span.log ? Math.log10(span.to) : span.to)
