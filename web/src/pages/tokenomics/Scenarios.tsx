import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { Checkbox } from '@patternfly/react-core/dist/esm/components/Checkbox'
import { useState } from 'react'
import { useSearchParams } from 'react-router'
import type { Draft } from '../../tokenomics/scenario'
import { useAnnounce } from '../../ui/announce'
import { Comparison } from './Comparison'
import { MOST_SAVED, readSaved, writeSaved } from './saved'
import type { TabProps } from './tab_props'
import { useEditAddress } from '../../ui/edit_address'

/** More columns than this are not compared but searched. */
const MOST_COMPARED = 3

/** Scenarios that this browser keeps, and up to three of them side by side. */
export function Scenarios({ engine, catalogue, draft, previous, onChange }: TabProps) {
  const [saved, setSaved] = useState(readSaved)
  const [params] = useSearchParams()
  const edit = useEditAddress()
  const announce = useAnnounce()
  // Not from the address itself: a box has to show at once that it was ticked.
  const [chosen, setChosen] = useState(() => params.getAll('compare'))
  const compared = chosen.filter((it) => saved.has(it)).slice(0, MOST_COMPARED)
  const compare = (names: string[]) => {
    setChosen(names)
    edit((next) => {
      next.delete('compare')
      for (const name of names) next.append('compare', name)
    })
  }
  const keep = (next: Map<string, Draft>, said: string) => {
    writeSaved(next)
    setSaved(next)
    announce(said)
  }
  const refusal = whyNotSaved(draft, saved, previous)
  return (
    <>
      <div className="berth-chips">
        <Button
          isAriaDisabled={refusal !== ''}
          aria-describedby={refusal ? 'save-why' : undefined}
          onClick={() => refusal === '' && keep(new Map(saved).set(draft.name, draft), `Saved ${draft.name}.`)}
        >
          {saved.has(draft.name) ? 'Save again' : 'Save scenario'}
        </Button>
        <span id="save-why" className="berth-hint">
          {refusal || 'Saved in this browser only. Share by link or file.'}
        </span>
      </div>
      {saved.size === 0 ? (
        <p>
          No scenarios saved yet. Name one, save it, then change the inputs and save again under another name to
          compare.
        </p>
      ) : (
        <ul className="tk-saved" aria-label="Saved scenarios">
          {[...saved].map(([name, its]) => (
            <li key={name}>
              <Checkbox
                id={`compare-${name}`}
                label={`Compare ${name}`}
                isChecked={compared.includes(name)}
                isDisabled={!compared.includes(name) && compared.length === MOST_COMPARED}
                onChange={(_, on) => compare(on ? [...compared, name] : compared.filter((it) => it !== name))}
              />
              <Button variant="link" isInline onClick={() => onChange(() => its)} aria-label={`Open ${name}`}>
                Open
              </Button>
              <Button
                variant="link"
                isInline
                isDanger
                aria-label={`Delete ${name}`}
                onClick={() => {
                  const next = new Map(saved)
                  next.delete(name)
                  keep(next, `Deleted ${name}.`)
                }}
              >
                Delete
              </Button>
            </li>
          ))}
        </ul>
      )}
      {compared.length === MOST_COMPARED && <p className="berth-hint">Three are compared, the most there can be.</p>}
      {compared.length > 0 && (
        <Comparison
          engine={engine}
          catalogue={catalogue}
          columns={compared.flatMap((name) => [{ name, draft: saved.get(name) ?? draft }])}
        />
      )}
    </>
  )
}

function whyNotSaved(draft: Draft, saved: ReadonlyMap<string, Draft>, previous: boolean): string {
  if (previous) return 'Only values that can be calculated can be saved.'
  if (draft.name.trim() === '') return 'Give the scenario a name first.'
  if (saved.size >= MOST_SAVED && !saved.has(draft.name))
    return `This browser keeps ${MOST_SAVED} scenarios. Delete one first.`
  return ''
}
