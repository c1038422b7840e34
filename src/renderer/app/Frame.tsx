import { Suspense } from 'react'
import { Outlet, useLocation } from 'react-router'
import { ErrorBoundary } from '../ui/ErrorBoundary.tsx'

/** What stands around every page. */
export const Frame = () => {
  const { pathname } = useLocation()
  return (
    <main className="flex h-full min-h-0 flex-col gap-3.5 overflow-auto px-4 py-3.5">
      <ErrorBoundary resetKey={pathname} fallback={(error) => <pre>{String(error)}</pre>}>
        <Suspense>
          <Outlet />
        </Suspense>
      </ErrorBoundary>
    </main>
  )
}
