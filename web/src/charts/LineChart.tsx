import type { ReactNode } from 'react'
import { scaleOf, sizeOf, ticksOf, type Scale } from './scale'

export interface Point {
  x: number
  y: number
}

export interface Series {
  key: string
  name: string
  points: Point[]
  /** Colour and dashes, 1 to 6: each differs in both. */
  look: number
}

/** A point that is told apart: with its words, and down to the axis where that helps. */
export interface Mark extends Point {
  key: string
  text: string
  shape: 'circle' | 'diamond'
  toAxis?: boolean
}

export interface Axis {
  title: string
  from: number
  to: number
  text(value: number): string
}

interface Props {
  /** What is to be seen, for those who do not see it. */
  label: string
  width: number
  x: Axis
  y: Axis
  series: Series[]
  marks: Mark[]
}

const HEIGHT = 300
const LEFT = 64
const RIGHT = 16
const TOP = 28
const BOTTOM = 44
const X_TICK_PX = 90
const Y_TICKS = 5
const MARK_PX = 6
/** Words of a mark that are nearer than this to the side are written towards the middle. */
const WORDS_PX = 130

/** Lines over a number. What is above the axis is cut off: a curve may rise without end. */
export function LineChart({ label, width, x, y, series, marks }: Props) {
  const right = Math.max(LEFT + 40, width - RIGHT)
  const bottom = HEIGHT - BOTTOM
  const xTicks = ticksOf(x.from, x.to, Math.max(2, Math.floor((right - LEFT) / X_TICK_PX)))
  const yTicks = ticksOf(y.from, y.to, Y_TICKS)
  const xAt = scaleOf(x.from, x.to, 0, right - LEFT)
  const yAt = scaleOf(yTicks[0] ?? y.from, yTicks.at(-1) ?? y.to, bottom - TOP, 0)
  return (
    <>
      <svg className="ch-svg" role="img" aria-label={label} {...sizeOf(width, HEIGHT)}>
        <text className="ch-axis-title" x={0} y={14}>
          {y.title}
        </text>
        {yTicks.map((tick) => (
          <g key={tick}>
            <line className="ch-grid" x1={LEFT} x2={right} y1={TOP + yAt(tick)} y2={TOP + yAt(tick)} />
            <text className="ch-tick" x={LEFT - 8} y={TOP + yAt(tick) + 4} textAnchor="end">
              {y.text(tick)}
            </text>
          </g>
        ))}
        {xTicks
          .filter((tick) => tick >= x.from && tick <= x.to)
          .map((tick) => (
            <text key={tick} className="ch-tick" x={LEFT + xAt(tick)} y={bottom + 18} textAnchor="middle">
              {x.text(tick)}
            </text>
          ))}
        <text className="ch-axis-title" x={right} y={HEIGHT - 6} textAnchor="end">
          {x.title}
        </text>
        <line className="ch-axis" x1={LEFT} x2={right} y1={bottom} y2={bottom} />
        {/* An svg of its own cuts off what lies outside. */}
        <svg x={LEFT} y={TOP} width={right - LEFT} height={bottom - TOP}>
          {series.map((it) => (
            <path
              key={it.key}
              className={`ch-line ch-look${it.look}`}
              data-series={it.key}
              d={pathOf(it.points, xAt, yAt)}
            />
          ))}
        </svg>
        {marks.map((mark) => (
          <MarkedPoint
            key={mark.key}
            mark={mark}
            x={LEFT + xAt(mark.x)}
            y={TOP + yAt(mark.y)}
            bottom={bottom}
            right={right}
          />
        ))}
      </svg>
      <Legend>
        {series.map((it) => (
          <li key={it.key}>
            <svg width="28" height="10" aria-hidden="true">
              <line className={`ch-line ch-look${it.look}`} x1="1" x2="27" y1="5" y2="5" />
            </svg>{' '}
            {it.name}
          </li>
        ))}
      </Legend>
    </>
  )
}

export const Legend = ({ children }: { children: ReactNode }) => <ul className="ch-legend">{children}</ul>

function MarkedPoint({
  mark,
  x,
  y,
  bottom,
  right,
}: {
  mark: Mark
  x: number
  y: number
  bottom: number
  right: number
}) {
  const nearLeft = x < LEFT + WORDS_PX
  const nearRight = x > right - WORDS_PX
  // Beside the line down to the axis, else over the point.
  const words = mark.toAxis
    ? { x: nearRight ? x - 8 : x + 8, y: bottom - 14, textAnchor: nearRight ? ('end' as const) : ('start' as const) }
    : {
        x,
        y: Math.max(TOP + 12, y - 12),
        textAnchor: nearRight ? ('end' as const) : nearLeft ? ('start' as const) : ('middle' as const),
      }
  const inside = y >= TOP && y <= bottom
  return (
    <g data-mark={mark.key}>
      {mark.toAxis && <line className="ch-drop" x1={x} x2={x} y1={Math.max(TOP, y)} y2={bottom} />}
      {inside && mark.shape === 'circle' && <circle className="ch-mark" cx={x} cy={y} r={MARK_PX} />}
      {inside && mark.shape === 'diamond' && (
        <path
          className="ch-mark"
          d={`M${x} ${y - MARK_PX - 1}l${MARK_PX + 1} ${MARK_PX + 1}l${-MARK_PX - 1} ${MARK_PX + 1}l${-MARK_PX - 1} ${-MARK_PX - 1}z`}
        />
      )}
      <text className="ch-words" {...words}>
        {mark.text}
      </text>
    </g>
  )
}

function pathOf(points: Point[], xAt: Scale, yAt: Scale): string {
  return points.map((it, at) => `${at === 0 ? 'M' : 'L'}${xAt(it.x).toFixed(2)} ${yAt(it.y).toFixed(2)}`).join('')
}

/** A line that holds each value until the next one. */
export const steps = (points: Point[]): Point[] =>
  points.flatMap((it, at) => {
    const before = points[at - 1]
    return before && before.y !== it.y ? [{ x: it.x, y: before.y }, it] : [it]
  })
