import { ProgressStep, ProgressStepper } from '@patternfly/react-core/dist/esm/components/ProgressStepper'
import type { Stage } from './lifecycle'

const VARIANT = { done: 'success', current: 'info', pending: 'pending', failed: 'danger' } as const

export function Lifecycle({ stages }: { stages: Stage[] }) {
  return (
    <ProgressStepper aria-label="Lifecycle">
      {stages.map((stage) => {
        const current = stage.place === 'current' || stage.place === 'failed'
        return (
          <ProgressStep
            key={stage.state}
            id={`stage-${stage.state}`}
            titleId={`stage-${stage.state}-title`}
            variant={VARIANT[stage.place]}
            isCurrent={current}
            description={stage.time}
            aria-label={`${stage.title}, ${stage.state}${current ? ', current step' : ''}`}
          >
            {stage.title} <span className="berth-hint">{stage.state}</span>
          </ProgressStep>
        )
      })}
    </ProgressStepper>
  )
}
