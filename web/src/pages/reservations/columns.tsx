import { Link } from 'react-router'
import type { Reservation, ReservationSort } from '../../api/types'
import { ReservationStatus } from '../../app/ReservationStatus'
import { to } from '../../app/routes'
import { priceOf } from '../../booking/policy'
import { nameOf, unitsAndTitle } from '../../booking/words'
import { duration, money, range } from '../../time/format'
import { fromRfc3339, type Instant } from '../../time/instants'
import type { Column } from '../../ui/DataTable'

const MODES = { interactive_ml: 'Interactive ML', inference_containers: 'Inference containers' }

const spanOf = (it: Reservation) => ({ start: fromRfc3339(it.start), end: fromRfc3339(it.end) })
const lengthOf = (it: Reservation) => spanOf(it).end - spanOf(it).start

export const columnsOf = (
  classes: Map<string, string>,
  zone: string,
  now: Instant,
): Column<Reservation, ReservationSort>[] => [
  { head: 'Name', cell: (it) => <Link to={to('reservation', { id: it.id })}>{nameOf(it)}</Link> },
  { head: 'When', cell: (it) => range(spanOf(it), zone, now), sort: { up: 'start', down: '-start' } },
  { head: 'Duration', cell: (it) => duration(lengthOf(it)) },
  { head: 'Resource', cell: (it) => unitsAndTitle(it.units, classes.get(it.device_class) ?? it.device_class) },
  { head: 'Mode', cell: (it) => MODES[it.mode] },
  { head: 'Status', cell: (it) => <ReservationStatus reservation={it} /> },
  { head: 'Cost', cell: (it) => money(priceOf(it.rate, it.units, spanOf(it)), it.currency) },
  { head: 'Owner', cell: (it) => it.owner },
]
