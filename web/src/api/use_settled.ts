import { useEffect, useState } from 'react'

/** `value` once it has stayed the same for `ms`; at once when it comes from nothing or goes. */
export function useSettled<T>(value: T | null, ms: number): T | null {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), value === null ? 0 : ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return settled
}
