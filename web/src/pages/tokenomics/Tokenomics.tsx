import { ErrorPanel } from '../../ui/ErrorPanel'
import { Loading } from '../../ui/Loading'
import { PageHeading } from '../../ui/PageHeading'
import { Calculator } from './Calculator'
import './tokenomics.css'
import { useEngine } from './use_engine'

/** What a million tokens cost here, and when owning wins. Everything is worked out in the browser. */
export function Tokenomics() {
  const { engine, error, retry } = useEngine()
  if (engine) return <Calculator engine={engine} />
  return (
    <>
      <PageHeading title="Tokenomics" />
      {error ? (
        <ErrorPanel what="The calculation" error={error} onRetry={retry} />
      ) : (
        <Loading what="the calculation" rows={6} onRetry={retry} />
      )}
    </>
  )
}
