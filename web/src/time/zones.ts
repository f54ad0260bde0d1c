import { Temporal } from 'temporal-polyfill'
import { MINUTE, type Instant } from './instants'

const known = new Map<string, boolean>()

/** Whether `id` is a zone this browser knows, such as Europe/Berlin or UTC. */
export function isZone(id: string): boolean {
  let answer = known.get(id)
  if (answer === undefined) {
    answer = /^[A-Za-z][A-Za-z0-9+_/-]{1,63}$/.test(id)
    if (answer) {
      try {
        new Intl.DateTimeFormat('en-GB', { timeZone: id })
      } catch {
        answer = false
      }
    }
    known.set(id, answer)
  }
  return answer
}

export const deviceZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'

export const allZones = (): string[] => ['UTC', ...Intl.supportedValuesOf('timeZone').filter((id) => id !== 'UTC')]

export const zoned = (at: Instant, zone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone)

/** A stretch of time in which a zone keeps one offset. */
interface Era {
  start: Instant
  end: Instant
  offset: number
  name: string | null
}

const eras = new Map<string, Era[]>()

/** Thousands of times are shown at once, and their zone changes twice a year: each stretch is asked for once. */
function eraAt(at: Instant, zone: string): Era {
  let known = eras.get(zone)
  if (!known) eras.set(zone, (known = []))
  const found = known.find((era) => era.start <= at && at < era.end)
  if (found) return found
  const before = zoned(at + 1, zone).getTimeZoneTransition('previous')
  const after = zoned(at, zone).getTimeZoneTransition('next')
  const era: Era = {
    start: before?.epochMilliseconds ?? -Infinity,
    end: after?.epochMilliseconds ?? Infinity,
    offset: zoned(at, zone).offsetNanoseconds / 1e6,
    name: null,
  }
  known.push(era)
  return era
}

/** Offset from UTC in milliseconds at an instant. */
export const offsetAt = (at: Instant, zone: string): number => eraAt(at, zone).offset

/** What a clock and a calendar in the zone show, as the UTC fields of a shifted date. */
export const localFields = (at: Instant, zone: string): Date => new Date(at + eraAt(at, zone).offset)

/** `UTC`, `UTC+1`, `UTC-3:30`. */
export function offsetLabel(at: Instant, zone: string): string {
  const minutes = Math.round(offsetAt(at, zone) / MINUTE)
  if (minutes === 0) return 'UTC'
  const size = Math.abs(minutes)
  const rest = size % 60
  return `UTC${minutes < 0 ? '-' : '+'}${Math.floor(size / 60)}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`
}

const namers = new Map<string, Intl.DateTimeFormat>()

function shortName(locale: string, zone: string, at: Instant): string {
  const key = `${locale} ${zone}`
  let format = namers.get(key)
  if (!format) {
    format = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: 'short', hour: 'numeric' })
    namers.set(key, format)
  }
  return format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? ''
}

/** What the zone is called at an instant: `CET`, `EDT`; the offset where it has no letters of its own. */
export function abbreviation(at: Instant, zone: string): string {
  const era = eraAt(at, zone)
  return (era.name ??= nameAt(at, zone))
}

function nameAt(at: Instant, zone: string): string {
  if (zone === 'UTC') return 'UTC'
  for (const locale of ['en-GB', 'en-US']) {
    const name = shortName(locale, zone, at)
    if (/^[A-Z]{2,5}$/.test(name) && (name !== 'GMT' || offsetAt(at, zone) === 0)) return name
  }
  return offsetLabel(at, zone)
}

/** `Berlin` for Europe/Berlin. */
export const cityOf = (zone: string): string => (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ')

/** The text of the zone chip: `Berlin, UTC+1`. */
export function zoneChip(at: Instant, zone: string): string {
  return zone === 'UTC' ? 'UTC' : `${cityOf(zone)}, ${offsetLabel(at, zone)}`
}
