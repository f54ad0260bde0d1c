import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { Form, FormGroup } from '@patternfly/react-core/dist/esm/components/Form'
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput'
import { useState } from 'react'
import { sentenceOf } from '../../api/errors'
import { useAddGuest, useGuests, useMe, useRemoveGuest } from '../../api/queries'
import type { Reservation } from '../../api/types'
import { ErrorPanel } from '../../ui/ErrorPanel'
import { Loading } from '../../ui/Loading'

const LONGEST_EMAIL = 254

/** Who may open the workspace besides its owner, who changes that here. */
export function Guests({ reservation }: { reservation: Reservation }) {
  const { id } = reservation
  const guests = useGuests(id)
  const me = useMe()
  const add = useAddGuest(id)
  const remove = useRemoveGuest(id)
  const [email, setEmail] = useState('')
  const shares = reservation.may.includes('share')
  const fault = add.error ?? remove.error
  return (
    <section aria-labelledby="guests" className="berth-block">
      <h2 id="guests">Who has access</h2>
      {guests.error && (
        <ErrorPanel
          what="Who has access"
          error={guests.error}
          onRetry={() => void guests.refetch()}
          retrying={guests.isFetching}
        />
      )}
      {guests.isPending && <Loading what="who has access" rows={1} onRetry={() => void guests.refetch()} />}
      {guests.data && (
        <ul aria-labelledby="guests">
          <li>{reservation.owner}, its owner</li>
          {guests.data.map((it) => (
            <li key={it.id}>
              {it.email}{' '}
              {(shares || it.id === me.data?.id) && (
                <Button
                  variant="link"
                  isInline
                  onClick={() => remove.mutate(it.id)}
                  isLoading={remove.isPending && remove.variables === it.id}
                  aria-label={`Remove ${it.email}`}
                >
                  Remove
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {fault && <Alert variant="danger" isInline role="alert" title={sentenceOf(fault)} />}
      {shares && (
        <Form
          onSubmit={(event) => {
            event.preventDefault()
            if (!add.isPending) add.mutate(email.trim(), { onSuccess: () => setEmail('') })
          }}
        >
          <FormGroup label="Let somebody in" fieldId="guest-email">
            <TextInput
              id="guest-email"
              type="email"
              placeholder="name@example.org"
              isRequired
              maxLength={LONGEST_EMAIL}
              value={email}
              onChange={(_, text) => setEmail(text)}
            />
            <p className="berth-hint">
              They can do in the workspace what you can, and read all that is in it, until it ends or you remove them.
              What they have open is closed within seconds then; what they started in it goes on until its end.
              {reservation.home?.after === 'kept' && ' Your files are kept after it, with what they leave in them.'}
            </p>
          </FormGroup>
          <Button type="submit" variant="secondary" isLoading={add.isPending} spinnerAriaLabel="Letting in">
            Let in
          </Button>
        </Form>
      )}
    </section>
  )
}
