import { memo } from 'react'
import { dayMarks, hourMarks, type Axis, type Mark } from '../time/axis'
import type { Instant } from '../time/instants'
import { columnAt } from '../time/axis'
import { pixelAt } from './layout'

/** Labels closer together than this would touch. */
const LABEL_PX = 44
/** What the digits of one take. */
const LEAST_LABEL_PX = 36
const LETTER_PX = 7.5
const AROUND_PX = 12
/** In less than this two digits have smaller letters, and less around them. */
const TIGHT_PX = 28
const HOUR_STEPS = [1, 2, 3, 6, 12, 24]

/** Every how many hours there is room for a label. */
export const hoursBetweenLabels = (hourPx: number): number =>
  HOUR_STEPS.find((every) => every * hourPx >= LABEL_PX) ?? 24

/** `Mon 24 Nov`, `Mon 24` or `24`: the number of a day is always there. */
export function shownDay(text: string, width: number): string {
  const [weekday, number = ''] = text.split(' ')
  const fits = (words: string) => words.length * LETTER_PX + AROUND_PX <= width
  return [text, `${weekday} ${number}`].find(fits) ?? number
}

interface Props {
  axis: Axis
  columnPx: number
  now: Instant
  everyHour: boolean
  zoneName: string
}

export const Header = memo(function Header({ axis, columnPx, now, everyHour, zoneName }: Props) {
  const hourPx = (columnPx * 3_600_000) / axis.step
  const every = everyHour && hourPx >= LEAST_LABEL_PX ? 1 : hoursBetweenLabels(hourPx)
  const days = dayMarks(axis, now).map((mark) => ({
    ...mark,
    text: shownDay(mark.text, pixelAt(axis, mark.end, columnPx) - pixelAt(axis, mark.at, columnPx)),
  }))
  return (
    <div role="rowgroup" className="tl-head">
      <div role="row" aria-rowindex={1} className="tl-head-row">
        <div role="columnheader" className="tl-name">
          Resource
        </div>
        <div className="tl-track" role="presentation">
          <Marks axis={axis} columnPx={columnPx} marks={days} className="tl-day" />
        </div>
      </div>
      {every < 24 && (
        <div role="row" aria-rowindex={2} className="tl-head-row">
          <div role="columnheader" className="tl-name tl-zone">
            {zoneName}
          </div>
          <div className="tl-track" role="presentation">
            <Marks axis={axis} columnPx={columnPx} marks={hourMarks(axis, every)} className="tl-hour" />
          </div>
        </div>
      )}
    </div>
  )
})

function Marks({
  axis,
  columnPx,
  marks,
  className,
}: {
  axis: Axis
  columnPx: number
  marks: Mark[]
  className: string
}) {
  return marks.map((mark) => {
    const left = pixelAt(axis, mark.at, columnPx)
    const width = pixelAt(axis, mark.end, columnPx) - left
    const more = className === 'tl-hour' ? mark.text.length > 5 && 'tl-twin' : width < TIGHT_PX && 'tl-tight'
    return (
      <div
        key={mark.at}
        role="columnheader"
        aria-label={mark.name}
        aria-colindex={columnAt(axis, mark.at) + 2}
        aria-colspan={Math.max(1, Math.round((mark.end - mark.at) / axis.step))}
        className={more ? `${className} ${more}` : className}
        style={{ left, width }}
      >
        <span>{mark.text}</span>
      </div>
    )
  })
}
