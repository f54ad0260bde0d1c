import { Button } from '@patternfly/react-core/dist/esm/components/Button'
import { useState } from 'react'
import { useAnnounce } from './announce'

/** Copies a text and says whether it did. Off secure origins the browser has no clipboard for pages: then it is selected. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle')
  const announce = useAnnounce()
  const copy = async () => {
    const done = await writeClipboard(text)
    setState(done ? 'copied' : 'refused')
    announce(done ? 'Copied.' : 'Copying is not possible here. Select the text instead.')
  }
  return (
    <>
      <Button variant="secondary" onClick={() => void copy()}>
        {state === 'copied' ? 'Copied' : label}
      </Button>
      {state === 'refused' && (
        <textarea
          className="berth-copy-text"
          readOnly
          aria-label={label}
          value={text}
          rows={5}
          onFocus={(e) => e.target.select()}
        />
      )}
    </>
  )
}

async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}
