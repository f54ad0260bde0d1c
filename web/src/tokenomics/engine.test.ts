import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Scenario } from './answers'
import { Engine, engineOf, type EngineExports } from './engine'
import { jsonOf } from './exports'
import { withoutDefaults } from './presets'
import { EMPTY, RESERVED, draftOf, scenarioOf, type Draft } from './scenario'

const USUAL: Scenario = { berth_scenario: 1, currency: 'USD' }

let module: WebAssembly.Module
beforeAll(async () => {
  module = await WebAssembly.compile(readFileSync(new URL('./engine.wasm', import.meta.url)))
})

describe('the engine', () => {
  test('answers as the library does', () => {
    const outcome = engineOf(module).ask('unit', USUAL)
    if (!outcome.ok) throw new Error(outcome.message)
    const { results, parts, sentences } = outcome.answer
    expect(results['unit_cost']?.unit).toBe('USD/Mtok')
    expect(sentences['headline']).toMatch(/^USD \d+\.\d\d per million tokens at 10\.8 % utilisation, cloud /)
    expect(sentences['headline']).not.toMatch(/this demand gives|out of reach/)
    const cost = parts.reduce((sum, it) => sum + (it.per_mtok ?? 0), 0)
    expect(cost).toBeCloseTo(results['unit_cost']?.value ?? NaN, 12)
  })

  test('head and verdict say the same of a demand, and a payback beyond the life is never', () => {
    const engine = engineOf(module)
    const ask = (demand: number, price = 0.88) => {
      const scenario = { ...USUAL, demand, cloud_input_price: price, cloud_output_price: price }
      const answers = [engine.ask('unit', scenario), engine.ask('breakeven', scenario), engine.ask('solve', scenario)]
      return answers.map((it) => {
        if (!it.ok) throw new Error(it.message)
        return it.answer
      })
    }
    for (const [demand, price, cheapest] of [
      [1e9, 0.88, 'cloud'],
      [3e10, 0.88, 'mix'],
      [1e10, 3, 'own'],
    ] as const) {
      const answers = ask(demand, price)
      expect(answers.map((it) => it.cheapest)).toEqual([cheapest, cheapest, cheapest])
      expect(new Set(answers.map((it) => it.sentences['at_demand'])).size).toBe(1)
      expect(/(?<!and )the cloud costs/.test(answers[2]?.sentences['verdict'] ?? '')).toBe(cheapest === 'cloud')
    }
    const even = ask(1e9)[1]
    expect(even?.sentences['payback']).toBe('The demand never pays the machines back within their life of 5 years')
    expect(even?.results['payback_months']?.value).toBeNull()
  })

  test('says in headline, curve, break-even and sensitivity what is out of reach', () => {
    const engine = engineOf(module)
    const scenario = { ...USUAL, utilisation: 0.4 }
    const unit = engine.ask('unit', scenario)
    const even = engine.ask('breakeven', scenario)
    const moved = engine.ask('sensitivity', scenario)
    if (!unit.ok || !even.ok || !moved.ok) throw new Error('not answered')
    const limit = unit.answer.results['reachable_utilisation']?.value ?? NaN
    expect(limit).toBeLessThan(0.4)
    expect(unit.answer.reachable).toBe(false)
    expect(unit.answer.sentences['headline']).toContain('out of reach')
    expect(even.answer.reachable).toBe(false)
    expect(even.answer.sentences['breakeven']).toContain('out of reach')
    for (const row of even.answer.curve) expect(row.reachable).toBe(row.utilisation <= limit)
    const use = moved.answer.bars.find((it) => it.input === 'utilisation')
    expect([use?.low_reachable, use?.high_reachable]).toEqual([true, false])
  })

  test('gives the same for the same, and something else for something else', () => {
    const engine = engineOf(module)
    const cost = (utilisation: number) => {
      const outcome = engine.ask('unit', { ...USUAL, electricity_price: 0, utilisation })
      return outcome.ok ? (outcome.answer.results['unit_cost']?.value ?? NaN) : NaN
    }
    expect(cost(0.4)).toBe(cost(0.4))
    expect(cost(0.8) / cost(0.4)).toBeCloseTo(0.5, 14)
  })

  test('answers an exported file as it answered the page, whatever was entered', () => {
    const engine = engineOf(module)
    const catalogue = engine.catalogue()
    const prices = Object.fromEntries(
      catalogue.inputs.filter((it) => it.unit.startsWith('money') && it.default).map((it) => [it.name, '1.5']),
    )
    const drafts: Draft[] = [
      EMPTY,
      { ...EMPTY, values: { cloud_input_price: '0.05', gpus: '4', power: 'fixed', prefix_cache: 'false' } },
      { ...EMPTY, currency: 'EUR', values: prices },
    ]
    for (const draft of drafts) {
      const file = jsonOf(draft, catalogue)
      const values = JSON.parse(file) as Scenario
      const unset = catalogue.inputs.filter((it) => it.default === null || it.follows).map((it) => it.name)
      expect(
        catalogue.inputs.map((it) => it.name).filter((name) => !(name in values) && !unset.includes(name)),
      ).toEqual([])
      const opened = draftOf(file)
      expect(opened && withoutDefaults(opened, catalogue)).toEqual(draft)
      for (const question of ['unit', 'breakeven', 'solve', 'agents', 'sensitivity'] as const) {
        const asked = engine.ask(question, scenarioOf(draft))
        expect(asked.ok).toBe(true)
        expect(engine.ask(question, values)).toEqual(asked)
      }
    }
  })

  test('names each field at fault with its value and its limit', () => {
    const outcome = engineOf(module).ask('unit', { ...USUAL, gpu_price: -1, utilisation: 1.2, not_there: 3 })
    if (outcome.ok) throw new Error('it was taken')
    expect(outcome.fields.map((it) => [it.field, it.value]).sort()).toEqual([
      ['gpu_price', '-1'],
      ['not_there', ''],
      ['utilisation', '1.2'],
    ])
    for (const it of outcome.fields) expect([it.limit, it.message].every((text) => text.length > 0)).toBe(true)
  })

  test('takes letters beyond ASCII and refuses what is too long', () => {
    const engine = engineOf(module)
    const named = engine.ask('unit', { ...USUAL, name: 'Größe 東京' })
    expect(named.ok).toBe(true)
    const long = engine.ask('unit', { ...USUAL, name: 'x'.repeat(1 << 21) })
    expect(long).toEqual({ ok: false, message: 'The scenario is too long to be calculated.', fields: [] })
  })

  test('lists inputs that the address can hold, each once', () => {
    const { inputs, presets } = engineOf(module).catalogue()
    const names = inputs.map((it) => it.name)
    expect(names).toContain('gpu_price')
    expect(new Set(names).size).toBe(names.length)
    expect(names.filter((it) => RESERVED.includes(it))).toEqual([])
    for (const preset of presets) for (const value of preset.values) expect(names).toContain(value.input)
  })

  test('begins anew after a fault of the program', () => {
    let started = 0
    const start = (): EngineExports => {
      started += 1
      const broken = started === 1
      const real = new WebAssembly.Instance(module, stubs(module)).exports as unknown as EngineExports
      real._initialize()
      const { memory, _initialize, berth_room, berth_answer_size, berth_catalogue } = real
      const berth_answer = broken
        ? () => {
            throw new WebAssembly.RuntimeError('unreachable')
          }
        : real.berth_answer
      return { memory, _initialize, berth_room, berth_answer_size, berth_catalogue, berth_answer }
    }
    const engine = new Engine(start)
    expect(engine.ask('unit', USUAL)).toEqual({
      ok: false,
      message: 'The calculation stopped on these values (unreachable).',
      fields: [],
    })
    expect(engine.ask('unit', USUAL).ok).toBe(true)
    expect(started).toBe(2)
  })
})

const stubs = (of: WebAssembly.Module): WebAssembly.Imports => {
  const imports: WebAssembly.Imports = {}
  for (const it of WebAssembly.Module.imports(of)) (imports[it.module] ??= {})[it.name] = () => 52
  return imports
}

/** The texts in double quotes behind `name =` in a file, joined. */
const textIn = (file: string, name: string) => {
  const source = readFileSync(new URL(file, import.meta.url), 'utf8')
  const texts = source.match(new RegExp(`${name} =((?:[\\s+]*"[^"]*")+)`))?.[1] ?? ''
  return [...texts.matchAll(/"([^"]*)"/g)].map((it) => it[1]).join('')
}

test('a build is previewed under the policy that the server sends, which lets the engine in', () => {
  const sent = textIn('../../../src/portal/page_files.cpp', 'kPolicy')
  expect(sent).toContain("script-src 'self' 'wasm-unsafe-eval';")
  expect(textIn('../../vite.config.ts', 'POLICY')).toBe(sent)
})
