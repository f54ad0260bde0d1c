import { describe, expect, test } from 'vitest'
import { HOUR, MINUTE, SECOND } from '../time/instants'
import { activityWords, deviceWords } from './activity'

const NOW = Date.parse('2026-11-24T14:30:00Z')
const ZONE = 'Europe/Berlin'
const ago = (ms: number) => new Date(NOW - ms).toISOString()

const used = {
  seen_at: ago(20 * SECOND),
  editor: { used_at: ago(4 * MINUTE) },
  lab: { used_at: ago(2 * HOUR + 25 * MINUTE), kernels: 1, kernels_busy: 1 },
}

describe('when a workspace was last used', () => {
  test('is told with its age, and by the clock where it is long ago', () => {
    expect(activityWords(used, ZONE, NOW)).toEqual({
      facts: ['VS Code last used 4 min ago', 'JupyterLab last used at 13:05 CET, 1 kernel busy'],
      looked: 'Looked at 20 s ago.',
      old: false,
    })
  })

  test('what was not measured is not told as unused', () => {
    expect(activityWords({ ...used, editor: null, lab: null }, ZONE, NOW)?.facts).toEqual([
      'VS Code not measured',
      'JupyterLab not measured',
    ])
    expect(activityWords({ ...used, editor: { used_at: null } }, ZONE, NOW)?.facts[0]).toBe(
      'VS Code not used since it started',
    )
    expect(activityWords({ seen_at: null, editor: null, lab: null }, ZONE, NOW)).toBeNull()
  })

  test('what stopped coming says so, and no age of it is counted on', () => {
    expect(activityWords(used, ZONE, NOW + 25 * MINUTE)).toEqual({
      facts: ['VS Code last used at 15:26 CET', 'JupyterLab last used at 13:05 CET, 1 kernel busy'],
      looked: 'Nothing was heard since 15:29 CET, 25 min ago: it may have been used since.',
      old: true,
    })
  })

  test.each([
    [0, 0, 'no kernel'],
    [2, 0, '2 kernels, none busy'],
    [2, 2, '2 kernels busy'],
    [3, 1, '3 kernels, 1 busy'],
  ])('%i kernels, %i busy: %s', (kernels, busy, words) => {
    const lab = { used_at: ago(MINUTE), kernels, kernels_busy: busy }
    expect(activityWords({ ...used, lab }, ZONE, NOW)?.facts[1]).toBe(`JupyterLab last used 1 min ago, ${words}`)
  })
})

describe('how busy the devices are', () => {
  const busy = { seen_at: ago(20 * SECOND), measured_since: ago(HOUR), busy_percent: 25.5, used_at: ago(20 * SECOND) }

  test.each([
    [busy, 'GPU busy 25.5 % of the time, looked at 20 s ago, as the cluster measures it.'],
    [
      { ...busy, busy_percent: 0.4, used_at: ago(12 * MINUTE) },
      'GPU not in use for 12 min, looked at 20 s ago, as the cluster measures it.',
    ],
    [
      { ...busy, busy_percent: 0, used_at: null },
      'GPU not in use since 14:30 CET, looked at 20 s ago, as the cluster measures it.',
    ],
    [null, 'GPU not measured.'],
  ])('%#: %s', (use, text) => {
    expect(deviceWords(use, ZONE, NOW)).toEqual({ text, old: false })
  })

  test('what is not measured any more is not told as idle', () => {
    expect(deviceWords(busy, ZONE, NOW + 25 * MINUTE)).toEqual({
      text: 'GPU last seen in use at 15:29 CET. Nothing was measured since 15:29 CET.',
      old: true,
    })
    expect(deviceWords({ ...busy, used_at: null }, ZONE, NOW + 25 * MINUTE).text).toMatch(
      /^GPU not seen in use\. Nothing/,
    )
  })
})
