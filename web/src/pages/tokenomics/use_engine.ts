import { useCallback, useEffect, useState } from 'react'
import { ApiError } from '../../api/errors'
import { loadEngine, type Engine } from '../../tokenomics/engine'

export interface EngineState {
  engine: Engine | null
  error: ApiError | null
  retry(): void
}

/** The calculation, fetched when a page first needs it. */
export function useEngine(): EngineState {
  const [state, setState] = useState<Pick<EngineState, 'engine' | 'error'>>({ engine: null, error: null })
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    let wanted = true
    loadEngine().then(
      (engine) => wanted && setState({ engine, error: null }),
      (fault: unknown) => wanted && setState({ engine: null, error: unreachable(fault) }),
    )
    return () => {
      wanted = false
    }
  }, [turn])
  const retry = useCallback(() => {
    setState({ engine: null, error: null })
    setTurn((old) => old + 1)
  }, [])
  return { ...state, retry }
}

const unreachable = (fault: unknown): ApiError => {
  const why = fault instanceof Error ? fault.message : ''
  return new ApiError('offline', 0, `Its program could not be fetched or started${why ? ` (${why})` : ''}.`, '')
}
