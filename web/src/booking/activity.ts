import type { Session } from '../api/types'
import { duration, when } from '../time/format'
import { HOUR, MINUTE, fromRfc3339, type Instant } from '../time/instants'

type Activity = Session['activity']

/** A workspace says something each five minutes at least; what is older has not been heard. */
const HEARD_MS = 10 * MINUTE

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
