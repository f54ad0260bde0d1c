import { createContext, useContext } from 'react'

/** The inputs of the form, by the names that the server has for them. */
export type FieldName =
  'device_class' | 'units' | 'team' | 'start' | 'end' | 'cpu' | 'memory_gib' | 'storage_gib' | 'name'

const FIELDS: readonly string[] = [
  'device_class',
  'units',
  'team',
  'start',
  'end',
  'cpu',
  'memory_gib',
  'storage_gib',
  'name',
] satisfies FieldName[]

export const isField = (name: string): name is FieldName => FIELDS.includes(name)

const Form = createContext('booking')

/** Set by the form, so that two of them on a page have inputs of their own. */
export const FormIdProvider = Form.Provider

export const fieldId = (form: string, field: FieldName): string => `${form}-${field}`

/** The id of an input: what carries it, its label and the list of faults agree by this. */
export function useFieldId(field: FieldName): string {
  return fieldId(useContext(Form), field)
}

export function focusField(form: string, field: string): void {
  if (isField(field)) document.getElementById(fieldId(form, field))?.focus()
}
