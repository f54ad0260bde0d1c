import { useEffect, useRef } from 'react'
import { Link, useParams, useSearchParams } from 'react-router'
import { useMakeTicket } from '../../api/queries'
import { to } from '../../app/routes'
import { isWebAddress } from '../../booking/workspace'
import { ErrorPanel } from '../../ui/ErrorPanel'
import { PageHeading } from '../../ui/PageHeading'

/** On the way into a workspace: a ticket is made and followed, so that its address is nowhere to be copied from. */
export function OpenWorkspace() {
  const { id = '' } = useParams()
  const [query] = useSearchParams()
  const app = query.get('app') === 'lab' ? 'lab' : 'editor'
  const { mutate, error, isPending } = useMakeTicket()
  const begun = useRef(false)

  const open = () => {
    mutate(
      { id, app },
      {
        onSuccess: ({ url }) => {
          if (isWebAddress(url)) window.location.replace(url)
        },
      },
    )
  }
  useEffect(() => {
    if (begun.current) return // each ticket is one opening
    begun.current = true
    open()
  })

  return (
    <>
      <PageHeading title={app === 'lab' ? 'Opening JupyterLab' : 'Opening VS Code'} />
      {error ? (
        <ErrorPanel what="The workspace" error={error} onRetry={open} retrying={isPending} />
      ) : (
        <p role="status">Your workspace opens in this tab in a moment.</p>
      )}
      <p>
        <Link to={to('reservation', { id })}>Back to the reservation</Link>
      </p>
    </>
  )
}
