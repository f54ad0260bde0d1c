import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { Card, CardBody } from '@patternfly/react-core/dist/esm/components/Card'
import { Form, FormGroup } from '@patternfly/react-core/dist/esm/components/Form'
import { TextInput } from '@patternfly/react-core/dist/esm/components/TextInput'
import { useEffect, useRef, useState } from 'react'
import { Navigate, useSearchParams } from 'react-router'
import { isApiError, referenceOf, sentenceOf } from '../api/errors'
import { useMe, useSignIn } from '../api/queries'
import { ROUTES, to } from '../app/routes'
import { FieldMessage } from './calendar/FieldMessage'

/** Only a place of this portal: an address from elsewhere is not followed. */
function placeToReturn(wanted: string | null): string {
  return wanted && /^\/(?![/\\])/.test(wanted) && !wanted.startsWith(ROUTES.signIn) ? wanted : to('home')
}

export function SignIn() {
  const [params] = useSearchParams()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const me = useMe()
  const signIn = useSignIn()
  const [missing, setMissing] = useState<'email' | 'password' | null>(null)
  const fields = { email: useRef<HTMLInputElement>(null), password: useRef<HTMLInputElement>(null) }
  const target = placeToReturn(params.get('return'))
  useEffect(() => {
    document.title = 'Sign in - Berth'
  }, [])
  if (me.data) return <Navigate to={target} replace />
  const wrong = isApiError(signIn.error) && signIn.error.code === 'wrong_credentials'
  // Gone as soon as something is typed.
  const noEmail = missing === 'email' && !email.trim()
  const noPassword = missing === 'password' && !password
  return (
    <main className="berth-alone">
      <h1>Sign in to Berth</h1>
      <Card>
        <CardBody>
          {params.has('return') && !signIn.error && (
            <p className="berth-hint">Sign in to go on where you were. What you had typed is kept.</p>
          )}
          {signIn.error && (
            <Alert
              variant="danger"
              isInline
              role="alert"
              title={wrong ? 'E-mail or password is wrong.' : 'You could not be signed in.'}
            >
              {!wrong && sentenceOf(signIn.error)}{' '}
              {!wrong && referenceOf(signIn.error) && `Reference ${referenceOf(signIn.error)}.`}
            </Alert>
          )}
          <Form
            onSubmit={(event) => {
              event.preventDefault()
              const empty = !email.trim() ? 'email' : !password ? 'password' : null
              setMissing(empty)
              if (empty) fields[empty].current?.focus()
              else if (!signIn.isPending) signIn.mutate({ email: email.trim(), password })
            }}
          >
            <FormGroup label="E-mail" fieldId="email" isRequired>
              <TextInput
                id="email"
                type="email"
                autoComplete="username"
                isRequired
                autoFocus
                ref={fields.email}
                validated={noEmail ? 'error' : 'default'}
                aria-describedby={noEmail ? 'email-message' : undefined}
                value={email}
                onChange={(_, value) => setEmail(value)}
              />
              {noEmail && <FieldMessage id="email-message" message="Type your e-mail address." />}
            </FormGroup>
            <FormGroup label="Password" fieldId="password" isRequired>
              <TextInput
                id="password"
                type="password"
                autoComplete="current-password"
                isRequired
                ref={fields.password}
                validated={noPassword ? 'error' : 'default'}
                aria-describedby={noPassword ? 'password-message' : undefined}
                value={password}
                onChange={(_, value) => setPassword(value)}
              />
              {noPassword && <FieldMessage id="password-message" message="Type your password." />}
            </FormGroup>
            <Button type="submit" isBlock isLoading={signIn.isPending} spinnerAriaLabel="Signing in">
              {signIn.isPending ? 'Signing in...' : 'Sign in'}
            </Button>
          </Form>
        </CardBody>
      </Card>
    </main>
  )
}
