import type { Calendar, CalendarBar, CalendarLane, Pool } from '../api/types'
import type { Free, Stretch } from '../booking/availability'
import { laneTitle } from '../booking/words'
import { fromRfc3339, type Span } from '../time/instants'

export interface Bar extends Span {
  kind: CalendarBar['kind']
  reservation: string | null
  name: string
  owner: string
  state: string
  phase: string
}

export interface ClassRow {
  kind: 'class'
  key: string
  deviceClass: string
  title: string
  total: number
  stretches: Stretch[] | null
  lanes: number
  expandable: boolean
  expanded: boolean
}

export interface LaneRow {
  kind: 'lane'
  key: string
  deviceClass: string
  unit: string
  node: string
  /** `Slice 2, 24 GB`. The number is that of the lane, not of a device one would get. */
  title: string
  outOfService: boolean
  /** Null while loading. */
  bars: Bar[] | null
}

export interface ResourceRow {
  kind: 'resource'
  key: string
  resource: 'cpu' | 'memory_gib'
  title: string
  total: number
  stretches: Stretch[] | null
}

export type Row = ClassRow | LaneRow | ResourceRow

/** More lanes of a class than this are shown as the strip alone until they are asked for. */
export const MOST_LANES_AT_ONCE = 8

export interface RowsInput {
  pool: Pool
  calendar: Calendar | undefined
  free: Free | undefined
  /** Only this class; all when empty. */
  kind: string
  /** Classes whose lanes were asked for or sent away by hand. */
  toggled: ReadonlySet<string>
  stripsOnly: boolean
  /** A list shows what is booked on every lane, folded away or not. */
  allLanes?: boolean
}

export function rowsOf({ pool, calendar, free, kind, toggled, stripsOnly, allLanes = false }: RowsInput): Row[] {
  const rows: Row[] = []
  const severalNodes = pool.nodes.length > 1
  const lanes = calendar?.lanes ?? lanesOf(pool)
  for (const entry of pool.device_classes) {
    if (kind && entry.name !== kind) continue
    const own = lanes.filter((lane) => lane.device_class === entry.name)
    const many = own.length > MOST_LANES_AT_ONCE
    const expanded = allLanes || (!stripsOnly && many === toggled.has(entry.name))
    const series = free?.units.get(entry.name)
    rows.push({
      kind: 'class',
      key: `class ${entry.name}`,
      deviceClass: entry.name,
      title: entry.title,
      total: series?.total ?? entry.units,
      stretches: series?.stretches ?? null,
      lanes: own.length,
      expandable: !stripsOnly && own.length > 1,
      expanded,
    })
    if (!expanded) continue
    own.forEach((lane, index) => {
      rows.push({
        kind: 'lane',
        key: `lane ${lane.node} ${lane.unit}`,
        deviceClass: entry.name,
        unit: `${lane.node} ${lane.unit}`,
        node: severalNodes ? lane.node : '',
        title: laneTitle(entry.title, index + 1, own.length),
        outOfService: lane.out_of_service,
        bars: calendar ? lane.bars.map(barOf) : null,
      })
    })
  }
  rows.push(resourceRow('cpu', 'CPU', pool.capacity.cpu, free))
  rows.push(resourceRow('memory_gib', 'Memory, GiB', pool.capacity.memory_gib, free))
  return rows
}

function lanesOf(pool: Pool): CalendarLane[] {
  return pool.nodes.flatMap((node) =>
    node.units.map((unit) => ({
      node: node.name,
      unit: unit.name,
      device: unit.device,
      device_class: unit.device_class,
      slots: unit.slots,
      out_of_service: unit.out_of_service,
      bars: [],
    })),
  )
}

function resourceRow(
  resource: 'cpu' | 'memory_gib',
  title: string,
  total: number,
  free: Free | undefined,
): ResourceRow {
  return { kind: 'resource', key: resource, resource, title, total, stretches: free?.[resource].stretches ?? null }
}

const barOf = (bar: CalendarBar): Bar => ({
  start: fromRfc3339(bar.start),
  end: fromRfc3339(bar.end),
  kind: bar.kind,
  reservation: bar.reservation ?? null,
  name: bar.name ?? '',
  owner: bar.owner ?? '',
  state: bar.state ?? '',
  phase: bar.phase ?? '',
})
