import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { useEditAddress } from './edit_address'

/** One parameter of an address: what it means when it is absent, and how it reads and writes. */
export interface Field<T> {
  usual: T
  read(text: string): T
  write(value: T): string
}

export const text = (usual = ''): Field<string> => ({ usual, read: (it) => it, write: (it) => it })
export const flag = (): Field<boolean> => ({ usual: false, read: (it) => it === '1', write: (it) => (it ? '1' : '') })
/** One of a few words; any other word is the usual one. */
export const oneOf = <T extends string>(words: readonly T[], usual: T): Field<T> => ({
  usual,
  read: (it) => words.find((word) => word === it) ?? usual,
  write: (it) => it,
})

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a field may be of any type; Values gives it back
export type Fields = Record<string, Field<any>>
export type Values<F extends Fields> = { [K in keyof F]: F[K] extends Field<infer T> ? T : never }

export function readAddress<F extends Fields>(fields: F, params: URLSearchParams): Values<F> {
  const read = (name: string) => {
    const field = fields[name]
    const given = params.get(name)
    return given === null ? field?.usual : field?.read(given)
  }
  return Object.fromEntries(Object.keys(fields).map((name) => [name, read(name)])) as Values<F>
}

/** The address with some of it changed. What is the usual is left out; parameters of others stay. */
export function writeAddress<F extends Fields>(
  fields: F,
  params: URLSearchParams,
  change: Partial<Values<F>>,
): URLSearchParams {
  const next = new URLSearchParams(params)
  for (const [name, value] of Object.entries(change)) {
    const field = fields[name]
    if (!field || value === undefined) continue
    const written = field.write(value)
    if (written === field.write(field.usual)) next.delete(name)
    else next.set(name, written)
  }
  return next
}

/** Values kept in the address, so that a reload and a shared link show the same. `fields` is made once. */
export function useAddress<F extends Fields>(fields: F): [Values<F>, (change: Partial<Values<F>>) => void] {
  const [params] = useSearchParams()
  const edit = useEditAddress()
  const values = useMemo(() => readAddress(fields, params), [fields, params])
  const change = useCallback(
    (part: Partial<Values<F>>) => edit((old) => writeAddress(fields, old, part)),
    [fields, edit],
  )
  return [values, change]
}
