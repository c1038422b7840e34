import { Component, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { Outlet, useLocation, useNavigate } from 'react-router'
import { Toaster } from 'sonner'
import { messageOf } from '../../shared/messageOf.ts'
import { Button } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { useLasting } from '../ui/timing.ts'
import { nextTheme, toggleFullScreen, toggleRail, toggleZone } from './actions.ts'
import { CommandPalette } from './CommandPalette.tsx'
import { useConnection } from './client.ts'
import { ConnectionBanner, EntryPage } from './EntryPage.tsx'
import { setOpen, startSearch, useBare, useOpen } from './frameState.ts'
import { useJoined } from './joined.ts'
import { KeysHelp } from './KeysHelp.tsx'
import { useKeys } from './keys.ts'
import { useMoment } from './moment.ts'
import { usePreferences } from './preferences.ts'
import { Rail } from './Rail.tsx'
import { TopBar } from './TopBar.tsx'

function useFrameKeys() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { pages } = useJoined()
  const bare = useBare()
  // Where the page stands alone, only the bar of the past has a place to enter a moment.
  const canGoToPast = useMoment() !== null || !bare
  useKeys('everywhere', [
    { keys: '/', words: t('keys.search'), run: startSearch },
    { keys: 'mod+k', words: t('keys.palette'), run: () => setOpen('palette') },
    { keys: '?', words: t('common.keyboardShortcuts'), run: () => setOpen('keys') },
    { keys: 'f', words: t('common.fullScreen'), run: toggleFullScreen },
    { keys: 'u', words: t('keys.zone'), run: toggleZone },
    ...(canGoToPast ? [{ keys: 'p', words: t('past.goTo'), run: () => setOpen('moment') }] : []),
    { keys: 't', words: t('keys.theme'), run: nextTheme },
    { keys: 'b', words: t('common.collapseOrExpandTheSidebar'), run: toggleRail },
  ])
  useKeys(
    'goTo',
    pages.flatMap(({ key, path, to, title }) => (key === null ? [] : [{ keys: `g ${key}`, words: t(`pages.${title}`), run: () => void navigate(to ?? path) }])),
  )
}

/** A startup longer than this, ms, is explained; until then, pages show their skeletons. */
const patienceMs = 1500

/** The frame around every page. */
export function Frame() {
  const { t } = useTranslation()
  const { pathname } = useLocation()
  const { theme } = usePreferences()
  const { state } = useConnection()
  const open = useOpen()
  const bare = useBare()
  const { useIsKnown, Background, AroundPage, Banners, PastBar } = useJoined()
  const known = useIsKnown()
  useFrameKeys()
  // If something was received before, it stays on the screen and the banner says that it is not live.
  const slow = useLasting(!known && state === 'connecting', patienceMs)
  const waits = slow || (!known && state === 'lost')
  const shut = state === 'mismatch' || state === 'signedOut' || (!known && state === 'failed')
  return (
    <>
      <Background />
      {(shut || waits) && <EntryPage />}
      {!shut && (
        // The page stays mounted behind the message, so that entries are not lost.
        <div className={waits ? 'hidden' : 'flex h-full min-h-0'}>
          <a
            href={`#${pathname}`}
            onClick={(event) => {
              event.preventDefault()
              document.getElementById('page')?.focus()
            }}
            className="fixed top-1 left-1 z-50 -translate-y-16 rounded-md bg-accent px-3 py-1.5 font-semibold text-on-accent focus:translate-y-0"
          >
            {t('frame.skip')}
          </a>
          {!bare && <Rail />}
          <div className="flex min-w-0 flex-1 flex-col">
            {!bare && <TopBar />}
            <PastBar />
            <main id="page" tabIndex={-1} className={`flex min-h-0 flex-1 flex-col gap-3.5 overflow-auto outline-none ${bare ? '' : 'px-4 py-3.5'}`}>
              <ConnectionBanner />
              <Banners />
              <ErrorBoundary
                resetKey={pathname}
                fallback={(error, again) => (
                  <EmptyState
                    icon={<Mark kind="critical" size={28} />}
                    title={t('failure.title')}
                    actions={
                      <Button look="primary" onClick={again}>
                        {t('failure.again')}
                      </Button>
                    }
                  >
                    {t('failure.text')}
                    <pre className="mt-2 whitespace-pre-wrap font-mono text-sm text-faint">{messageOf(error)}</pre>
                  </EmptyState>
                )}
              >
                <Suspense fallback={<SkeletonRows rows={6} />}>
                  <AroundPage>
                    <Outlet />
                  </AroundPage>
                </Suspense>
              </ErrorBoundary>
            </main>
          </div>
        </div>
      )}
      <CommandPalette open={open === 'palette'} onClose={() => setOpen('none')} />
      <KeysHelp open={open === 'keys'} onClose={() => setOpen('none')} />
      <ToastPlace theme={theme} label={t('frame.notices')} />
    </>
  )
}

/** Place for short notices. Show one with `toast('…')` or `toast.error('…')` from 'sonner', never for anything that requires action. */
function ToastPlace({ theme, label }: { readonly theme: 'dark' | 'light' | 'system'; readonly label: string }) {
  return (
    <Toaster
      theme={theme}
      containerAriaLabel={label}
      position="bottom-right"
      toastOptions={{
        style: { background: 'var(--raised)', color: 'var(--text)', borderColor: 'var(--line-strong)', fontSize: 13, fontFamily: 'inherit', borderRadius: 8 },
      }}
    />
  )
}

interface ErrorBoundaryProps {
  /** Rendered when a child throws; `again` retries. */
  readonly fallback: (error: unknown, again: () => void) => React.ReactNode
  /** A change of this key retries, such as the address of the page. */
  readonly resetKey: string
  readonly children: React.ReactNode
}
/** Keeps a bug in one part from breaking the whole window. React supports this for classes only. */
class ErrorBoundary extends Component<ErrorBoundaryProps, { readonly error: { readonly cause: unknown } | null }> {
  override state = { error: null as { readonly cause: unknown } | null }
  static getDerivedStateFromError(cause: unknown) {
    return { error: { cause } }
  }
  override componentDidUpdate(before: ErrorBoundaryProps) {
    if (before.resetKey !== this.props.resetKey && this.state.error !== null) this.setState({ error: null })
  }
  override render() {
    return this.state.error === null ? this.props.children : this.props.fallback(this.state.error.cause, () => this.setState({ error: null }))
  }
}
