import { ActionGroup, Form } from '@patternfly/react-core/dist/esm/components/Form'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { useEffect, useId, useRef, useState } from 'react'
import type { DeviceClass, Pool, Reservation } from '../../api/types'
import { bodyOf, rebased, type Draft } from '../../booking/draft'
import { faultsOf, problemOf, type FieldFault } from '../../booking/forecast'
import { filesAfter, filesBefore, filesByRule } from '../../booking/home'
import { quotedName } from '../../booking/words'
import type { Instant } from '../../time/instants'
import { AmountFields } from './AmountFields'
import { Conflict } from './Conflict'
import { FormFaults } from './FormFaults'
import { FormIdProvider, focusField } from './field_ids'
import { KindFields } from './KindFields'
import { ModeCards } from './ModeCards'
import { NameField } from './NameField'
import { Refusal } from './Refusal'
import { Summary } from './Summary'
import { TimeFields } from './TimeFields'
import { useBooking } from './use_booking'
import { useFootHeight } from './use_foot_height'
import { useRoomBelow } from './use_room_below'
import { useSubmit, type Submission } from './use_submit'

interface Props {
  pool: Pool
  draft: Draft
  deviceClass: DeviceClass
  /** The reservation that is being changed, as it now stands. */
  own: Reservation | undefined
  teams: string[]
  zone: string
  now: Instant
  onChange(next: Draft): void
  onClose(): void
  onDone(reservation: Reservation): void
}

/** The booking that the selection stands for. The server decides; what is said here before its answer is counted, and says so. */
export function BookingForm({ pool, draft, deviceClass, own, teams, zone, now, onChange, onClose, onDone }: Props) {
  const form = useId()
  const drawer = useRef<HTMLElement>(null)
  useRoomBelow(drawer)
  const foot = useRef<HTMLDivElement>(null)
  useFootHeight(drawer, foot)
  const [typedFaults, setTypedFaults] = useState<{ start: string | null; end: string | null }>({
    start: null,
    end: null,
  })
  const typed: FieldFault[] = [
    { field: 'start', message: (draft.startNow ? null : typedFaults.start) ?? '' },
    { field: 'end', message: typedFaults.end ?? '' },
  ].filter((it) => it.message !== '')
  const booking = useBooking(pool, draft, deviceClass, own, now, typed.length === 0)
  const { submission, submit } = useSubmit(onDone)
  const [tried, setTried] = useState(0)
  // Whoever asked to change something goes on with it, by keys too.
  const title = useRef<HTMLHeadingElement>(null)
  const edits = draft.editing !== null
  useEffect(() => {
    if (edits) title.current?.focus()
  }, [edits])
  const change = (part: Partial<Draft>) => onChange({ ...draft, ...part })

  const told = problemOf(booking.verdict)
  const unsendable = [...typed, ...booking.unreadable]
  const refused = refusedFields(submission, draft, zone, now)
  const faults = [...unsendable, ...(told ? faultsOf(told, zone, now) : refused)]
  const sending = submission.phase === 'sending' || submission.phase === 'checking'
  const editing = draft.editing
  const stale = editing && own && own.version !== editing.version ? own : undefined

  // The first field at fault gets the focus when something was sent, or would have been; not while one corrects the next.
  const first = useRef('')
  first.current = faults[0]?.field ?? ''
  const refusal = submission.phase === 'refused' ? submission.error : null
  useEffect(() => {
    if (tried > 0 || refusal?.problem?.errors) focusField(form, first.current)
  }, [form, tried, refusal])

  const send = () => {
    if (sending) return
    if (faults.length > 0 && (unsendable.length > 0 || told)) {
      setTried((count) => count + 1)
      return
    }
    const { verdict, missing } = booking
    void submit(draft, deviceClass, verdict.phase === 'told' && verdict.forecast.fits && missing.length === 0)
  }
  const verb = editing ? 'Save changes' : 'Reserve'
  const nameFault = faults.find((it) => it.field === 'name')?.message
  return (
    <FormIdProvider value={form}>
      <section ref={drawer} className="berth-drawer" aria-labelledby="booking-title">
        <div className="berth-drawer-head">
          <h2 id="booking-title" ref={title} tabIndex={-1}>
            {editing ? `Edit ${quotedName(editing.name, editing.was, zone)}` : 'New reservation'}
          </h2>
          <Button variant="plain" aria-label="Close the form" onClick={onClose}>
            ✕
          </Button>
        </div>
        <Form
          noValidate
          onSubmit={(event) => {
            event.preventDefault()
            send()
          }}
        >
          {/* In the form, so that the foot stays at the bottom over it too. */}
          <Conflict
            pool={pool}
            draft={draft}
            booking={booking}
            submission={submission}
            zone={zone}
            now={now}
            onChange={onChange}
          />
          <TimeFields
            draft={draft}
            policy={booking.policy}
            faults={faults}
            zone={zone}
            now={now}
            onChange={change}
            onInvalid={(field, message) => setTypedFaults((old) => ({ ...old, [field]: message }))}
          />
          <KindFields pool={pool} draft={draft} booking={booking} teams={teams} faults={faults} onChange={change} />
          <ModeCards
            mode={draft.mode}
            deviceClass={deviceClass}
            units={draft.units}
            onChange={(mode) => change({ mode })}
          />
          <AmountFields draft={draft} deviceClass={deviceClass} faults={faults} onChange={change} />
          <NameField name={draft.name} fault={nameFault} onChange={(name) => change({ name })} />
          <p className="berth-hint berth-files-hint">
            {booking.verdict.phase === 'told' && booking.verdict.forecast.home
              ? `${filesBefore(booking.verdict.forecast.home, zone)} ${filesAfter(booking.verdict.forecast.home, zone)}`
              : filesByRule(pool.policy)}
            {draft.unit !== null &&
              !editing &&
              ' Any free unit of the kind is used: it may be another lane than the one you chose.'}
          </p>
          <div ref={foot} className="berth-form-foot">
            {/* What became of it is told beside the button that was pressed: there it is seen. */}
            <Refusal
              submission={submission}
              stale={stale}
              faults={refused}
              zone={zone}
              now={now}
              editing={editing}
              pool={pool}
              onAdopt={(current) => onChange(rebased(draft, deviceClass, current, pool))}
            />
            {tried > 0 && faults.length > 0 && refused.length === 0 && <FormFaults key={tried} faults={faults} />}
            <Summary draft={draft} booking={booking} faults={faults} zone={zone} now={now} />
            {submission.phase === 'checking' && (
              <p role="status">We did not get an answer. Checking whether your reservation exists...</p>
            )}
            <ActionGroup>
              <Button type="submit" isAriaDisabled={sending} isLoading={sending} spinnerAriaLabel="Working">
                {sending ? (editing ? 'Saving...' : 'Reserving...') : verb}
              </Button>
              <Button variant="link" onClick={onClose}>
                Cancel
              </Button>
            </ActionGroup>
          </div>
        </Form>
      </section>
    </FormIdProvider>
  )
}

/** Fields that the server refused when exactly this was sent. */
function refusedFields(submission: Submission, draft: Draft, zone: string, now: Instant): FieldFault[] {
  if (submission.phase !== 'refused' || submission.body !== JSON.stringify(bodyOf(draft))) return []
  return faultsOf(submission.error.problem, zone, now)
}
