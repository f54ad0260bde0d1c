import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { Skeleton } from '@patternfly/react-core/dist/esm/components/Skeleton'
import { useEffect, useState } from 'react'

const SHOW_AFTER_MS = 300
const SLOW_AFTER_MS = 10_000

/** True once `ms` have passed since the component appeared. */
export function usePassed(ms: number): boolean {
  const [passed, setPassed] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setPassed(true), ms)
    return () => clearTimeout(timer)
  }, [ms])
  return passed
}

/** Rows in the place of what is coming. Nothing for the first moment, words once it takes long. */
export function Loading({ what, rows = 5, onRetry }: { what: string; rows?: number; onRetry?: () => void }) {
  const shown = usePassed(SHOW_AFTER_MS)
  const slow = usePassed(SLOW_AFTER_MS)
  return (
    <div className="berth-loading" aria-busy="true">
      {shown &&
        Array.from({ length: rows }, (_, row) => (
          <Skeleton key={row} height="2.25rem" screenreaderText={row === 0 ? `Loading ${what}` : undefined} />
        ))}
      {slow && (
        <p>
          Still loading.{' '}
          {onRetry && (
            <Button variant="link" isInline onClick={onRetry}>
              Retry
            </Button>
          )}
        </p>
      )}
    </div>
  )
}
