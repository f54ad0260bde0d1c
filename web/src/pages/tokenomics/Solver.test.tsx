// @vitest-environment happy-dom
import { cleanup, render, screen } from '@testing-library/react'
import { readFileSync } from 'node:fs'
import { afterEach, beforeAll, expect, test } from 'vitest'
import type { Scenario } from '../../tokenomics/answers'
import { engineOf, type Engine } from '../../tokenomics/engine'
import { Solver } from './Solver'
import type { TabProps } from './tab_props'

let engine: Engine
beforeAll(async () => {
  const bytes = readFileSync('src/tokenomics/engine.wasm')
  engine = engineOf(await WebAssembly.compile(bytes))
})
afterEach(cleanup)

function show(change: Partial<Scenario>) {
  const scenario = { berth_scenario: 1, currency: 'USD', ...change }
  render(<Solver {...({ engine, scenario, previous: false } as unknown as TabProps)} />)
  const labels = [...document.querySelectorAll('[data-verdict], [data-cheaper]')]
  return labels.map((it) => it.textContent)
}

test('of the usual machine at its usual demand it says that the cloud costs half', () => {
  expect(show({})).toEqual(['right-sized', 'the cloud is cheaper'])
  expect(screen.getByText(/the cloud costs half at this demand: USD 10,560 a year instead of 21,279\.$/)).toBeTruthy()
  expect(screen.queryByText(/Nothing to change/)).toBeNull()
})

test('where own GPUs with the cloud for the peaks are cheapest it says so, with the next one', () => {
  expect(show({ demand: 1e10, present_gpus: 8 })).toEqual(['right-sized', 'own GPUs with the cloud are cheaper'])
  expect(screen.getByText(/^Cheapest: own GPUs with the cloud for the peaks, .*; next: own GPUs, /)).toBeTruthy()
})

test('where own GPUs are cheapest there is nothing beside the word', () => {
  expect(show({ demand: 1e10, present_gpus: 8, cloud_input_price: 3, cloud_output_price: 3 })).toEqual(['right-sized'])
  expect(screen.getByText('Nothing to change.')).toBeTruthy()
})
