import { Legend } from './LineChart'
import { sizeOf } from './scale'

export interface Part {
  key: string
  name: string
  /** 0..1 of the whole. */
  share: number
  text: string
}

const HEIGHT = 44
const GAP = 2
/** Narrower than this has no room for its letter; the legend names it. */
const LETTER_PX = 16

const letterOf = (index: number): string => String.fromCharCode(65 + index)

/** Parts of a whole in one bar. A letter joins each part with its line of the legend, so that no colour is needed. */
export function Stack({ label, width, parts }: { label: string; width: number; parts: Part[] }) {
  const shown = parts.map((part, index) => ({ ...part, index, letter: letterOf(index) })).filter((it) => it.share > 0)
  let left = 0
  return (
    <>
      <svg className="ch-svg" role="img" aria-label={label} {...sizeOf(width, HEIGHT)}>
        {shown.map((it) => {
          const x = left
          const size = it.share * width
          left += size
          const wide = Math.max(1, size - GAP)
          return (
            <g key={it.key} data-part={it.key}>
              <rect className={`ch-part ch-fill${it.index + 1}`} x={x} y={2} width={wide} height={HEIGHT - 4} />
              {size >= LETTER_PX && (
                <text className="ch-part-letter" x={x + wide / 2} y={HEIGHT / 2 + 5} textAnchor="middle">
                  {it.letter}
                </text>
              )}
            </g>
          )
        })}
      </svg>
      <Legend>
        {parts.map((it, index) => (
          <li key={it.key}>
            <svg width="20" height="16" aria-hidden="true">
              <rect className={`ch-part ch-fill${index + 1}`} x="0" y="0" width="20" height="16" />
              <text className="ch-part-letter" x="10" y="12" textAnchor="middle">
                {letterOf(index)}
              </text>
            </svg>{' '}
            {it.name}: {it.text}
          </li>
        ))}
      </Legend>
    </>
  )
}
