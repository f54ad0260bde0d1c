import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { useEffect } from 'react'
import { useRouteError } from 'react-router'
import { useOffline } from '../api/reach'

/** How browsers and the bundler word a file of the page that did not come. */
const isMissingFile = (error: unknown): boolean =>
  error instanceof Error && /import|module|fetch|preload/i.test(error.message)

const reload = () => location.reload()

/**
 * A fault of the page itself, or a file of it that could not be read: without a network, or when a new version was installed
 * meanwhile. Inside the shell the rest of the portal stays.
 */
export function PageFault({ inShell = false }: { inShell?: boolean }) {
  const missing = isMissingFile(useRouteError())
  const offline = useOffline() && missing
  useEffect(() => {
    if (!missing) return
    addEventListener('online', reload)
    return () => removeEventListener('online', reload)
  }, [missing])
  const [title, words] = offline
    ? ['You are offline.', 'This page was not loaded yet. It is as soon as there is a network.']
    : missing
      ? ['A part of this page could not be loaded.', 'Berth may have been updated or cannot be reached.']
      : ['This page has a fault.', 'Reload the page. What you had typed in a booking is kept.']
  const alert = (
    <Alert
      variant={offline ? 'warning' : 'danger'}
      isInline
      role="alert"
      title={title}
      actionLinks={
        // Without a network a reload would take away what is still there.
        !offline && (
          <Button variant="link" isInline onClick={reload}>
            Reload
          </Button>
        )
      }
    >
      {words}
    </Alert>
  )
  if (inShell) return alert
  return (
    <main className="berth-alone">
      <h1>Berth</h1>
      {alert}
    </main>
  )
}
