import '@patternfly/react-core/dist/styles/base.css'
import './app.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { RouterProvider } from 'react-router'
import { onSignedOut } from '../api/client'
import { forgetMe, makeQueryClient, prefetchMe } from '../api/queries'
import { Announcer } from '../ui/announce'
import { DraftProvider } from './draft'
import { makeRouter } from './router'
import { followSystemTheme } from './theme'

const client = makeQueryClient()
onSignedOut(() => forgetMe(client))
followSystemTheme()
prefetchMe(client)

const router = makeRouter()
const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <Announcer>
        <DraftProvider>
          <RouterProvider router={router} />
        </DraftProvider>
      </Announcer>
    </QueryClientProvider>
  </StrictMode>,
)
