/** What goes into the library and what comes out, as src/tokenomics has it. */

export type JsonValue = null | boolean | number | string | JsonValue[] | { [name: string]: JsonValue }

/** A scenario file: what is left out takes the catalogue's default. */
export interface Scenario {
  berth_scenario: 1
  currency: string
  [input: string]: JsonValue
}

/** One field at fault. */
export interface Fault {
  field: string
  value: string
  limit: string
  message: string
}

export type Outcome<T> = { ok: true; answer: T } | { ok: false; message: string; fields: Fault[] }

/** A number, or null with the reason why there is none. */
export interface Result {
  value: number | null
  unit: string
  reason?: string
}

/** How a quantity came about, with the numbers in place of the symbols. */
export interface DerivationLine {
  symbol: string
  name: string
  formula: string
  numbers: string
  value: number | null
  unit: string
}

/** What serves a demand at the least cost. */
export type Source = 'own' | 'cloud' | 'rented' | 'mix'

export interface Answer {
  question: Question
  currency: string
  inputs: Record<string, JsonValue>
  results: Record<string, Result>
  derivation: DerivationLine[]
  sentences: Record<string, string>
  notes: string[]
}

/** Of the yearly cost; null where no tokens are processed. */
export interface CostPart {
  name: string
  per_year: number | null
  per_mtok: number | null
  share: number | null
}

export interface UnitAnswer extends Answer {
  /** At the demand; null where it cannot be compared. */
  cheapest: Source | null
  /** Whether the GPUs can be so busy when they are sized for the peak; absent where there is no unit cost. */
  reachable?: boolean
  parts: CostPart[]
  idle: { per_year: number | null; share: number | null }
  /** Of the mix, where there is one. */
  tiers?: { name: string; share: number; gpu_throughput: number; time_share: number | null; unit_cost: number | null }[]
}

export interface CurveRow {
  utilisation: number
  unit_cost: number
  marginal_cost: number
  cloud_price?: number
  /** Here own cost and cloud price are the same. */
  crossing?: boolean
  reachable: boolean
}

export interface BreakevenAnswer extends Answer {
  cheapest: Source | null
  curve: CurveRow[]
  reachable: boolean
}

export type VerdictWord = 'over-provisioned' | 'right-sized' | 'under-provisioned' | 'not possible within budget'

export interface Verdict {
  word: VerdictWord
  judged_by: 'present_gpus' | 'budget' | 'gpus'
  severe: boolean
  reasons: string[]
  threshold: { right_sized_from: number; right_sized_to: number; tolerance: number }
  change: string
}

export interface SolveAnswer extends Answer {
  cheapest: Source | null
  verdict: Verdict | { word: null; reason: string }
  parts?: CostPart[]
}

export interface TornadoBar {
  input: string
  unit: string
  low: number
  high: number
  at_low: number | null
  at_high: number | null
  swing: number | null
  low_reachable: boolean
  high_reachable: boolean
  reason?: string
}

export interface SensitivityAnswer extends Answer {
  target: string
  unit: string
  base: number | null
  bars: TornadoBar[]
  without_effect: string[]
}

export const PATTERNS = ['single', 'isolated', 'delegation', 'shared_transcript', 'full_mesh'] as const
export type Pattern = (typeof PATTERNS)[number]
type ByPattern<T> = Record<Pattern, T>

/** One number of agents, or of steps. */
export interface GrowthRow {
  agents?: number
  steps?: number
  /** Of one task. */
  tokens: ByPattern<number>
  /** Of a month. */
  cloud_bill: ByPattern<number>
  /** Null where so many GPUs cannot be had. */
  own_bill: ByPattern<number | null>
  own_gpus: ByPattern<number | null>
}

export interface AgentsAnswer extends Answer {
  over_agents: GrowthRow[]
  over_steps: GrowthRow[]
  /** From there on own GPUs are cheaper, up to the last row; null where they are not. */
  crossing: { agents: ByPattern<number | null>; steps: ByPattern<number | null> }
  /** What the solver needs to size for these agents. */
  solve_inputs: Record<string, number | null>
}

/** The answer to each question. */
export interface Answers {
  unit: UnitAnswer
  breakeven: BreakevenAnswer
  solve: SolveAnswer
  sensitivity: SensitivityAnswer
  agents: AgentsAnswer
}
export type Question = keyof Answers

export interface InputInfo {
  name: string
  symbol: string
  /** `money` stands for the scenario's currency. */
  unit: string
  group: string
  kind: 'number' | 'whole' | 'flag' | 'choice'
  /** In words. */
  allowed: string
  /** Null: left out means not given. */
  default: number | boolean | string | null
  /** The input whose value this one has when it is left out. */
  follows?: string
  text: string
  source: string
  /** Year, month or day; empty where nothing can grow old. */
  date: string
  choices?: string[]
  low?: number
  high?: number
}

export interface Preset {
  group: string
  name: string
  source: string
  date: string
  note: string
  currency: string
  values: { input: string; value: number | boolean | string; low?: number; high?: number }[]
}

export interface Catalogue {
  currency: string
  inputs: InputInfo[]
  presets: Preset[]
  quantities: { name: string; symbol: string; unit: string; formula: string }[]
}
