import type { Session } from '../api/types'
import { duration, when } from '../time/format'
import { HOUR, MINUTE, fromRfc3339, type Instant } from '../time/instants'

type Activity = Session['activity']
type DeviceUse = Session['device_use']

/** A workspace says something each five minutes at least; what is older has not been heard. */
const HEARD_MS = 10 * MINUTE
/** Devices are looked at each minute; what is older has not been measured. */
const MEASURED_MS = 5 * MINUTE
/** Less is a process that only holds the device. */
const BUSY_PERCENT = 1

export interface ActivityWords {
  /** One for each thing that is looked at. */
  facts: string[]
  looked: string
  /** Nothing came for so long that it may be otherwise by now. */
  old: boolean
}

/** When a workspace was last used, as it says; null where it has not said anything yet. */
export function activityWords(activity: Activity, zone: string, now: Instant): ActivityWords | null {
  if (activity.seen_at === null) return null
  const seen = fromRfc3339(activity.seen_at)
  const old = now - seen > HEARD_MS
  // Of what was not heard for long nobody knows how long ago it is.
  const at = (text: string) => {
    const used = fromRfc3339(text)
    return old || now - used >= HOUR ? `at ${when(used, zone, now)}` : `${duration(now - used)} ago`
  }
  return {
    facts: [editorWords(activity.editor, at), labWords(activity.lab, at)],
    looked: old
      ? `Nothing was heard since ${when(seen, zone, now)}, ${duration(now - seen)} ago: it may have been used since.`
      : `Looked at ${duration(now - seen)} ago.`,
    old,
  }
}

function editorWords(editor: Activity['editor'], at: (text: string) => string): string {
  if (editor === null) return 'VS Code not measured'
  return editor.used_at === null ? 'VS Code not used since it started' : `VS Code last used ${at(editor.used_at)}`
}

function labWords(lab: Activity['lab'], at: (text: string) => string): string {
  if (lab === null) return 'JupyterLab not measured'
  return `JupyterLab last used ${at(lab.used_at)}, ${kernelWords(lab.kernels, lab.kernels_busy)}`
}

function kernelWords(kernels: number, busy: number): string {
  if (kernels === 0) return 'no kernel'
  const count = kernels === 1 ? '1 kernel' : `${kernels} kernels`
  if (busy === 0) return `${count}, none busy`
  return busy === kernels ? `${count} busy` : `${count}, ${busy} busy`
}

/** How busy the devices are, as the cluster measures it; `old` where that may be otherwise by now. */
export function deviceWords(use: DeviceUse, zone: string, now: Instant): { text: string; old: boolean } {
  if (use === null) return { text: 'GPU not measured.', old: false }
  const seen = fromRfc3339(use.seen_at)
  const age = now - seen
  const used = use.used_at === null ? null : fromRfc3339(use.used_at)
  if (age > MEASURED_MS) {
    const last = used === null ? 'not seen in use' : `last seen in use at ${when(used, zone, now)}`
    return { text: `GPU ${last}. Nothing was measured since ${when(seen, zone, now)}.`, old: true }
  }
  const looked = `looked at ${duration(age)} ago, as the cluster measures it.`
  if (use.busy_percent >= BUSY_PERCENT)
    return { text: `GPU busy ${use.busy_percent} % of the time, ${looked}`, old: false }
  const since =
    used === null ? `since ${when(fromRfc3339(use.measured_since), zone, now)}` : `for ${duration(now - used)}`
  return { text: `GPU not in use ${since}, ${looked}`, old: false }
}
