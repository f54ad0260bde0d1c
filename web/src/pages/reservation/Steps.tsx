import { Alert } from '@patternfly/react-core/dist/esm/components/Alert'
import { ExpandableSection } from '@patternfly/react-core/dist/esm/components/ExpandableSection'
import { useEffect, useRef, useState } from 'react'
import type { Session, Step } from '../../api/types'
import { currentStep, nextTry, stepDetails, stepTitle, stepWords, tries, waitingWords } from '../../booking/steps'
import type { Instant } from '../../time/instants'
import { useAnnounce } from '../../ui/announce'
import { CopyButton } from '../../ui/CopyButton'

const MARK: Record<Step['state'], string> = { done: '✓', running: '…', failed: '!', pending: '○' }

/** How the session is being made, in the server's order. It stays after the end. */
export function Steps({ reservation, session, now }: { reservation: string; session: Session; now: Instant }) {
  const current = currentStep(session)
  // What went well is out of the way of what one does next, once there is nothing to wait for.
  const [unfolded, setUnfolded] = useState(false)
  const settled = !current && !session.waiting_for && session.steps.every((step) => step.state === 'done')
  useAnnounceSteps(
    current ? `${stepTitle(current.step.name)}, step ${current.number} of ${current.of}` : 'All steps are done.',
  )
  return (
    <section aria-labelledby="steps-title">
      <h2 id="steps-title" className="berth-h2">
        Provisioning
        {session.attempt > 1 && <span className="berth-hint"> attempt {session.attempt}</span>}
      </h2>
      {settled ? (
        <ExpandableSection
          toggleText={`All ${session.steps.length} steps are done`}
          isExpanded={unfolded}
          onToggle={(_, open) => setUnfolded(open)}
        >
          <StepList reservation={reservation} session={session} now={now} />
        </ExpandableSection>
      ) : (
        <StepList reservation={reservation} session={session} now={now} />
      )}
      {session.waiting_for && <p className="berth-hint">{waitingWords(session.waiting_for, now)}</p>}
      {session.newer_version && (
        <Alert variant="info" isInline isPlain title={`Not all steps are shown: ${session.newer_version}.`} />
      )}
    </section>
  )
}

function StepList({ reservation, session, now }: { reservation: string; session: Session; now: Instant }) {
  const current = currentStep(session)
  return (
    <ol className="berth-steps">
      {session.steps.map((step) => {
        const words = stepWords(step, now)
        const isCurrent = current?.step.name === step.name
        return (
          <li key={step.name} data-state={step.state} aria-current={isCurrent ? 'step' : undefined}>
            <span className="berth-step-mark" aria-hidden="true">
              {MARK[step.state]}
            </span>
            <span className="berth-step-title">{words.title}</span>
            <span className="berth-step-state">{words.state}</span>
            <span className="berth-hint">{words.time}</span>
            {words.slow && <span className="berth-step-more">{words.slow}</span>}
            {step.state === 'failed' ? (
              <FailedStep reservation={reservation} session={session} step={step} now={now} />
            ) : (
              step.detail && <span className="berth-step-more berth-hint">{step.detail}</span>
            )}
          </li>
        )
      })}
    </ol>
  )
}

function FailedStep({
  reservation,
  session,
  step,
  now,
}: {
  reservation: string
  session: Session
  step: Step
  now: Instant
}) {
  // Held here, so that "folded" is told to assistive technology from the beginning.
  const [unfolded, setUnfolded] = useState(false)
  const plain = step.detail.split(/[.\n]/, 1)[0]?.slice(0, 160) || 'The step did not succeed'
  return (
    <div className="berth-step-more">
      <Alert variant="warning" isInline isPlain title={`${plain}. ${tries(step.tries)}. ${nextTry(step, now)}`} />
      <div className="berth-chips">
        <CopyButton label="Copy details" text={stepDetails(reservation, session, step)} />
      </div>
      <ExpandableSection toggleText="Raw message" isExpanded={unfolded} onToggle={(_, open) => setUnfolded(open)}>
        <pre className="berth-raw">{step.detail || 'No message.'}</pre>
      </ExpandableSection>
    </div>
  )
}

/** Says each new step; not the one that was there when the page opened. */
function useAnnounceSteps(text: string): void {
  const announce = useAnnounce()
  const last = useRef(text)
  useEffect(() => {
    if (last.current === text) return
    last.current = text
    announce(text)
  }, [text, announce])
}
