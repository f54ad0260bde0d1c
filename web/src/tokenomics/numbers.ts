/** Digits that still tell two values apart on a screen. */
const DIGITS = 3
const ENGLISH = 'en-GB'

const grouped = new Intl.NumberFormat(ENGLISH, { maximumFractionDigits: 0 })
const cents = new Intl.NumberFormat(ENGLISH, { minimumFractionDigits: 2, maximumFractionDigits: 2 })

/** `13,250`, `55.04`, `0.424`, `0.00012`, `1.2e+30`: three digits that count, and never fewer than two decimals below 100. */
export function amountText(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e15) return value.toExponential(DIGITS - 1)
  if (size >= 1000) return grouped.format(value)
  if (size >= 1 || size === 0) return size >= 100 ? trimmed(value.toFixed(1)) : trimmed(cents.format(value))
  return trimmed(value.toPrecision(DIGITS))
}

/** `0.42`, `12.40`, `13,250`, `0.0123`: as the library writes money in its sentences. */
export function moneyText(value: number): string {
  const size = Math.abs(value)
  if (size >= 1000) return grouped.format(value)
  if (size >= 0.1 || size === 0) return cents.format(value)
  return trimmed(value.toPrecision(DIGITS))
}

/** Money with four digits that count, for rows that would look the same otherwise. */
export function preciseMoneyText(value: number): string {
  const size = Math.abs(value)
  return size >= 1000 || size === 0 ? moneyText(value) : trimmed(value.toPrecision(DIGITS + 1))
}

/** `55 %`, `38.1 %`: one decimal where there is one. */
export const percentText = (share: number): string => `${trimmed((share * 100).toFixed(1))} %`

const SIZES = [
  { from: 1e12, word: 'T' },
  { from: 1e9, word: 'B' },
  { from: 1e6, word: 'M' },
  { from: 1e3, word: 'k' },
] as const

/** `1.2 B`, `350 M`, `900`: for axes and where the exact count is not the point. */
export function shortText(value: number): string {
  const size = SIZES.find((it) => Math.abs(value) >= it.from * 0.9995)
  if (!size) return amountText(value)
  return Math.abs(value) >= 1e15
    ? amountText(value)
    : `${trimmed((value / size.from).toPrecision(DIGITS))} ${size.word}`
}

const trimmed = (text: string): string => (/[.]/.test(text) && !/e/.test(text) ? text.replace(/\.?0+$/, '') : text)
