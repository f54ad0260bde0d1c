import { describe, expect, test } from 'vitest'
import { ageInDays, datedText, isOld } from './age'
import type { Answer, Catalogue, InputInfo } from './answers'
import { csvOf, fileNameOf, jsonOf } from './exports'
import { amountText, moneyText, percentText, shortText } from './numbers'
import { isIn, shownValue, withPreset, withoutDefaults } from './presets'
import {
  EMPTY,
  draftOf,
  keyOf,
  rangesOf,
  readDraft,
  scenarioOf,
  tiersOf,
  withRange,
  withTiers,
  withValue,
  writeDraft,
  type Draft,
} from './scenario'
import { labelOf, unitText } from './words'

const params = (text: string) => new URLSearchParams(text)
const drafted = (values: Record<string, string>, more: Partial<Draft> = {}): Draft => ({ ...EMPTY, ...more, values })

describe('the address', () => {
  test('holds a scenario and gives it back', () => {
    let draft = drafted(
      { utilisation: '0.8', power: 'fixed', prefix_cache: 'false' },
      { name: 'Büro & Labor', currency: 'EUR' },
    )
    draft = withRange(draft, 'gpu_price', ['8000', '1e4'])
    expect(readDraft(params(writeDraft(params(''), draft).toString()))).toEqual(draft)
  })

  test('keeps what is not of the scenario, and drops what was taken back', () => {
    const before = params('tab=solver&zone=UTC&demand=5e9&gpus=4&compare=a&compare=b')
    const after = writeDraft(before, withValue(readDraft(before), 'gpus', null))
    expect(after.getAll('compare')).toEqual(['a', 'b'])
    expect([after.get('tab'), after.get('zone'), after.get('demand'), after.get('gpus')]).toEqual([
      'solver',
      'UTC',
      '5e9',
      null,
    ])
  })

  test('is the same whatever came first, and empty for the defaults', () => {
    expect(keyOf(drafted({ a: '1', b: '2' }))).toBe(keyOf(drafted({ b: '2', a: '1' })))
    expect(keyOf(drafted({ gpus: '' }))).toBe('')
  })
})

describe('a scenario', () => {
  test('has numbers, words, flags and lists', () => {
    const draft = drafted({ gpus: ' 4 ', power: 'fixed', prefix_cache: 'true', profile: '[1,2]', demand: '1E9' })
    expect(scenarioOf(draft)).toEqual({
      berth_scenario: 1,
      currency: 'USD',
      gpus: 4,
      power: 'fixed',
      prefix_cache: true,
      profile: [1, 2],
      demand: 1e9,
    })
  })

  test('carries what is no number as it was typed, for the library to refuse', () => {
    const typed = { a: '0,5', b: '0x10', c: '1e999', d: 'NaN', e: '[1,', f: '1 000', g: '-.' }
    expect(scenarioOf(drafted(typed))).toMatchObject(typed)
  })

  test('leaves out what is empty', () => {
    expect(scenarioOf(drafted({ gpus: '' }))).toEqual({ berth_scenario: 1, currency: 'USD' })
  })

  test('is a file that can be read back', () => {
    const draft = withRange(
      drafted({ utilisation: '0.8', prefix_cache: 'false' }, { name: 'lab', currency: 'EUR' }),
      'pue',
      ['1.1', '1.6'],
    )
    const none: Catalogue = { currency: 'USD', inputs: [], presets: [], quantities: [] }
    const file = jsonOf(draft, none)
    expect(JSON.parse(file)).toEqual({
      berth_scenario: 1,
      name: 'lab',
      currency: 'EUR',
      utilisation: 0.8,
      prefix_cache: false,
      ranges: { pue: [1.1, 1.6] },
    })
    const back = draftOf(file)
    expect(back && scenarioOf(back)).toEqual(scenarioOf(draft))
    expect(back && rangesOf(back)).toEqual({ pue: ['1.1', '1.6'] })
  })

  test('of another version is not taken for this one', () => {
    const draft = draftOf('{"berth_scenario": 2, "gpus": 3}')
    expect(draft && scenarioOf(draft)).toMatchObject({ berth_scenario: 2, gpus: 3 })
    for (const text of ['', '[1]', '"a"', '{', 'null']) expect(draftOf(text)).toBeNull()
  })
})

describe('ranges', () => {
  test('keep half-typed numbers as they are', () => {
    const draft = withRange(EMPTY, 'pue', ['1.', '1.5'])
    expect(rangesOf(draft)).toEqual({ pue: ['1.', '1.5'] })
    expect(scenarioOf(draft)['ranges']).toEqual({ pue: [1, 1.5] })
    expect(withRange(draft, 'pue', null)).toEqual(EMPTY)
  })

  test('of a broken address go to the library', () => {
    expect(scenarioOf(drafted({ ranges: '{"pue":7}' }))['ranges']).toEqual({ pue: 7 })
    expect(rangesOf(drafted({ ranges: 'x' }))).toEqual({})
  })
})

describe('a mix', () => {
  test('is kept as typed, and goes to the library as numbers', () => {
    const draft = withTiers(EMPTY, [
      { name: '70', share: '0.', throughput: '1787', cloud_price: '' },
      { name: 'b', share: 'x' },
    ])
    expect(tiersOf(draft)[0]?.['share']).toBe('0.')
    expect(scenarioOf(draft)['tiers']).toEqual([
      { name: '70', share: 0, throughput: 1787 },
      { name: 'b', share: 'x' },
    ])
    expect(withTiers(draft, [])).toEqual(EMPTY)
  })

  test('of a file can be entered on', () => {
    const draft = draftOf('{"tiers": [{"name": "a", "share": 1, "throughput": 7}]}')
    expect(draft && tiersOf(draft)).toEqual([{ name: 'a', share: '1', throughput: '7' }])
    expect(scenarioOf(drafted({ tiers: '[7]' }))['tiers']).toEqual([7])
  })
})

describe('numbers', () => {
  test.each([
    [0.424, '0.42'],
    [12.4, '12.40'],
    [13_250, '13,250'],
    [0.0123456, '0.0123'],
    [0, '0.00'],
    [999.999, '1,000.00'],
  ])('money %s is %s', (value, text) => {
    expect(moneyText(value)).toBe(text)
  })
  test.each([
    [0.4, '40 %'],
    [0.2182, '21.8 %'],
    [1, '100 %'],
    [0.0004, '0 %'],
  ])('share %s is %s', (value, text) => {
    expect(percentText(value)).toBe(text)
  })
  test.each([
    [5, '5'],
    [1.5, '1.5'],
    [13_250, '13,250'],
    [0.000123456, '0.000123'],
    [1e18, '1.00e+18'],
    [0, '0'],
  ])('amount %s is %s', (value, text) => {
    expect(amountText(value)).toBe(text)
  })
  test.each([
    [1.2e9, '1.2 B'],
    [350e6, '350 M'],
    [999_999, '1 M'],
    [12, '12'],
  ])('count %s is %s', (value, text) => {
    expect(shortText(value)).toBe(text)
  })
})

describe('age', () => {
  const now = Date.parse('2026-11-22T00:00:00Z')
  test.each([
    ['2026-11-21', 0],
    ['2026-08-21', 92],
    ['2026-08', 82],
    ['2025', 325],
  ])('%s is %i days old', (date, days) => {
    expect(ageInDays(date, now)).toBe(days)
  })
  test('warns past 180 days, never for what has no date', () => {
    expect(isOld('2026-05-26', now)).toBe(false)
    expect(isOld('2026-05-24', now)).toBe(true)
    expect(isOld('', now)).toBe(false)
    expect(datedText('2026-08', now)).toBe('2026-08, 82 days old')
    expect(datedText('', now)).toBe('')
  })
})

describe('words', () => {
  test('are made from names', () => {
    expect(labelOf('gpu_price')).toBe('GPU price')
    expect(labelOf('pue')).toBe('PUE')
    expect(labelOf('breakeven_utilisation')).toBe('Break-even utilisation')
    expect(unitText('money/Mtok', 'EUR')).toBe('EUR/million tokens')
    expect(unitText('h', 'EUR')).toBe('hours')
  })
})

const info = (name: string, standard: number): InputInfo => ({
  name,
  symbol: '',
  unit: '',
  group: 'g',
  kind: 'number',
  allowed: '',
  default: standard,
  text: '',
  source: '',
  date: '',
  low: 1,
  high: 9,
})
const catalogue: Catalogue = { currency: 'USD', inputs: [info('a', 5), info('b', 2)], presets: [], quantities: [] }
const preset = {
  group: 'g',
  name: 'p',
  source: '',
  date: '',
  note: '',
  currency: 'USD',
  values: [
    { input: 'a', value: 7, low: 6, high: 8 },
    { input: 'b', value: 2 },
  ],
}

describe('a file', () => {
  const following = { ...catalogue, inputs: [info('a', 5), { ...info('b', 2), default: null, follows: 'a' }] }

  test('has every value, entered or not, but of what follows another', () => {
    const heading = { berth_scenario: 1, currency: 'USD' }
    expect(JSON.parse(jsonOf(EMPTY, catalogue))).toEqual({ ...heading, a: 5, b: 2 })
    expect(JSON.parse(jsonOf(drafted({ a: '7' }), following))).toEqual({ ...heading, a: 7 })
    expect(JSON.parse(jsonOf(drafted({ b: '5' }), following))).toEqual({ ...heading, a: 5, b: 5 })
    const open = { ...catalogue, inputs: [{ ...info('a', 5), default: null }] }
    expect(JSON.parse(jsonOf(EMPTY, open))).toEqual(heading)
  })

  test('that is opened has as entered what is no default', () => {
    const opened = (values: Record<string, string>, more: Partial<Draft> = {}, of: Catalogue = following) =>
      withoutDefaults(drafted(values, more), of)
    expect(opened({ a: '5.0', b: '2' }, {}, catalogue)).toEqual(EMPTY)
    expect(opened({ a: '7.0', b: '2', x: '1' }, {}, catalogue).values).toEqual({ a: '7.0', x: '1' })
    expect(opened({ a: '5', b: '5' }).values).toEqual({ b: '5' })
    const prices = { ...catalogue, inputs: [{ ...info('a', 5), unit: 'money/Mtok' }, info('b', 2)] }
    expect(opened({ a: '5', b: '2' }, { currency: 'EUR' }, prices).values).toEqual({ a: '5' })
  })
})

describe('a preset', () => {
  test('sets its values and their ranges, and leaves defaults alone', () => {
    const draft = withPreset(EMPTY, catalogue, preset)
    expect(draft.values['a']).toBe('7')
    expect(draft.values['b']).toBeUndefined()
    expect(rangesOf(draft)).toEqual({ a: ['6', '8'] })
    expect(isIn(draft, catalogue, preset)).toBe(true)
    expect(isIn(EMPTY, catalogue, preset)).toBe(false)
  })

  test('shows an input that follows another with its value, until it has one of its own', () => {
    const following = { ...catalogue, inputs: [info('a', 5), { ...info('b', 2), default: null, follows: 'a' }] }
    expect(shownValue(EMPTY, following, 'b')).toBe('5')
    const draft = withPreset(EMPTY, following, { ...preset, values: [{ input: 'a', value: 7 }] })
    expect(shownValue(draft, following, 'b')).toBe('7')
    const own = withPreset(draft, following, { ...preset, values: [{ input: 'b', value: 1 }] })
    expect(shownValue(own, following, 'b')).toBe('1')
  })

  test('replaces what another one set', () => {
    const other = {
      ...preset,
      values: [
        { input: 'a', value: 5 },
        { input: 'b', value: 3 },
      ],
    }
    const draft = withPreset(withPreset(EMPTY, catalogue, preset), catalogue, other)
    expect(draft.values['a']).toBeUndefined()
    expect(rangesOf(draft)).toEqual({ b: ['3', '3'] })
  })
})

describe('exports', () => {
  const answer = {
    question: 'unit',
    currency: 'USD',
    inputs: { gpus: 2, name: '=1+1' },
    derivation: [],
    notes: [],
    results: {
      cost: { value: 0.5, unit: 'USD/Mtok' },
      target: { value: null, unit: 'share', reason: 'none, "so far"' },
    },
    sentences: { headline: 'a, b' },
  } as Answer

  test('write results with their reasons, and nothing that a spreadsheet would run', () => {
    expect(csvOf([answer, answer]).split('\r\n').slice(0, 6)).toEqual([
      'kind,name,value,unit,note',
      'input,gpus,2,,',
      "input,name,'=1+1,,",
      'result,cost,0.5,USD/Mtok,',
      'result,target,,share,"none, ""so far"""',
      'sentence,unit.headline,"a, b",,',
    ])
  })

  test('have names that any disk takes', () => {
    expect(fileNameOf({ ...EMPTY, name: ' Lab ../ 2 ' }, 'json')).toBe('lab-2.json')
    expect(fileNameOf(EMPTY, 'csv')).toBe('scenario.csv')
  })
})
