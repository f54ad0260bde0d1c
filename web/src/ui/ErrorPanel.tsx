import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { referenceOf, sentenceOf } from '../api/errors'
import { clockWithZone } from '../time/format'

interface Props {
  /** `Reservations` in "Reservations could not be loaded." */
  what: string
  error: unknown
  onRetry(): void
  retrying?: boolean
  /** When the data that is still shown was read. */
  asOf?: { at: number; zone: string } | null
}

/** Something could not be read: what, why, what to do, and what to tell the one who is asked for help. */
export function ErrorPanel({ what, error, onRetry, retrying = false, asOf = null }: Props) {
  const reference = referenceOf(error)
  return (
    <Alert
      variant="danger"
      isInline
      role="alert"
      title={`${what} could not be loaded.`}
      actionLinks={
        <Button variant="link" isInline onClick={onRetry} isLoading={retrying} spinnerAriaLabel="Trying again">
          Retry
        </Button>
      }
    >
      {sentenceOf(error)} {asOf && `Shown is what was known at ${clockWithZone(asOf.at, asOf.zone)}. `}
      {reference && (
        <>
          Reference <code>{reference}</code>.
        </>
      )}
    </Alert>
  )
}
