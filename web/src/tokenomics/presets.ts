import type { Catalogue, Preset } from './answers'
import { USUAL_CURRENCY, withRange, withValue, type Draft } from './scenario'

const asText = (value: number | boolean | string): string => String(value)

/** The text that a field shows: what was entered, else the default or what it follows. */
export function shownValue(draft: Draft, catalogue: Catalogue, name: string): string {
  const typed = draft.values[name]
  if (typed) return typed
  const info = catalogue.inputs.find((it) => it.name === name)
  if (info?.follows) return shownValue(draft, catalogue, info.follows)
  const standard = info?.default
  return standard === null || standard === undefined ? '' : asText(standard)
}

/**
 * With every default entered as a value. What follows another input stays open: entered, it would stay where it is when that
 * one varies, and a sensitivity would be another one.
 */
export function withDefaults(draft: Draft, catalogue: Catalogue): Draft {
  const shown = catalogue.inputs
    .filter(({ follows }) => !follows)
    .map(({ name }) => [name, shownValue(draft, catalogue, name)] as const)
  return { ...draft, values: { ...draft.values, ...Object.fromEntries(shown.filter(([, text]) => text !== '')) } }
}

/** Without values that are the defaults, so that what was changed is seen. In another currency prices are none, but for 0. */
export function withoutDefaults(draft: Draft, catalogue: Catalogue): Draft {
  return catalogue.inputs.reduce((next, { name, unit, follows }) => {
    const typed = next.values[name]
    const isPrice = unit.startsWith('money') && Number(typed) !== 0
    if (!typed || follows || (isPrice && next.currency !== USUAL_CURRENCY)) return next
    const open = withValue(next, name, null)
    return sameValue(typed, shownValue(open, catalogue, name)) ? open : next
  }, draft)
}

/** Whether the scenario has all values of a preset. */
export const isIn = (draft: Draft, catalogue: Catalogue, preset: Preset): boolean =>
  preset.values.every((it) => sameValue(shownValue(draft, catalogue, it.input), asText(it.value)))

const sameValue = (a: string, b: string): boolean => a === b || (a.trim() !== '' && Number(a) === Number(b))

/**
 * With the values of a preset, each with the range that its source gives. A listed price is certain: it has no range of its
 * own, and that of another product's price would say nothing.
 */
export function withPreset(draft: Draft, catalogue: Catalogue, preset: Preset): Draft {
  return preset.values.reduce((next, it) => {
    const info = catalogue.inputs.find((input) => input.name === it.input)
    const standard = info?.default === it.value
    const value = withValue(next, it.input, standard ? null : asText(it.value))
    if (typeof it.value !== 'number') return value
    const { low = it.value, high = it.value } = it
    const usual = standard || (info?.low === low && info?.high === high)
    return withRange(value, it.input, usual ? null : [asText(low), asText(high)])
  }, draft)
}
