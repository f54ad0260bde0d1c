/**
 * Size and coordinates of a drawing. By its own coordinates it gets smaller where it is wider than what it stands in: a
 * sheet of paper is narrower than the window it was drawn for.
 */
export const sizeOf = (width: number, height: number) => ({ width, height, viewBox: `0 0 ${width} ${height}` })

/** From values to pixels, along one direction of a chart. */
export type Scale = (value: number) => number

/** `from..to` of the values onto `start..end` of the pixels; a span of nothing lies at the start. */
export function scaleOf(from: number, to: number, start: number, end: number): Scale {
  const span = to - from
  return (value) => (span === 0 ? start : start + ((value - from) / span) * (end - start))
}

/** The smallest of 1, 2, 2.5 and 5 times a power of ten that is not below `size`. */
export function niceStep(size: number): number {
  if (!(size > 0) || !Number.isFinite(size)) return 1
  const power = 10 ** Math.floor(Math.log10(size))
  const times = [1, 2, 2.5, 5, 10].find((it) => it * power >= size * (1 - 1e-12)) ?? 10
  return times * power
}

/** Round values from the one at or below `from` to the one at or above `to`, about `count` steps apart. */
export function ticksOf(from: number, to: number, count: number): number[] {
  const step = niceStep((to - from) / Math.max(1, count))
  const first = Math.floor(from / step + 1e-9)
  const last = Math.max(first + 1, Math.ceil(to / step - 1e-9))
  return Array.from({ length: last - first + 1 }, (_, index) => rounded((first + index) * step))
}

/** Without the noise of binary fractions: 0.3, not 0.30000000000000004. */
const rounded = (value: number): number => Number(value.toPrecision(12))
