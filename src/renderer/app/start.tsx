import { QueryClientProvider } from '@tanstack/react-query'
import { createRoot } from 'react-dom/client'
import { RouterProvider } from 'react-router/dom'
import { TooltipProvider } from '../ui/Tooltip.tsx'
import { queryClient, startClient } from './client.ts'
import { type Joined, JoinedContext } from './joined.ts'
import { startKeys } from './keys.ts'
import { startMoment } from './moment.ts'
import { createRouter } from './routes.tsx'
import { startTheme } from './theme.ts'
import './theme.css'
import { startLanguage } from './language.ts'

/** Connects to the engine and renders the window. Returns a function that removes what is rendered. */
export function start(joined: Joined): () => Promise<void> {
  startTheme()
  const words = startLanguage()
  const router = createRouter(joined.pages)
  // Fetched beside the words and the first answers of the engine, not after them. Where that fails, the page says so.
  const first = router.state.matches.at(-1)?.route.path
  joined.pages
    .find(({ path }) => path === first)
    ?.load()
    .catch(() => {})
  startMoment(router)
  startClient()
  startKeys()
  joined.start()

  const root = document.getElementById('root')
  if (!root) throw new Error('index.html has no #root')
  const rendered = words.then(() => {
    const page = createRoot(root)
    page.render(
      <QueryClientProvider client={queryClient}>
        <JoinedContext value={joined}>
          <TooltipProvider>
            <RouterProvider router={router} />
          </TooltipProvider>
        </JoinedContext>
      </QueryClientProvider>,
    )
    return page
  })
  return async () => (await rendered).unmount()
}
