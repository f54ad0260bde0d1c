import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { useState } from 'react'
import { referenceOf, sentenceOf } from '../../api/errors'
import { useEditReservation, useExtendReservation, useForecast, useReservation } from '../../api/queries'
import type { Forecast, ReservationCheck } from '../../api/types'
import { filesAfter } from '../../booking/home'
import { inZone } from '../../booking/forecast'
import { quotedName } from '../../booking/words'
import { changeWords, duration, range, when } from '../../time/format'
import { fromRfc3339, toRfc3339, type Instant } from '../../time/instants'
import type { Bar } from '../../timeline/rows'
import { useAnnounce } from '../../ui/announce'
import { ConfirmByName } from '../../ui/ConfirmByName'

interface Props {
  bar: Bar
  /** Where the end was dragged to. */
  proposed: Instant
  step: number
  zone: string
  now: Instant
  onClose(): void
}

/** Another end for what runs: what the server says of it before anything is changed. Buttons do what the pointer did. */
export function ChangeEnd({ bar, proposed, step, zone, now, onClose }: Props) {
  const id = bar.reservation ?? ''
  const own = useReservation(id, true).data
  const [end, setEnd] = useState(proposed)
  const extend = useExtendReservation()
  const edit = useEditReservation()
  const announce = useAnnounce()
  const present = own ? fromRfc3339(own.end) : bar.end
  const later = end > present
  const forecast = useForecast(own && end !== present ? questionOf(id, own.version, end, later) : null)
  const first = Math.floor(now / step) * step + step
  const move = (by: number) => setEnd((old) => Math.max(old + by, first))
  const done = {
    onSuccess: () => {
      announce(`Now ends ${when(end, zone, now)}.`)
      onClose()
    },
  }
  const save = () => {
    if (!own || end === present) return onClose()
    if (later) extend.mutate({ id, version: own.version, end: toRfc3339(end) }, done)
    else edit.mutate({ id, body: { version: own.version, end: toRfc3339(end) } }, done)
  }
  const failed = extend.error ?? edit.error
  const verb = end === present ? 'Leave it as it is' : `${later ? 'Extend to' : 'Shorten to'} ${when(end, zone, now)}`
  return (
    <ConfirmByName
      title={`Change the end of ${quotedName(bar.name, bar, zone)}`}
      name={null}
      action={verb}
      safe="Cancel"
      harmless={later}
      busy={extend.isPending || edit.isPending}
      onConfirm={save}
      onClose={onClose}
      error={
        failed && (
          <Alert variant="danger" isInline role="alert" title="It was not changed.">
            {inZone(sentenceOf(failed), zone, now)} Reference {referenceOf(failed)}.
          </Alert>
        )
      }
    >
      <p>{range({ start: bar.start, end }, zone, now)}</p>
      <div className="berth-chips">
        <Button variant="secondary" isAriaDisabled={end <= first} onClick={() => move(-step)}>
          {duration(step)} less
        </Button>
        <Button variant="secondary" onClick={() => move(step)}>
          {duration(step)} more
        </Button>
      </div>
      <p role="status" aria-label="Fit">
        {end === present
          ? 'It ends then already.'
          : forecast.data
            ? verdictWords(forecast.data, zone, now)
            : forecast.error
              ? 'The server does not say right now whether that can be had.'
              : 'Asking the server...'}
      </p>
      {!later && end !== present && (
        <p>{forecast.data?.home ? filesAfter(forecast.data.home, zone) : 'The workspace is removed at its end.'}</p>
      )}
    </ConfirmByName>
  )
}

const questionOf = (reservation: string, version: number, end: Instant, later: boolean): ReservationCheck =>
  later
    ? { reservation, extend: { version, end: toRfc3339(end) } }
    : { reservation, edit: { version, end: toRfc3339(end) } }

function verdictWords({ fits, problem, price, furthest }: Forecast, zone: string, now: Instant): string {
  if (!fits) {
    const most = furthest?.end ? ` It can go to ${when(fromRfc3339(furthest.end), zone, now)}.` : ''
    return `${inZone(problem?.detail ?? 'That cannot be had.', zone, now)}${most}`
  }
  return price?.change ? `That can be had: ${changeWords(price.change, price.currency)}.` : 'That can be had.'
}
