import '../app/theme.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { createRoot } from 'react-dom/client'
import { createHashRouter, Link, Navigate, useLocation } from 'react-router'
import { RouterProvider } from 'react-router/dom'
import { queryClient, startClient } from '../app/client.ts'
import { startKeys } from '../app/keys.ts'
import { startMoment } from '../app/moment.ts'
import { usePreferences } from '../app/preferences.ts'
import { startLanguage } from '../app/startLanguage.ts'
import { startTheme } from '../app/theme.ts'
import { t, useLanguage } from '../app/words.ts'
import { startFleet } from '../fleet/fleet.ts'
import { startLastLook } from '../fleet/lastLook.ts'
import { buttonLinkClass } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { TooltipProvider } from '../ui/Tooltip.tsx'
import { Frame, startLoadErrors } from './Frame.tsx'
import { pages } from './pages.tsx'

/** Connects to the engine and renders the window. Returns a function that removes it. */
export function start(): () => Promise<void> {
  startTheme()
  startLoadErrors()
  const words = startLanguage()
  const router = createRouter()
  // Beside the words and the first answers of the engine. If that fails, the page says so.
  const first = router.state.matches.at(-1)?.route.path
  pages
    .find(({ path }) => path === first)
    ?.load()
    .catch(() => {})
  startMoment(router)
  startClient()
  startKeys()
  startFleet()
  startLastLook()

  const root = document.getElementById('root')
  if (!root) throw new Error('index.html has no #root')
  const rendered = words.then(() => {
    const page = createRoot(root)
    page.render(
      <QueryClientProvider client={queryClient}>
        <TooltipProvider>
          <RouterProvider router={router} />
        </TooltipProvider>
      </QueryClientProvider>,
    )
    return page
  })
  return async () => (await rendered).unmount()
}
/** Addresses that people type, and the pages they mean. */
const typedAddresses = {
  '/overview': '/',
  ...Object.fromEntries(['maintenance', 'rules', 'channels', 'availability'].map((tab) => [`/${tab}`, `/alarms?tab=${tab}`])),
}
/** Deep links after # need no support from the server under http:// or from the file handler under app://. */
function createRouter() {
  return createHashRouter([
    {
      element: <Frame />,
      children: [
        ...pages.map(({ path, page }) => ({ path, element: <Drawn of={page} /> })),
        ...Object.entries(typedAddresses).map(([path, to]) => ({ path, element: <Navigate to={to} replace /> })),
        { path: '*', element: <Drawn of={NoSuchPage} /> },
      ],
    },
  ])
}

/** Anew in another language or time zone. */
function Drawn({ of: Page }: { readonly of: React.ComponentType }) {
  useLanguage()
  usePreferences()
  return <Page />
}

/** So that a mistyped or outdated address does not look like the intended page. */
function NoSuchPage() {
  const { pathname } = useLocation()
  return (
    <EmptyState
      title={t('noPage.title')}
      actions={pages.flatMap(({ path, to, title, icon: Icon }) =>
        Icon === null
          ? []
          : [
              <Link key={path} to={to ?? path} className={buttonLinkClass}>
                <Icon size={13} aria-hidden="true" /> {t(`pages.${title}`)}
              </Link>,
            ],
      )}
    >
      {t('noPage.text', { address: pathname })}
    </EmptyState>
  )
}
