import { useCallback } from 'react'
import { useNavigate } from 'react-router'

export type ChangeParams = (params: URLSearchParams) => URLSearchParams | void
/** Changes parameters of the address: in its place, or as a step that Back takes back. */
export type EditAddress = (change: ChangeParams, how?: { step: boolean }) => void

/**
 * What changes is the address as it is now, not as it was when the page was last drawn, which is what `useSearchParams` starts
 * from: pages are drawn in a transition, a busy machine takes its time over one, and of two changes soon after each other the
 * second would undo the first.
 */
export function useEditAddress(): EditAddress {
  const navigate = useNavigate()
  return useCallback(
    (change, { step } = { step: false }) => {
      const params = new URLSearchParams(location.search)
      const next = change(params) ?? params
      void navigate({ search: next.toString() }, { replace: !step, preventScrollReset: true })
    },
    [navigate],
  )
}
