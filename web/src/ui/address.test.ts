import { expect, test } from 'vitest'
import { flag, oneOf, readAddress, text, writeAddress } from './address'

const fields = { tab: oneOf(['active', 'past'], 'active'), mine: flag(), text: text() }

test('what is in the address is read, and anything odd is the usual', () => {
  expect(readAddress(fields, new URLSearchParams('tab=past&mine=1&text=a%26b'))).toEqual({
    tab: 'past',
    mine: true,
    text: 'a&b',
  })
  expect(readAddress(fields, new URLSearchParams('tab=<b>&mine=yes'))).toEqual({ tab: 'active', mine: false, text: '' })
})

test('a change leaves out what is the usual and lets what others wrote stand', () => {
  const next = writeAddress(fields, new URLSearchParams('zone=UTC&tab=past&text=x'), { tab: 'active', mine: true })
  expect(next.toString()).toBe('zone=UTC&text=x&mine=1')
})
