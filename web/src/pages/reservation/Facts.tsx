import type { DeviceClass, Reservation } from '../../api/types'
import { filesAfter, filesBefore } from '../../booking/home'
import { costOf, heldSpan, slotWords, unitsAndTitle } from '../../booking/words'
import { amount, dayAndClock, lengthOf, money, range } from '../../time/format'
import { fromRfc3339, type Instant } from '../../time/instants'

/** What will be there while that is to come; until its end what becomes of them, and after it where they are kept. */
const filesOf = ({ home, state }: Reservation, zone: string): string =>
  home ? [...(state === 'APPROVED' ? [filesBefore(home, zone)] : []), filesAfter(home, zone)].join(' ') : ''

interface Props {
  reservation: Reservation
  deviceClass: DeviceClass | undefined
  zone: string
  now: Instant
}

export function Facts({ reservation: it, deviceClass, zone, now }: Props) {
  const span = heldSpan(it)
  const booked = { start: span.start, end: fromRfc3339(it.end) }
  const mode = deviceClass ? slotWords(it.mode, deviceClass, it.units).title : it.mode
  const facts: [string, string][] = [
    ['When', range(span, zone, now)],
    ['Duration', lengthOf(span)],
    ...(booked.end === span.end ? [] : ([['Booked for', range(booked, zone, now)]] as [string, string][])),
    ['Resource', unitsAndTitle(it.units, deviceClass?.title ?? it.device_class)],
    ['Mode', mode],
    ['CPU, memory, storage', `${amount(it.cpu)} CPU, ${it.memory_gib} GiB, ${it.storage_gib} GiB`],
    ...(it.home ? ([['Files', filesOf(it, zone)]] as [string, string][]) : []),
    ['Cost', `${costOf(it)} (${money(it.rate, it.currency)} per unit and hour)`],
    ['Owner', it.owner],
    ['Team', it.team ?? 'No team'],
    ['Pool', it.pool],
    ['Booked', dayAndClock(fromRfc3339(it.created_at), zone, now)],
    ['Reservation', it.id],
  ]
  return (
    <section aria-labelledby="facts-title">
      <h2 id="facts-title" className="berth-h2">
        Details
      </h2>
      <dl className="berth-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
