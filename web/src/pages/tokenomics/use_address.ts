import { useCallback } from 'react'
import { useNavigate } from 'react-router'

/** Changes parameters of the address, in place. */
export type EditAddress = (change: (params: URLSearchParams) => URLSearchParams | void) => void

/**
 * What changes is the address as it is now, not as it was when the page was last drawn: two changes soon after each other must
 * not undo one another.
 */
export function useAddress(): EditAddress {
  const navigate = useNavigate()
  return useCallback(
    (change) => {
      const params = new URLSearchParams(location.search)
      const next = change(params) ?? params
      void navigate({ search: next.toString() }, { replace: true, preventScrollReset: true })
    },
    [navigate],
  )
}
