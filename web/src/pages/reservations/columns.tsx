import { Link } from 'react-router'
import type { Reservation, ReservationSort } from '../../api/types'
import { ReservationStatus } from '../../app/ReservationStatus'
import { to } from '../../app/routes'
import { costOf, heldSpan, unitsAndTitle } from '../../booking/words'
import { lengthOf, range } from '../../time/format'
import type { Instant } from '../../time/instants'
import type { Column } from '../../ui/DataTable'

const MODES = { interactive_ml: 'Interactive ML', inference_containers: 'Inference containers' }

export const columnsOf = (
  classes: Map<string, string>,
  titleOf: (it: Reservation) => string,
  zone: string,
  now: Instant,
): Column<Reservation, ReservationSort>[] => [
  { head: 'Name', cell: (it) => <Link to={to('reservation', { id: it.id })}>{titleOf(it)}</Link> },
  { head: 'When', cell: (it) => range(heldSpan(it), zone, now), sort: { up: 'start', down: '-start' } },
  { head: 'Duration', cell: (it) => lengthOf(heldSpan(it)) },
  { head: 'Resource', cell: (it) => unitsAndTitle(it.units, classes.get(it.device_class) ?? it.device_class) },
  { head: 'Mode', cell: (it) => MODES[it.mode] },
  { head: 'Status', cell: (it) => <ReservationStatus reservation={it} /> },
  { head: 'Cost', cell: costOf },
  { head: 'Owner', cell: (it) => it.owner },
]
