import type { Answer, Catalogue } from './answers'
import { withDefaults } from './presets'
import { scenarioOf, type Draft } from './scenario'

/**
 * A scenario file as the command line reads it, with every input's value but of what follows another: whoever audits a number
 * reads what it came of, and a later version, with other defaults, answers the same.
 */
export const jsonOf = (draft: Draft, catalogue: Catalogue): string =>
  `${JSON.stringify(scenarioOf(withDefaults(draft, catalogue)), null, 2)}\n`

/** Inputs and results of several questions about one scenario; what two of them name is written once. */
export function csvOf(answers: Answer[]): string {
  const inputs = Object.assign({}, ...answers.map((it) => it.inputs)) as Answer['inputs']
  const results = Object.assign({}, ...answers.map((it) => it.results)) as Answer['results']
  const rows = [
    ['kind', 'name', 'value', 'unit', 'note'],
    ...Object.entries(inputs).map(([name, value]) => [
      'input',
      name,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
      '',
      '',
    ]),
    ...Object.entries(results).map(([name, it]) => [
      'result',
      name,
      it.value === null ? '' : String(it.value),
      it.unit,
      it.reason ?? '',
    ]),
    ...answers.flatMap((it) =>
      Object.entries(it.sentences).map(([name, text]) => ['sentence', `${it.question}.${name}`, text, '', '']),
    ),
  ]
  return rows.map((row) => `${row.map(cellOf).join(',')}\r\n`).join('')
}

function cellOf(text: string): string {
  // A spreadsheet would run what begins like a formula.
  const safe = /^[=+@\t\r]|^-(?![\d.])/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** A file name from the scenario's name, with an ending. */
export function fileNameOf(draft: Draft, ending: string): string {
  const words = draft.name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
  return `${words || 'scenario'}.${ending}`
}
