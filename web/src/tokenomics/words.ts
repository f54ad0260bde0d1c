/** Words that are written otherwise than the parts of a name. */
const WORDS: Record<string, string> = {
  gpu: 'GPU',
  gpus: 'GPUs',
  pue: 'PUE',
  fte: 'roles',
  kv: 'KV',
  gb: 'GB',
  breakeven: 'break-even',
  '1000': '1,000',
  mtok: 'million tokens',
}

/** `gpu_price` as a person reads it: `GPU price`. */
export function labelOf(name: string): string {
  const words = name.split('_').map((word) => WORDS[word] ?? word)
  const [first = '', ...rest] = words
  return [first.charAt(0).toUpperCase() + first.slice(1), ...rest].join(' ')
}

const UNITS: Record<string, string> = {
  yr: 'years',
  month: 'months',
  h: 'hours',
  d: 'days',
  s: 'seconds',
  'h/d': 'hours a day',
  '1/yr': 'per year',
  role: 'roles',
}

/** Units as they are read, with the scenario's currency for `money`. */
export const unitText = (unit: string, currency: string): string =>
  UNITS[unit] ?? unit.replace('money', currency).replace('Mtok', 'million tokens')
