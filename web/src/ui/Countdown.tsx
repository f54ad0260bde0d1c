import { duration } from '../time/format'
import type { Instant } from '../time/instants'
import { useNow } from './use_now'

/** `in 2 h 10 min`, by the server's clock. Not announced: it changes all the time. */
export function Countdown({ until, before = 'in ' }: { until: Instant; before?: string }) {
  const now = useNow()
  return (
    <span className="berth-countdown">
      {before}
      {duration(until - now)}
    </span>
  )
}
