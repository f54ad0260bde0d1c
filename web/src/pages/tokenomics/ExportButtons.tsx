import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { useRef, useState } from 'react'
import type { Engine } from '../../tokenomics/engine'
import { csvOf, fileNameOf, jsonOf } from '../../tokenomics/exports'
import { withoutDefaults } from '../../tokenomics/presets'
import { draftOf, scenarioOf, type Draft } from '../../tokenomics/scenario'
import { download } from '../../ui/download'

/** As much as the API takes for a scenario. */
const MOST_FILE_BYTES = 1 << 20
const QUESTIONS = ['unit', 'breakeven', 'solve'] as const

interface Props {
  engine: Engine
  /** Null while it cannot be calculated. */
  draft: Draft | null
  onOpen(draft: Draft): void
}

/** The scenario as a file, and a file as the scenario. */
export function ExportButtons({ engine, draft, onOpen }: Props) {
  const file = useRef<HTMLInputElement>(null)
  const [refusal, setRefusal] = useState('')
  const csv = (from: Draft): string => {
    const outcomes = QUESTIONS.map((it) => engine.ask(it, scenarioOf(from)))
    return csvOf(outcomes.flatMap((it) => (it.ok ? [it.answer] : [])))
  }
  const open = async (chosen: File | undefined) => {
    if (!chosen) return
    if (chosen.size > MOST_FILE_BYTES) return setRefusal(`${chosen.name} is larger than 1 MiB.`)
    const draft = draftOf(await chosen.text())
    if (!draft) return setRefusal(`${chosen.name} holds no scenario: a JSON object is expected.`)
    setRefusal('')
    onOpen(withoutDefaults(draft, engine.catalogue()))
  }
  const why = draft ? undefined : 'export-why'
  return (
    <>
      <Button
        variant="secondary"
        isAriaDisabled={!draft}
        aria-describedby={why}
        onClick={() =>
          draft && download(fileNameOf(draft, 'json'), 'application/json', jsonOf(draft, engine.catalogue()))
        }
      >
        Export JSON
      </Button>
      <Button
        variant="secondary"
        isAriaDisabled={!draft}
        aria-describedby={why}
        onClick={() => draft && download(fileNameOf(draft, 'csv'), 'text/csv', csv(draft))}
      >
        Export CSV
      </Button>
      <Button variant="secondary" onClick={() => file.current?.click()}>
        Open file
      </Button>
      <input
        ref={file}
        type="file"
        accept=".json,application/json"
        hidden
        aria-label="Scenario file"
        onChange={(event) => {
          void open(event.target.files?.[0])
          event.target.value = ''
        }}
      />
      {!draft && (
        <span id="export-why" className="berth-hint">
          Export needs values that can be calculated.
        </span>
      )}
      {refusal && (
        <span role="alert" className="tk-refusal">
          {refusal}
        </span>
      )}
    </>
  )
}
