import type { DeviceClass, Pool, Reservation, ReservationCreate, ReservationEdit } from '../api/types'
import { fromRfc3339, toRfc3339, type Instant, type Span } from '../time/instants'
import type { Wish } from './fit'
import type { Mode } from './words'

/** A booking as it is being put together. It outlives the page that shows it, so that a sign-in in between loses nothing. */
export interface Draft {
  pool: string
  deviceClass: string
  units: number
  /** The start is the moment of booking; `start` is then only where the selection began. */
  startNow: boolean
  start: Instant
  end: Instant
  /** As typed; null follows the class's default. */
  cpu: string | null
  memory: string | null
  storage: string | null
  mode: Mode
  name: string
  team: string | null
  /** The lane the selection was made on, for painting it. Any free unit will be used. */
  unit: string | null
  /** The reservation that is being changed. */
  editing: Editing | null
}

/** What can be changed of a reservation. */
export interface Shape extends Span {
  deviceClass: string
  units: number
  cpu: number
  memory_gib: number
  storage_gib: number
  mode: Mode
  name: string
}

export interface Editing {
  id: string
  version: number
  name: string
  /** As it was when this was put into the form: what differs from it was changed here, and only that is sent. */
  was: Shape
}

export const shapeOf = (it: Reservation): Shape => ({
  deviceClass: it.device_class,
  units: it.units,
  start: fromRfc3339(it.start),
  end: fromRfc3339(it.end),
  cpu: it.cpu,
  memory_gib: it.memory_gib,
  storage_gib: it.storage_gib,
  mode: it.mode,
  name: it.name,
})

export const newDraft = (pool: string, deviceClass: string, span: Span, startNow: boolean): Draft => ({
  pool,
  deviceClass,
  units: 1,
  startNow,
  ...span,
  cpu: null,
  memory: null,
  storage: null,
  mode: 'interactive_ml',
  name: '',
  team: null,
  unit: null,
  editing: null,
})

export interface Amounts {
  cpu: number
  memory_gib: number
  storage_gib: number
}

export type AmountField = keyof Amounts

const typed = (text: string | null, fallback: number): number => (text === null ? fallback : Number(text.trim() || NaN))

/** What a draft asks for: typed amounts, or the class's defaults for so many units. NaN where the typed text is no number. */
export function amountsOf(draft: Draft, deviceClass: DeviceClass): Amounts {
  const { cpu, memory_gib, storage_gib } = deviceClass.defaults
  return {
    cpu: typed(draft.cpu, cpu * draft.units),
    memory_gib: typed(draft.memory, memory_gib * draft.units),
    storage_gib: typed(draft.storage, storage_gib * draft.units),
  }
}

const WHOLE: ReadonlySet<AmountField> = new Set(['memory_gib', 'storage_gib'])
const AMOUNT_NAMES: Record<AmountField, string> = { cpu: 'CPU', memory_gib: 'Memory', storage_gib: 'Storage' }

/** Amounts whose text is no number, or a part of a GiB, so that nothing can be asked about them. */
export const unreadable = (amounts: Amounts): { field: AmountField; message: string }[] =>
  (Object.keys(AMOUNT_NAMES) as AmountField[])
    .filter((field) => !(WHOLE.has(field) ? Number.isInteger : Number.isFinite)(amounts[field]))
    .map((field) => ({
      field,
      message: `${AMOUNT_NAMES[field]} is a ${WHOLE.has(field) ? 'whole number of GiB' : 'number'}.`,
    }))

/** The window that a draft stands for at `now`. */
export const spanOf = (draft: Draft, now: Instant): Span => ({
  start: draft.startNow ? now : draft.start,
  end: draft.end,
})

export const wishOf = (draft: Draft, deviceClass: DeviceClass, now: Instant): Wish => ({
  deviceClass: draft.deviceClass,
  units: draft.units,
  ...amountsOf(draft, deviceClass),
  ...spanOf(draft, now),
})

/** The body that books a draft. Amounts that were not typed are left to the server, which has the same defaults. */
export function bodyOf(draft: Draft): ReservationCreate {
  return {
    pool: draft.pool,
    device_class: draft.deviceClass,
    units: draft.units,
    start: draft.startNow ? 'now' : toRfc3339(draft.start),
    end: toRfc3339(draft.end),
    mode: draft.mode,
    ...(draft.cpu === null ? {} : { cpu: Number(draft.cpu) }),
    ...(draft.memory === null ? {} : { memory_gib: Number(draft.memory) }),
    ...(draft.storage === null ? {} : { storage_gib: Number(draft.storage) }),
    ...(draft.name.trim() ? { name: draft.name.trim() } : {}),
    ...(draft.team ? { team: draft.team } : {}),
  }
}

/** The parts of a shape that `a` and `b` do not share. */
const differing = (a: Shape, b: Shape): (keyof Shape)[] =>
  (Object.keys(a) as (keyof Shape)[]).filter((part) => a[part] !== b[part])

/** What was changed in the form since the reservation was put into it. */
export function changedParts(draft: Draft, deviceClass: DeviceClass, was: Shape): ReadonlySet<keyof Shape> {
  const { units, start, end, mode } = draft
  const is = { deviceClass: draft.deviceClass, units, start, end, mode, name: draft.name.trim() }
  const parts = new Set(differing(was, { ...is, ...amountsOf(draft, deviceClass) }))
  if (draft.startNow) parts.add('start')
  return parts
}

/** Only what was changed here, so that what someone else changed meanwhile is not put back unseen. */
export function editOf(draft: Draft, deviceClass: DeviceClass, editing: Editing): ReservationEdit {
  const changed = changedParts(draft, deviceClass, editing.was)
  const amounts = amountsOf(draft, deviceClass)
  // Another kind or number of units gets its defaults where no amounts are said: those in the form are meant.
  const reshaped = changed.has('deviceClass') || changed.has('units')
  const sent = (field: AmountField) => (reshaped || changed.has(field) ? { [field]: amounts[field] } : {})
  return {
    version: editing.version,
    ...(changed.has('deviceClass') ? { device_class: draft.deviceClass } : {}),
    ...(changed.has('units') ? { units: draft.units } : {}),
    ...(changed.has('start') ? { start: draft.startNow ? 'now' : toRfc3339(draft.start) } : {}),
    ...(changed.has('end') ? { end: toRfc3339(draft.end) } : {}),
    ...(changed.has('mode') ? { mode: draft.mode } : {}),
    ...(changed.has('name') ? { name: draft.name.trim() } : {}),
    ...sent('cpu'),
    ...sent('memory_gib'),
    ...sent('storage_gib'),
  }
}

/** What was changed here laid on what the reservation has become meanwhile. */
export function rebased(draft: Draft, deviceClass: DeviceClass, current: Reservation, pool: Pool): Draft {
  if (!draft.editing) return draft
  const mine = changedParts(draft, deviceClass, draft.editing.was)
  const shape = shapeOf(current)
  const theirs = draftFrom(current, pool, { start: shape.start, end: shape.end }, true)
  const start = mine.has('start') ? draft : theirs
  const reshaped = mine.has('deviceClass') || mine.has('units')
  const amount = (field: AmountField) => (reshaped || mine.has(field) ? draft : theirs)
  return {
    ...theirs,
    deviceClass: mine.has('deviceClass') ? draft.deviceClass : theirs.deviceClass,
    units: mine.has('units') ? draft.units : theirs.units,
    startNow: start.startNow,
    start: start.start,
    end: mine.has('end') ? draft.end : theirs.end,
    mode: mine.has('mode') ? draft.mode : theirs.mode,
    name: mine.has('name') ? draft.name : theirs.name,
    cpu: amount('cpu').cpu,
    memory: amount('memory_gib').memory,
    storage: amount('storage_gib').storage,
  }
}

/** A draft with what an offered booking says. Name, team and what is being edited stay. */
export function applyOffer(draft: Draft, offer: ReservationCreate, deviceClass: DeviceClass | undefined): Draft {
  const startNow = offer.start === 'now'
  const start = startNow ? draft.start : fromRfc3339(offer.start)
  const end = offer.end ? fromRfc3339(offer.end) : start + (offer.duration_minutes ?? 0) * 60_000
  const kept = (value: number | undefined, fallback: number | undefined) =>
    value === undefined || (fallback !== undefined && value === fallback * offer.units) ? null : String(value)
  return {
    ...draft,
    deviceClass: offer.device_class,
    units: offer.units,
    startNow,
    start,
    end,
    cpu: kept(offer.cpu, deviceClass?.defaults.cpu),
    memory: kept(offer.memory_gib, deviceClass?.defaults.memory_gib),
    storage: kept(offer.storage_gib, deviceClass?.defaults.storage_gib),
    mode: offer.mode ?? draft.mode,
    unit: null,
  }
}

/** The draft that books the like of a reservation, or changes it. */
export function draftFrom(it: Reservation, pool: Pool, span: Span, editing: boolean): Draft {
  const defaults = pool.device_classes.find((entry) => entry.name === it.device_class)?.defaults
  const kept = (value: number, fallback: number | undefined) =>
    fallback !== undefined && value === fallback * it.units ? null : String(value)
  return {
    ...newDraft(it.pool, it.device_class, span, false),
    units: it.units,
    cpu: kept(it.cpu, defaults?.cpu),
    memory: kept(it.memory_gib, defaults?.memory_gib),
    storage: kept(it.storage_gib, defaults?.storage_gib),
    mode: it.mode,
    name: it.name,
    team: it.team,
    // Painted where it lies: on another lane it would look like a second booking.
    unit: editing && it.node && it.unit_names?.[0] ? `${it.node} ${it.unit_names[0]}` : null,
    editing: editing ? { id: it.id, version: it.version, name: it.name, was: shapeOf(it) } : null,
  }
}
