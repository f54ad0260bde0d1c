import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { useState } from 'react'
import { Link } from 'react-router'
import { useMyLiveReservations, usePools } from '../api/queries'
import type { Reservation } from '../api/types'
import { clockWithZone, duration } from '../time/format'
import { MINUTE, fromRfc3339, type Instant } from '../time/instants'
import { readStored, writeStored } from '../ui/stored'
import { useSlowNow } from '../ui/use_now'
import { ExtendButtons } from './ExtendButtons'
import { to } from './routes'
import { useTitleOf } from './use_title_of'
import { useZone } from './zone'

const ENDS_SOON_MS = 30 * MINUTE
const DISMISSED_KEY = 'berth.ends-soon.dismissed'

/** Each warning once: an end that was moved is another one. */
const warningOf = (it: Reservation) => `${it.id} ${it.end}`

/** One line, whatever ends: what, when, and Extend in place. It goes away when it is told to. */
export function EndsSoon() {
  const mine = useMyLiveReservations()
  const pools = usePools()
  const zone = useZone()
  const titleOf = useTitleOf()
  const now = useSlowNow()
  const [dismissed, setDismissed] = useState(() => (readStored('session', DISMISSED_KEY) ?? '').split(','))
  const [open, setOpen] = useState(false)
  const soon = (mine.data ?? []).filter((it) => {
    const left = fromRfc3339(it.end) - now
    return it.state === 'ACTIVE' && !it.ending && left > 0 && left <= ENDS_SOON_MS && !dismissed.includes(warningOf(it))
  })
  soon.sort((a, b) => fromRfc3339(a.end) - fromRfc3339(b.end))
  const [first] = soon
  if (!first) return null
  const dismiss = () => {
    const all = [...dismissed, ...soon.map(warningOf)]
    writeStored('session', DISMISSED_KEY, all.join(','))
    setDismissed(all)
  }
  const extend = (it: Reservation) => {
    const pool = pools.data?.find((one) => one.name === it.pool)
    return (
      pool &&
      it.may.includes('extend') && (
        <ExtendButtons key={it.id} reservation={it} pool={pool} zone={zone} now={now} short />
      )
    )
  }
  return (
    <section className="berth-ends-soon" aria-label="Ending soon">
      <div className="berth-ends-soon-line">
        <span>{sentence(soon, first, titleOf(first), zone, now)}</span>
        {soon.length === 1 ? (
          extend(first)
        ) : (
          <Button variant="secondary" size="sm" aria-expanded={open} onClick={() => setOpen(!open)}>
            Extend
          </Button>
        )}
        <Button variant="plain" size="sm" aria-label="Dismiss this warning" onClick={dismiss}>
          ✕
        </Button>
      </div>
      {open && soon.length > 1 && (
        <ul>
          {soon.map((it) => (
            <li key={it.id} className="berth-ends-soon-line">
              <Link to={to('reservation', { id: it.id })}>{titleOf(it)}</Link>
              <span>{clockWithZone(fromRfc3339(it.end), zone)}</span>
              {extend(it)}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function sentence(soon: Reservation[], first: Reservation, title: string, zone: string, now: Instant): string {
  const end = fromRfc3339(first.end)
  const time = `${clockWithZone(end, zone)}, in ${duration(end - now)}`
  if (soon.length === 1) return `"${title}" ends at ${time}; the workspace is removed then.`
  const together = soon.every((it) => it.end === first.end)
  return together
    ? `${soon.length} workspaces end at ${time}; they are removed then.`
    : `${soon.length} workspaces end soon, the first at ${time}; they are removed then.`
}
