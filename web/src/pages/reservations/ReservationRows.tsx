import { Link } from 'react-router'
import type { Reservation } from '../../api/types'
import { useZone } from '../../app/zone'
import { priceOf } from '../../booking/rules'
import { nameOf, unitsAndTitle } from '../../booking/words'
import { duration, money, range } from '../../time/format'
import { fromRfc3339 } from '../../time/instants'
import { ReservationStatus } from '../../app/ReservationStatus'
import { useSlowNow } from '../../ui/use_now'

const HEADS = ['Name', 'When', 'Duration', 'Resource', 'Mode', 'Status', 'Cost', 'Owner']
const MODES = { interactive_ml: 'Interactive ML', inference_containers: 'Inference containers' }

/** A table at desk width, cards on a phone: the same cells, laid out by the style sheet. */
export function ReservationRows({ rows, classes }: { rows: Reservation[]; classes: Map<string, string> }) {
  return (
    <div className="berth-table-scroll" tabIndex={0} role="region" aria-label="Table of reservations">
      <table className="berth-table">
        <thead>
          <tr>
            {HEADS.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((it) => (
            <ReservationRow key={it.id} reservation={it} title={classes.get(it.device_class) ?? it.device_class} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function ReservationRow({ reservation: it, title }: { reservation: Reservation; title: string }) {
  const zone = useZone()
  const now = useSlowNow()
  const span = { start: fromRfc3339(it.start), end: fromRfc3339(it.end) }
  return (
    <tr>
      <th scope="row" data-label="Name">
        <Link to={`/reservations/${it.id}`}>{nameOf(it)}</Link>
      </th>
      <td data-label="When">{range(span, zone, now)}</td>
      <td data-label="Duration">{duration(span.end - span.start)}</td>
      <td data-label="Resource">{unitsAndTitle(it.units, title)}</td>
      <td data-label="Mode">{MODES[it.mode]}</td>
      <td data-label="Status">
        <ReservationStatus reservation={it} />
      </td>
      <td data-label="Cost">{money(priceOf(it.rate, it.units, span), it.currency)}</td>
      <td data-label="Owner">{it.owner}</td>
    </tr>
  )
}
