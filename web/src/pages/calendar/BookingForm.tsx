import { ActionGroup, Form, FormGroup } from '@patternfly/react-core/dist/esm/components/Form'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput'
import { useState } from 'react'
import type { DeviceClass, Pool, Reservation } from '../../api/types'
import type { Draft } from '../../booking/draft'
import type { Instant } from '../../time/instants'
import { AmountFields } from './AmountFields'
import { Conflict } from './Conflict'
import { FormFaults } from './FormFaults'
import { KindFields } from './KindFields'
import { ModeCards } from './ModeCards'
import { Refusal } from './Refusal'
import { Summary } from './Summary'
import { TimeFields } from './TimeFields'
import { useBooking } from './use_booking'
import { useSubmit } from './use_submit'

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

const MOST_NAME_LENGTH = 100

/** The booking that the selection stands for. The server decides; what is said here before is by the same numbers. */
export function BookingForm({ pool, draft, deviceClass, own, teams, zone, now, onChange, onClose, onDone }: Props) {
  const booking = useBooking(pool, draft, deviceClass, own, zone, now)
  const { submission, submit } = useSubmit(onDone)
  const [typedFaults, setTypedFaults] = useState<{ start: string | null; end: string | null }>({
    start: null,
    end: null,
  })
  const [tried, setTried] = useState(0)
  const change = (part: Partial<Draft>) => onChange({ ...draft, ...part })

  const faults = [
    ...(draft.startNow ? [] : [typedFaults.start ?? '']).map((message) => ({ id: 'start', message })),
    { id: 'end', message: typedFaults.end ?? '' },
    ...booking.timeFaults.map(({ field, message }) => ({ id: field as string, message })),
    ...booking.amountFaults.map(({ field, message }) => ({ id: field as string, message })),
  ].filter((it) => it.message !== '')
  const sending = submission.phase === 'sending' || submission.phase === 'checking'
  const editing = draft.editing
  const stale = editing && own && own.version !== editing.version ? own : undefined

  const send = () => {
    if (sending) return
    if (faults.length > 0) {
      setTried((count) => count + 1)
      return
    }
    void submit(draft, deviceClass)
  }
  const verb = editing ? 'Save changes' : 'Reserve'
  return (
    <section className="berth-drawer" aria-labelledby="booking-title">
      <div className="berth-drawer-head">
        <h2 id="booking-title" tabIndex={-1}>
          {editing ? `Edit "${editing.name}"` : 'New reservation'}
        </h2>
        <Button variant="plain" aria-label="Close the form" onClick={onClose}>
          ✕
        </Button>
      </div>
      <Conflict
        pool={pool}
        draft={draft}
        booking={booking}
        submission={submission}
        zone={zone}
        now={now}
        onChange={onChange}
      />
      <Refusal
        submission={submission}
        stale={stale}
        zone={zone}
        onAdopt={(version) => editing && change({ editing: { ...editing, version } })}
      />
      <FormFaults key={tried} faults={tried > 0 ? faults : []} />
      <Form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          send()
        }}
      >
        <KindFields pool={pool} draft={draft} booking={booking} teams={teams} onChange={change} />
        <TimeFields
          draft={draft}
          rules={booking.rules}
          faults={booking.timeFaults}
          zone={zone}
          now={now}
          onChange={change}
          onInvalid={(field, message) => setTypedFaults((old) => ({ ...old, [field]: message }))}
        />
        <ModeCards
          mode={draft.mode}
          deviceClass={deviceClass}
          units={draft.units}
          onChange={(mode) => change({ mode })}
        />
        <AmountFields draft={draft} deviceClass={deviceClass} faults={booking.amountFaults} onChange={change} />
        <FormGroup label="Name (optional)" fieldId="booking-name">
          <TextInput
            id="booking-name"
            value={draft.name}
            maxLength={MOST_NAME_LENGTH}
            autoComplete="off"
            onChange={(_, name) => change({ name })}
          />
        </FormGroup>
        <div className="berth-form-foot">
          <Summary pool={pool} draft={draft} booking={booking} failed={booking.query.isError} zone={zone} />
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
  )
}
