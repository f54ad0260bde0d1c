import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useLocation, useNavigate } from 'react-router'
import { useDraft } from '../../app/draft'
import { to } from '../../app/routes'
import { useUser } from '../../app/SignedIn'
import { useZone } from '../../app/zone'
import { sentenceOf } from '../../api/errors'
import { useReadReservation, useReservation } from '../../api/queries'
import type { Pool, Reservation } from '../../api/types'
import { draftFrom, newDraft, spanOf } from '../../booking/draft'
import { leastEnd, policyOf } from '../../booking/policy'
import { quotedName } from '../../booking/words'
import { clockWithZone, isoDate, lengthOf, range } from '../../time/format'
import type { Instant, Span } from '../../time/instants'
import { overlaps } from '../../time/instants'
import { dragged, isMovable, isRunning } from '../../timeline/grab'
import { isStranded } from '../../timeline/cells'
import type { Bar, Row } from '../../timeline/rows'
import { Timeline } from '../../timeline/Timeline'
import { useAnnounce } from '../../ui/announce'
import { ErrorPanel } from '../../ui/ErrorPanel'
import { PHONE, useMedia } from '../../ui/use_media'
import { useSlowNow } from '../../ui/use_now'
import { Agenda } from './Agenda'
import { BarPopover, type PointedBar } from './BarPopover'
import { BookingForm } from './BookingForm'
import { CancelReservation } from './CancelReservation'
import { ChangeEnd } from './ChangeEnd'
import { Help } from './Help'
import { Toolbar } from './Toolbar'
import { leastColumnPx, movedBy, type Place } from './address'
import { kindToPropose, proposedSpan, rememberKind, soonestFree, startInView } from './proposal'
import { useCalendarView } from './use_calendar_view'

export function PoolCalendar({ pools, pool }: { pools: Pool[]; pool: Pool }) {
  const zone = useZone()
  const now = useSlowNow()
  const user = useUser()
  const phone = useMedia(PHONE)
  const navigate = useNavigate()
  const announce = useAnnounce()
  const { draft: anyDraft, setDraft } = useDraft()
  const draft = anyDraft?.pool === pool.name ? anyDraft : null
  const today = isoDate(now, zone)
  const policy = useMemo(() => policyOf(pool), [pool])
  const [making, setMaking] = useState<Span | null>(null)
  const [help, setHelp] = useState(false)
  const [trouble, setTrouble] = useState('')
  const [canceling, setCanceling] = useState<Bar | null>(null)
  const [ending, setEnding] = useState<{ bar: Bar; end: Instant } | null>(null)
  const [pointed, setPointed] = useState<PointedBar | null>(null)
  const deviceClass = pool.device_classes.find((entry) => entry.name === draft?.deviceClass)
  const view = useCalendarView(pool, zone, today, now, draft, deviceClass, phone)
  const { place, change, axis, rows, runsOf, free } = view
  const own = useReservation(draft?.editing?.id ?? '', draft?.editing !== null && draft !== null)

  const select = useCallback(
    (kind: string, span: Span, unit: string | null) => {
      const startNow = span.start <= now
      // No shorter than the least that can be booked, as it would be refused.
      const wanted = { start: span.start, end: Math.max(span.end, leastEnd(startNow ? now : span.start, policy)) }
      setDraft((old) => {
        const kept =
          old?.pool === pool.name
            ? old
            : { ...newDraft(pool.name, kind, wanted, startNow), team: user.teams[0] ?? null }
        const same = kept.deviceClass === kind
        return {
          ...kept,
          ...wanted,
          startNow,
          deviceClass: kind,
          unit,
          ...(same ? {} : { units: 1, cpu: null, memory: null, storage: null }),
        }
      })
      announce(`Selected ${range(wanted, zone, now)}, ${lengthOf(wanted)}. The form is open.`)
    },
    [now, policy, setDraft, pool.name, user.teams, announce, zone],
  )
  const onSelect = useCallback(
    (rowKey: string, span: Span) => {
      setTrouble('')
      const row = rows.find((it) => it.key === rowKey)
      if (row?.kind === 'lane') select(row.deviceClass, span, row.unit)
    },
    [rows, select],
  )
  /** Opens the form with a proposal, and gives what the calendar is to show for it. */
  const openNew = useCallback(
    (soonest = false): Partial<Place> => {
      const kind = kindToPropose(pool, place.kind)
      const proposed = pool.device_classes.find((entry) => entry.name === kind)
      if (!kind || !proposed) return {}
      const soon = soonest && free ? soonestFree(free, proposed, policy, now) : null
      const start = soon ?? startInView(axis, place.date, policy, now)
      // What was being edited stays as it was; of a booking that is being put together the name and the like are kept.
      setDraft((old) => (old?.editing ? null : old))
      select(kind, proposedSpan(start, policy), null)
      return start < axis.start || start >= axis.end ? { date: isoDate(start, zone) } : {}
    },
    [pool, place.kind, place.date, axis, policy, now, zone, free, setDraft, select],
  )
  const readReservation = useReadReservation()
  // Wherever the focus is, but where it is something that one types.
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === '?' && !event.defaultPrevented && !isTyped(event.target)) setHelp(true)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
  /** The form with a reservation of one's own at another time: what that costs is told before it is saved. */
  const edit = async (bar: Bar, to: Span) => {
    if (!bar.reservation) return
    setTrouble('')
    if (isRunning(bar, now)) return setEnding({ bar, end: to.end })
    try {
      const it = await readReservation(bar.reservation)
      if (!it.may.includes('edit')) return setTrouble('This reservation can no longer be moved.')
      setDraft(draftFrom(it, pool, to, true))
      announce(`Moved to ${range(to, zone, now)}. Nothing is changed before you save it.`)
    } catch (error) {
      setTrouble(sentenceOf(error))
    }
  }
  // Once for each time that one comes here with the wish: what the effect sets in motion makes it run again before the
  // address has lost the wish, and would then take back whatever was chosen meanwhile.
  const { key: arrival } = useLocation()
  const answered = useRef<string | null>(null)
  const { wantsNew, wantsSoonest, doneNew } = view
  const counting = wantsSoonest && view.availability.isPending
  useEffect(() => {
    // The soonest is known once it is known what is free.
    if (!wantsNew || counting || answered.current === arrival) return
    answered.current = arrival
    doneNew(openNew(wantsSoonest))
  }, [wantsNew, wantsSoonest, counting, arrival, openNew, doneNew])

  const failed = view.calendar.error ?? view.availability.error
  const known = view.calendar.data !== undefined || view.availability.data !== undefined
  const asOf = failed && known ? { at: view.calendar.dataUpdatedAt || view.availability.dataUpdatedAt, zone } : null
  const disabled = failed !== null
  const span = draft ? spanOf(draft, now) : null
  const painted =
    span && draft
      ? { ...span, rowKey: laneToPaint(rows, draft.deviceClass, draft.unit, span), conflict: view.conflict }
      : null
  const formOpen = draft !== null && deviceClass !== undefined
  const done = (reservation: Reservation) => {
    rememberKind(pool.name, reservation.device_class)
    setDraft(null)
    void navigate(to('reservation', { id: reservation.id }))
  }
  const shownSpan = making ?? span
  const closePopover = useCallback(() => setPointed(null), [])

  return (
    <>
      {!(phone && formOpen) && (
        <Toolbar
          pools={pools}
          pool={pool}
          place={place}
          today={today}
          phone={phone}
          onChange={change}
          onNew={() => {
            const shown = openNew()
            if (shown.date) change(shown)
          }}
          onHelp={() => setHelp(true)}
        />
      )}
      {trouble && <Alert variant="warning" isInline role="alert" title={trouble} />}
      {failed && (
        <ErrorPanel
          what="The calendar"
          error={failed}
          asOf={asOf}
          retrying={view.calendar.isFetching}
          onRetry={() => {
            void view.calendar.refetch()
            void view.availability.refetch()
          }}
        />
      )}
      <div className={`berth-calendar${formOpen ? ' berth-with-form' : ''}`}>
        {!(phone && formOpen) && (
          <div className="berth-calendar-main">
            {phone || place.list ? (
              <Agenda
                rows={rows}
                free={view.free}
                axis={axis}
                policy={policy}
                now={now}
                disabled={disabled}
                onBook={(kind, span) => select(kind, span, null)}
              />
            ) : (
              <Timeline
                label={`Calendar of ${pool.name}`}
                axis={axis}
                rows={rows}
                runsOf={runsOf}
                now={now}
                horizon={now + policy.horizon}
                leastColumnPx={leastColumnPx(place.view, axis.step)}
                everyHour={place.view === 'day'}
                selected={painted}
                disabled={disabled}
                loading={view.calendar.isPending || view.calendar.isPlaceholderData}
                onSelect={onSelect}
                onMaking={setMaking}
                onMove={(bar, to) => void edit(bar, to)}
                onStays={(bar) => setTrouble(whyItStays(bar, zone, now))}
                onToggle={view.toggle}
                onHelp={() => setHelp(true)}
                onClear={() => setDraft(null)}
                onPeriod={(by) => change({ date: movedBy(place.view, place.date, by) })}
                onToday={() => change({ date: today })}
                onBar={(bar, rowKey, column, at) => {
                  const start = axis.columns[column]
                  if (start === undefined) return
                  const choose =
                    start + axis.step > now ? () => onSelect(rowKey, { start, end: start + axis.step }) : null
                  setPointed({
                    bar,
                    at,
                    outOfService: rows.some(
                      (row) => row.kind === 'lane' && row.key === rowKey && isStranded(row, bar, now),
                    ),
                    select:
                      choose &&
                      (() => {
                        choose()
                        closePopover()
                      }),
                  })
                }}
              />
            )}
            <p className="berth-selection-text" role="status" aria-label="Selection">
              {shownSpan
                ? `${making ? 'Selecting' : 'Selected'} ${range(shownSpan, zone, now)}, ${lengthOf(shownSpan)}.`
                : phone || place.list
                  ? ''
                  : 'Drag over free time, click its start and its end, or use the keys (? for help).'}
              {view.calendar.isFetching &&
                known &&
                ` Refreshing, as of ${clockWithZone(view.calendar.dataUpdatedAt || now, zone)}.`}
            </p>
          </div>
        )}
        {formOpen && (
          <BookingForm
            key={`${draft.editing?.id ?? 'new'}`}
            pool={pool}
            draft={draft}
            deviceClass={deviceClass}
            own={own.data}
            teams={user.teams}
            zone={zone}
            now={now}
            onChange={setDraft}
            onClose={() => setDraft(null)}
            onDone={done}
          />
        )}
      </div>
      {pointed && (
        <BarPopover
          {...pointed}
          zone={zone}
          now={now}
          onMove={
            isMovable(pointed.bar, now)
              ? () => {
                  void edit(pointed.bar, { start: pointed.bar.start, end: pointed.bar.end })
                  closePopover()
                }
              : null
          }
          onEnd={
            isRunning(pointed.bar, now)
              ? () => {
                  const later = dragged({ bar: pointed.bar, part: 'end' }, 1, policy.step, now)
                  void edit(pointed.bar, later)
                  closePopover()
                }
              : null
          }
          onCancel={
            isMovable(pointed.bar, now)
              ? () => {
                  setCanceling(pointed.bar)
                  closePopover()
                }
              : null
          }
          onClose={closePopover}
        />
      )}
      {canceling && <CancelReservation bar={canceling} zone={zone} now={now} onClose={() => setCanceling(null)} />}
      {ending && (
        <ChangeEnd
          bar={ending.bar}
          proposed={ending.end}
          step={policy.step}
          zone={zone}
          now={now}
          onClose={() => setEnding(null)}
        />
      )}
      {help && <Help onClose={() => setHelp(false)} />}
    </>
  )
}

/** Why a bar that was dragged is where it was. */
function whyItStays(bar: Bar, zone: string, now: Instant): string {
  const name = quotedName(bar.name, bar, zone, 'Your')
  if (isRunning(bar, now)) return `${name} runs: its start stays. Drag its end, or choose "Change its end".`
  if (bar.end <= now || bar.state !== 'APPROVED') return `${name} is over, and stays where it was.`
  return `${name} is about to start, and stays where it is. Its end can be changed once it runs.`
}

const isTyped = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('input, select, textarea, [contenteditable]') !== null

/** The lane that was pointed at; else one on which the time is free. */
function laneToPaint(rows: Row[], deviceClass: string, unit: string | null, span: Span): string {
  const lanes = rows.filter((row) => row.kind === 'lane' && row.deviceClass === deviceClass)
  const own = lanes.find((row) => row.kind === 'lane' && row.unit === unit)
  const free = lanes.find(
    (row) => row.kind === 'lane' && !row.outOfService && !(row.bars ?? []).some((bar) => overlaps(bar, span)),
  )
  return (own ?? free ?? lanes[0])?.key ?? ''
}
