import type { HomeForecast, PoolPolicy } from '../api/types'
import { dayMonth } from '../time/format'
import { fromRfc3339 } from '../time/instants'

/** What is there of one's files when a reservation begins: "Your files of 24 Nov will be there." */
export const filesBefore = ({ files }: HomeForecast, zone: string): string =>
  files ? `Your files of ${dayMonth(fromRfc3339(files.of), zone)} will be there.` : 'Starts with empty files.'

/** What becomes of them at its end. */
export function filesAfter({ after, because, kept_until: until, replaces }: HomeForecast, zone: string): string {
  if (after === 'kept' && until) {
    const kept = `Your files are kept until ${dayMonth(fromRfc3339(until), zone)}.`
    return replaces
      ? `${kept} Those of ${dayMonth(fromRfc3339(replaces), zone)} are deleted then: this pool keeps no more.`
      : kept
  }
  return because === 'size'
    ? 'Your files are deleted at the end: they are larger than this pool keeps.'
    : 'Your files are deleted at the end.'
}

/** While the server has not said more: what the pool's rule says. */
export const filesByRule = (policy: PoolPolicy): string =>
  (policy.keep_home_days ?? 0) > 0
    ? 'Everything in the workspace but your home folder is deleted at the end.'
    : 'Everything in the workspace is deleted at the end.'
