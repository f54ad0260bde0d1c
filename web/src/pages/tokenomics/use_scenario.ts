import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useSearchParams } from 'react-router'
import { keyOf, readDraft, writeDraft, type Draft } from '../../tokenomics/scenario'
import { useEditAddress } from '../../ui/edit_address'

/** Dragging a slider changes the scenario many times a second; browsers refuse so many addresses. */
const ADDRESS_EVERY_MS = 200
/** The results are painted first. */
const ADDRESS_AFTER_MS = 50

export interface ScenarioState {
  draft: Draft
  change(next: (draft: Draft) => Draft): void
  /** What opens this page with these inputs elsewhere, also while the address still follows. */
  link(): string
}

/** The scenario in the address. What is entered counts at once; the address follows, a moment later while much is entered. */
export function useScenario(): ScenarioState {
  const [params] = useSearchParams()
  const edit = useEditAddress()
  const inAddress = useMemo(() => readDraft(params), [params])
  const [draft, setDraft] = useState(inAddress)
  const settled = useRef(keyOf(inAddress))
  const writtenAt = useRef(-Infinity)

  useEffect(() => {
    const key = keyOf(inAddress)
    const drawnLate = key !== keyOf(readDraft(new URLSearchParams(location.search)))
    if (key === settled.current || drawnLate) return
    settled.current = key // Somebody else's change: a link, or a step back.
    setDraft(inAddress)
  }, [inAddress])

  useEffect(() => {
    const key = keyOf(draft)
    if (key === settled.current) return
    const wait = Math.max(ADDRESS_AFTER_MS, writtenAt.current + ADDRESS_EVERY_MS - performance.now())
    const timer = setTimeout(() => {
      settled.current = key
      writtenAt.current = performance.now()
      edit((old) => writeDraft(old, draft))
    }, wait)
    return () => clearTimeout(timer)
  }, [draft, edit])

  const change = useCallback((next: (draft: Draft) => Draft) => setDraft(next), [])
  const link = () => {
    const shared = writeDraft(params, draft)
    shared.delete('compare') // Names of what only this browser has.
    const search = shared.toString()
    return `${location.origin}${location.pathname}${search ? `?${search}` : ''}`
  }
  return { draft, change, link }
}
