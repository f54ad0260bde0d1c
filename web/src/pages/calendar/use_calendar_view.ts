import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { useAvailability, useCalendar } from '../../api/queries'
import type { DeviceClass, Pool } from '../../api/types'
import { readAvailability } from '../../booking/availability'
import { wishOf, type Draft } from '../../booking/draft'
import { shortages } from '../../booking/fit'
import { makeAxis } from '../../time/axis'
import { MINUTE, type Instant } from '../../time/instants'
import { rowsOf, type Row } from '../../timeline/rows'
import { classRuns, dailyRuns, resourceRuns, type Run } from '../../timeline/strips'
import { useEditAddress } from '../../ui/edit_address'
import { datesOf, readPlace, readSpanOf, writePlace, type Place } from './address'

/** What the calendar shows: the place in the address, the data of its range, and both as rows. */
export function useCalendarView(
  pool: Pool,
  zone: string,
  today: string,
  now: Instant,
  draft: Draft | null,
  deviceClass: DeviceClass | undefined,
  phone: boolean,
) {
  const [params] = useSearchParams()
  const edit = useEditAddress()
  const place = useMemo(() => readPlace(params, today), [params, today])
  const change = useCallback(
    // Back goes to the days that were looked at before; how they are shown is no place to go back to.
    (part: Partial<Place>) =>
      edit((old) => writePlace(old, part), { step: part.date !== undefined || part.view !== undefined }),
    [edit],
  )
  const step = pool.policy.step_minutes * MINUTE
  const { first, days } = datesOf(place.view, place.date)
  const axis = useMemo(() => makeAxis(first, days, zone, step), [first, days, zone, step])

  const read = useMemo(() => readSpanOf(first, days), [first, days])
  const calendar = useCalendar(pool.name, read)
  const availability = useAvailability(pool.name, read)
  const free = useMemo(() => (availability.data ? readAvailability(availability.data) : undefined), [availability.data])
  const toggled = useMemo(() => new Set(place.toggled), [place.toggled])
  const allLanes = phone || place.list
  const rows = useMemo(
    () =>
      rowsOf({
        pool,
        calendar: calendar.data,
        free,
        kind: place.kind,
        toggled,
        stripsOnly: place.view === 'month',
        allLanes,
      }),
    [pool, calendar.data, free, place.kind, toggled, place.view, allLanes],
  )
  const wish = useMemo(() => {
    const it = draft && deviceClass ? wishOf(draft, deviceClass, now) : null
    return it && Number.isFinite(it.cpu + it.memory_gib + it.storage_gib) ? it : null
  }, [draft, deviceClass, now])
  const runsOf = useCallback(
    (row: Row): Run[] => {
      if (row.kind === 'lane') return []
      const runs = row.kind === 'class' ? classRuns(row, axis, free, wish) : resourceRuns(row, axis)
      return place.view === 'month' ? dailyRuns(runs, row.title, axis) : runs
    },
    [axis, free, wish, place.view],
  )
  const toggle = useCallback(
    (name: string) => {
      const next = new Set(toggled)
      if (!next.delete(name)) next.add(name)
      change({ toggled: [...next] })
    },
    [toggled, change],
  )
  const doneNew = useCallback(
    (shown: Partial<Place>) =>
      edit((old) => {
        const next = writePlace(old, shown)
        next.delete('new')
        return next
      }),
    [edit],
  )
  return {
    place,
    change,
    axis,
    calendar,
    availability,
    free,
    rows,
    runsOf,
    toggle,
    conflict: Boolean(free && wish && wish.end > wish.start && shortages(free, wish).length > 0),
    wantsNew: params.get('new') === '1' || params.get('new') === 'soonest',
    wantsSoonest: params.get('new') === 'soonest',
    doneNew,
  }
}
