import type { Catalogue, Scenario } from '../../tokenomics/answers'
import type { Engine } from '../../tokenomics/engine'
import type { Draft } from '../../tokenomics/scenario'

/** What every tab of results gets. */
export interface TabProps {
  engine: Engine
  catalogue: Catalogue
  /** The last one that could be calculated. */
  scenario: Scenario
  /** The same as it was entered. */
  draft: Draft
  /** What is entered now cannot be calculated. */
  previous: boolean
  onChange(next: (draft: Draft) => Draft): void
}
