import { scaleOf, sizeOf, ticksOf } from './scale'

export interface Bar {
  key: string
  name: string
  /** The result with the input at its low and at its high end. */
  atLow: number
  atHigh: number
  /** Both, as they are written. */
  atLowText: string
  atHighText: string
  /** The ends of the input, as they are written. */
  low: string
  high: string
}

interface Props {
  label: string
  width: number
  base: number
  bars: Bar[]
  text(value: number): string
  title: string
}

const ROW = 46
const TOP = 8
const BOTTOM = 40
const SIDE = 8
const BAR = 14
/** So much room beside a bar is enough for the value at its end. */
const VALUE_PX = 64

/** How far each input moves the result, the one that moves it most on top. */
export function Tornado({ label, width, base, bars, text, title }: Props) {
  const values = [base, ...bars.flatMap((it) => [it.atLow, it.atHigh])]
  const ticks = ticksOf(Math.min(...values), Math.max(...values), 4)
  const left = SIDE + VALUE_PX
  const right = Math.max(left + 40, width - SIDE - VALUE_PX)
  const at = scaleOf(ticks[0] ?? 0, ticks.at(-1) ?? 1, left, right)
  const bottom = TOP + bars.length * ROW
  return (
    <svg className="ch-svg" role="img" aria-label={label} {...sizeOf(width, bottom + BOTTOM)}>
      {ticks.map((tick) => (
        <g key={tick}>
          <line className="ch-grid" x1={at(tick)} x2={at(tick)} y1={TOP} y2={bottom} />
          <text className="ch-tick" x={at(tick)} y={bottom + 16} textAnchor="middle">
            {text(tick)}
          </text>
        </g>
      ))}
      <text className="ch-axis-title" x={right} y={bottom + 34} textAnchor="end">
        {title}
      </text>
      {bars.map((bar, row) => {
        const y = TOP + row * ROW
        const from = Math.min(bar.atLow, bar.atHigh)
        const to = Math.max(bar.atLow, bar.atHigh)
        const lowFirst = bar.atLow <= bar.atHigh
        return (
          <g key={bar.key} data-bar={bar.key}>
            <text className="ch-words" x={SIDE} y={y + 15}>
              {bar.name}: {bar.low} to {bar.high}
            </text>
            <rect className="ch-bar" x={at(from)} y={y + 22} width={Math.max(2, at(to) - at(from))} height={BAR} />
            <circle className="ch-bar-low" cx={at(bar.atLow)} cy={y + 22 + BAR / 2} r={4} />
            <text className="ch-tick" x={at(from) - 8} y={y + 22 + BAR - 3} textAnchor="end">
              {lowFirst ? bar.atLowText : bar.atHighText}
            </text>
            <text className="ch-tick" x={at(to) + 8} y={y + 22 + BAR - 3}>
              {lowFirst ? bar.atHighText : bar.atLowText}
            </text>
          </g>
        )
      })}
      <line className="ch-base" x1={at(base)} x2={at(base)} y1={TOP} y2={bottom} data-base="" />
    </svg>
  )
}
