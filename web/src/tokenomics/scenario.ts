import type { JsonValue, Scenario } from './answers'

/** The currency that a scenario has unless it says another one. */
export const USUAL_CURRENCY = 'USD'

/**
 * A scenario as it is being entered: the text of each field that was changed, so that what is typed stays as it is typed.
 * A field that is empty counts as not entered. Lists and ranges are JSON.
 */
export interface Draft {
  name: string
  currency: string
  values: Readonly<Record<string, string>>
}

export const EMPTY: Draft = { name: '', currency: USUAL_CURRENCY, values: {} }

/** Parameters of the address that are no inputs. All others are, also those that this version does not know: it says so. */
const OTHERS: ReadonlySet<string> = new Set(['zone', 'tab', 'compare', 'over'])
const HEADING: ReadonlySet<string> = new Set(['name', 'currency'])
/** What an input must not be called for the address to hold it. */
export const RESERVED: readonly string[] = [...OTHERS, ...HEADING]

export function readDraft(params: URLSearchParams): Draft {
  const values: Record<string, string> = {}
  for (const [name, text] of params) {
    if (!OTHERS.has(name) && !HEADING.has(name) && text !== '') values[name] = text
  }
  return { name: params.get('name') ?? '', currency: params.get('currency') ?? USUAL_CURRENCY, values }
}

/** The address with this scenario in it; what is no part of a scenario stays. */
export function writeDraft(params: URLSearchParams, draft: Draft): URLSearchParams {
  const next = new URLSearchParams()
  for (const [name, text] of params) if (OTHERS.has(name)) next.append(name, text)
  if (draft.name !== '') next.set('name', draft.name)
  if (draft.currency !== USUAL_CURRENCY) next.set('currency', draft.currency)
  for (const name of Object.keys(draft.values).sort()) {
    const text = draft.values[name]
    if (text) next.set(name, text)
  }
  return next
}

/** The same for the same scenario, whatever the order in which it was entered. */
export const keyOf = (draft: Draft): string => writeDraft(new URLSearchParams(), draft).toString()

/** With one field entered anew; empty takes it back once the field is left. */
export function withValue(draft: Draft, name: string, text: string | null): Draft {
  const { [name]: _, ...rest } = draft.values
  return { ...draft, values: text === null ? rest : { ...rest, [name]: text } }
}

/** What the library reads. A text that is no value of any kind goes as it is: the library says what is wrong with it. */
export function scenarioOf(draft: Draft): Scenario {
  const scenario: Scenario = { berth_scenario: 1, currency: draft.currency }
  if (draft.name !== '') scenario['name'] = draft.name
  for (const name of Object.keys(draft.values).sort()) {
    const text = draft.values[name]
    if (text) scenario[name] = (LISTS[name] ?? valueOf)(text)
  }
  return scenario
}

function valueOf(text: string): JsonValue {
  const trimmed = text.trim()
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true'
  if (/^[[{]/.test(trimmed)) return parsed(trimmed) ?? trimmed
  // Number() also takes hexadecimal and the like; JSON has no infinity.
  const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(trimmed) ? Number(trimmed) : NaN
  return Number.isFinite(number) ? number : trimmed
}

function parsed(text: string): JsonValue | null {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return null
  }
}

/** The fields of a scenario file. Null when the text is no JSON object. */
export function draftOf(text: string): Draft | null {
  const scenario = parsed(text.trim())
  if (typeof scenario !== 'object' || scenario === null || Array.isArray(scenario)) return null
  const values: Record<string, string> = {}
  let { name, currency } = EMPTY
  for (const [key, value] of Object.entries(scenario)) {
    const word = typeof value === 'string' ? value : JSON.stringify(value)
    if (key === 'name') name = word
    else if (key === 'currency') currency = word
    else if (value !== null && !(key === 'berth_scenario' && value === 1)) values[key] = word
  }
  return { name, currency, values }
}

/** Low and high of an input's own range, as typed. */
export type Range = readonly [string, string]

export const rangesOf = (draft: Draft): Record<string, Range> => rangesIn(draft.values['ranges'] ?? '{}') ?? {}

/** Null when the text is not what `withRange` writes or a scenario file holds; the library then says what is wrong. */
function rangesIn(text: string): Record<string, Range> | null {
  const told = parsed(text)
  if (typeof told !== 'object' || told === null || Array.isArray(told)) return null
  const ranges: Record<string, Range> = {}
  for (const [name, pair] of Object.entries(told)) {
    if (!Array.isArray(pair) || pair.length !== 2) return null
    ranges[name] = [String(pair[0]), String(pair[1])]
  }
  return ranges
}

function rangesValue(text: string): JsonValue {
  const ranges = rangesIn(text)
  if (!ranges) return valueOf(text)
  return Object.fromEntries(Object.entries(ranges).map(([name, [low, high]]) => [name, [valueOf(low), valueOf(high)]]))
}

/** With one input's range entered anew; null takes the catalogue's again. */
export function withRange(draft: Draft, name: string, range: Range | null): Draft {
  const { [name]: _, ...rest } = rangesOf(draft)
  const ranges = range === null ? rest : { ...rest, [name]: range }
  return withValue(draft, 'ranges', Object.keys(ranges).length === 0 ? null : JSON.stringify(ranges))
}

/** One model of the mix as typed, by the names of its members in scenario files. */
export type Tier = Readonly<Record<string, string>>

export const tiersOf = (draft: Draft): Tier[] => tiersIn(draft.values['tiers'] ?? '[]') ?? []

function tiersIn(text: string): Tier[] | null {
  const told = parsed(text)
  if (!Array.isArray(told)) return null
  const tiers: Tier[] = []
  for (const it of told) {
    if (typeof it !== 'object' || it === null || Array.isArray(it)) return null
    tiers.push(
      Object.fromEntries(
        Object.entries(it).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
      ),
    )
  }
  return tiers
}

function tiersValue(text: string): JsonValue {
  const tiers = tiersIn(text)
  if (!tiers) return valueOf(text)
  const member = ([key, typed]: [string, string]) => [key, key === 'name' ? typed : valueOf(typed)] as const
  return tiers.map((tier) =>
    Object.fromEntries(
      Object.entries(tier)
        .filter(([, typed]) => typed.trim() !== '')
        .map(member),
    ),
  )
}

export const withTiers = (draft: Draft, tiers: Tier[]): Draft =>
  withValue(draft, 'tiers', tiers.length === 0 ? null : JSON.stringify(tiers))

/** What is kept as it is typed and holds more than one value. */
const LISTS: Record<string, (text: string) => JsonValue> = { ranges: rangesValue, tiers: tiersValue }
