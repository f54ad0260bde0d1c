import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { Card, CardBody } from '@patternfly/react-core/dist/esm/components/Card'
import { ActionGroup, Form, FormGroup } from '@patternfly/react-core/dist/esm/components/Form'
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput'
import { useEffect, useState } from 'react'
import { sentenceOf } from '../api/errors'
import { useChangePassword, useSignOut } from '../api/queries'
import type { User } from '../api/types'

const SHORTEST = 8
const LONGEST = 256

/** In place of every page, until the password is one that nobody else knows. */
export function OwnPassword({ user }: { user: User }) {
  const [old, setOld] = useState('')
  const [wanted, setWanted] = useState('')
  const [again, setAgain] = useState('')
  const [differs, setDiffers] = useState(false)
  const change = useChangePassword()
  const signOut = useSignOut()
  useEffect(() => {
    document.title = 'Choose a password - Berth'
  }, [])
  const fault = differs
    ? 'The new password and its repetition are not the same.'
    : change.error
      ? sentenceOf(change.error)
      : null
  const field = (id: string, label: string, complete: string, value: string, set: (value: string) => void) => (
    <FormGroup label={label} fieldId={id} isRequired>
      <TextInput
        id={id}
        type="password"
        autoComplete={complete}
        isRequired
        minLength={complete === 'new-password' ? SHORTEST : undefined}
        maxLength={LONGEST}
        value={value}
        onChange={(_, text) => set(text)}
      />
    </FormGroup>
  )
  return (
    <main className="berth-alone">
      <h1>Choose a password of your own</h1>
      <Card>
        <CardBody>
          <p className="berth-hint">
            {`The password of ${user.email} was given to you by somebody who knows it. Everything else opens once it is yours alone.`}
          </p>
          {fault && <Alert variant="danger" isInline role="alert" title={fault} />}
          <Form
            onSubmit={(event) => {
              event.preventDefault()
              setDiffers(wanted !== again)
              if (wanted === again && !change.isPending) change.mutate({ email: user.email, old, wanted })
            }}
          >
            {field('old-password', 'Password now', 'current-password', old, setOld)}
            {field('new-password', 'New password', 'new-password', wanted, setWanted)}
            {field('new-password-again', 'The new one again', 'new-password', again, setAgain)}
            <ActionGroup>
              <Button type="submit" isLoading={change.isPending} spinnerAriaLabel="Changing">
                Change password
              </Button>
              <Button variant="link" onClick={() => signOut.mutate()} isDisabled={signOut.isPending}>
                Sign out
              </Button>
            </ActionGroup>
          </Form>
        </CardBody>
      </Card>
    </main>
  )
}
