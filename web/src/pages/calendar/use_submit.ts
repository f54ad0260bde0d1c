import { useRef, useState } from 'react'
import { randomId } from '../../api/client'
import { isApiError, type ApiError } from '../../api/errors'
import { useCreateReservation, useEditReservation } from '../../api/queries'
import type { DeviceClass, Reservation } from '../../api/types'
import { bodyOf, editOf, type Draft } from '../../booking/draft'
import { SECOND } from '../../time/instants'

/** How long after a missing answer the same request, with the same key, is sent again. */
const ASK_AGAIN_MS = [SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND]

export type Submission =
  | { phase: 'idle' }
  | { phase: 'sending' }
  /** There was no answer: the same key tells whether the reservation exists. */
  | { phase: 'checking' }
  /** `saidToFit`: the server had said of exactly this that it fits. */
  | { phase: 'refused'; error: ApiError; body: string; saidToFit: boolean }
  /** Still no answer. It may or may not be booked. */
  | { phase: 'unknown'; error: ApiError; body: string }

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Sends a draft once, however often it is asked to, and finds out what became of it when no answer came. */
export function useSubmit(onDone: (reservation: Reservation) => void) {
  const create = useCreateReservation()
  const edit = useEditReservation()
  const [submission, setSubmission] = useState<Submission>({ phase: 'idle' })
  const busy = useRef(false)
  const attempt = useRef<{ body: string; key: string } | null>(null)

  const send = async (draft: Draft, deviceClass: DeviceClass): Promise<Reservation> => {
    if (draft.editing) {
      const body = editOf(draft, deviceClass, draft.editing)
      return edit.mutateAsync({ id: draft.editing.id, body })
    }
    const body = bodyOf(draft)
    const text = JSON.stringify(body)
    // One key for one wish: asked again it is the same, changed it is another.
    if (attempt.current?.body !== text) attempt.current = { body: text, key: randomId(16) }
    const { key } = attempt.current
    try {
      return await create.mutateAsync({ body, key })
    } catch (error) {
      if (!isApiError(error) || !error.outcomeUnknown) throw error
      return ask(body, key, error)
    }
  }

  const ask = async (body: ReturnType<typeof bodyOf>, key: string, first: ApiError): Promise<Reservation> => {
    setSubmission({ phase: 'checking' })
    let last = first
    for (const wait of ASK_AGAIN_MS) {
      await pause(wait)
      try {
        return await create.mutateAsync({ body, key })
      } catch (error) {
        if (!isApiError(error) || !error.outcomeUnknown) throw error
        last = error
      }
    }
    throw last
  }

  const submit = async (draft: Draft, deviceClass: DeviceClass, saidToFit: boolean): Promise<void> => {
    if (busy.current) return
    busy.current = true
    setSubmission({ phase: 'sending' })
    try {
      const reservation = await send(draft, deviceClass)
      setSubmission({ phase: 'idle' })
      onDone(reservation)
    } catch (error) {
      if (!isApiError(error)) throw error
      const body = JSON.stringify(bodyOf(draft))
      const unknown = error.outcomeUnknown && !draft.editing
      setSubmission(unknown ? { phase: 'unknown', error, body } : { phase: 'refused', error, body, saidToFit })
    } finally {
      busy.current = false
    }
  }

  return { submission, submit, forget: () => setSubmission({ phase: 'idle' }) }
}
