import { execFileSync } from 'node:child_process'
import { addresses } from './settings.ts'

/** Rows of one statement in the demo's own database, as its owner. */
export function sql(statement: string): string[][] {
  const arguments_ = [
    '-X',
    '-q',
    '-A',
    '-t',
    '-F',
    '\t',
    '-v',
    'ON_ERROR_STOP=1',
    '-d',
    addresses().database_owner,
    '-c',
    statement,
  ]
  const text = execFileSync('psql', arguments_, { encoding: 'utf8', timeout: 20_000 })
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t'))
}
