import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { Link } from 'react-router'
import { to } from '../../app/routes'
import type { Free } from '../../booking/availability'
import { leastEnd, nextStart, type Policy } from '../../booking/policy'
import type { Axis } from '../../time/axis'
import { lengthOf, range } from '../../time/format'
import { HOUR, ceilTo, type Instant, type Span } from '../../time/instants'
import { barWords } from '../../timeline/cells'
import type { Bar, Row } from '../../timeline/rows'

export interface FreeWindow extends Span {
  least: number
}

/** Stretches of `span` in which at least one unit is free, long enough to be booked. */
export function freeWindows(free: Free, deviceClass: string, span: Span, policy: Policy, now: Instant): FreeWindow[] {
  // What is free now can be had now, where the pool asks for no notice.
  const first = policy.lead > 0 ? nextStart(policy, now) : now
  const out: FreeWindow[] = []
  for (const part of free.units.get(deviceClass)?.stretches ?? []) {
    const start = Math.max(part.start, span.start, first)
    const end = Math.min(part.end, span.end)
    if (part.free < 1 || start >= end) continue
    const last = out.at(-1)
    if (last && last.end === start) {
      last.end = end
      last.least = Math.min(last.least, part.free)
    } else {
      out.push({ start, end, least: part.free })
    }
  }
  return out.filter((it) => leastEnd(it.start, policy) <= it.end)
}

/** What "Book" of a free window proposes: its first hour or the least that may be booked, up to a step of the calendar. */
export const firstHour = (free: Span, policy: Policy): Span => ({
  start: free.start,
  end: Math.min(free.end, Math.max(ceilTo(free.start + HOUR, policy.step), leastEnd(free.start, policy))),
})

interface Props {
  rows: Row[]
  free: Free | undefined
  axis: Axis
  policy: Policy
  now: Instant
  disabled: boolean
  onBook(deviceClass: string, span: Span): void
}

/** The calendar as a list: free windows per resource with a button each, then what is booked. For phones and for reading. */
export function Agenda({ rows, free, axis, policy, now, disabled, onBook }: Props) {
  const classes = rows.filter((row) => row.kind === 'class')
  const bars = rows.flatMap((row) =>
    row.kind === 'lane'
      ? (row.bars ?? []).filter((bar) => bar.end > axis.start && bar.start < axis.end).map((bar) => ({ bar, row }))
      : [],
  )
  bars.sort((a, b) => a.bar.start - b.bar.start)
  return (
    <div className="berth-agenda">
      {classes.map((row) => {
        const windows = free ? freeWindows(free, row.deviceClass, axis, policy, now) : null
        return (
          <section key={row.key} aria-label={row.title}>
            <h2>{row.title}</h2>
            {windows === null && <p>Loading...</p>}
            {windows?.length === 0 && <p>Nothing is free here in this time.</p>}
            <ul>
              {windows?.map((it) => (
                // By its end: one that begins now begins later with each look.
                <li key={it.end}>
                  <span>
                    {range(it, axis.zone, now)}
                    <span className="berth-hint">
                      {lengthOf(it)}, at least {it.least} of {row.total} free
                    </span>
                  </span>
                  <Button
                    variant="secondary"
                    isAriaDisabled={disabled}
                    aria-label={`Book ${row.title}, ${range(it, axis.zone, now)}`}
                    onClick={() => onBook(row.deviceClass, firstHour(it, policy))}
                  >
                    Book
                  </Button>
                </li>
              ))}
            </ul>
          </section>
        )
      })}
      <section aria-label="Booked">
        <h2>Booked</h2>
        {bars.length === 0 && <p>Nothing is booked in this time.</p>}
        <ul>
          {bars.map(({ bar, row }, index) => (
            <li key={index}>
              <span>
                <BarName bar={bar} />
                <span className="berth-hint">
                  {row.title}, {range(bar, axis.zone, now)}
                </span>
              </span>
            </li>
          ))}
        </ul>
      </section>
    </div>
  )
}

function BarName({ bar }: { bar: Bar }) {
  return bar.reservation ? (
    <Link to={to('reservation', { id: bar.reservation })}>{barWords(bar)}</Link>
  ) : (
    <>{barWords(bar)}</>
  )
}
