import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { useRouteError } from 'react-router'

/** A fault of the page itself, or a file of it that could not be read (a new version was installed meanwhile). */
export function PageFault() {
  const error = useRouteError()
  const missing = error instanceof TypeError && /import|module|fetch/i.test(error.message)
  return (
    <main className="berth-alone">
      <h1>Berth</h1>
      <Alert
        variant="danger"
        isInline
        role="alert"
        title={missing ? 'A part of this page could not be loaded.' : 'This page has a fault.'}
        actionLinks={
          <Button variant="link" isInline onClick={() => location.reload()}>
            Reload
          </Button>
        }
      >
        {missing
          ? 'Berth may have been updated or cannot be reached.'
          : 'Reload the page. What you had typed in a booking is kept.'}
      </Alert>
    </main>
  )
}
