import { PanelLeftClose, PanelLeftOpen } from 'lucide-react'
import { Component, lazy, Suspense } from 'react'
import { Link, matchRoutes, Outlet, useLocation, useNavigate } from 'react-router'
import { Toaster } from 'sonner'
import { messageOf } from '../../shared/result.ts'
import { WhoIsSignedIn } from '../accounts/WhoIsSignedIn.tsx'
import { PausedChannels } from '../alarms/PausedChannels.tsx'
import { nextTheme, toggleFullScreen, toggleRail, toggleZone } from '../app/actions.ts'
import { useConnection } from '../app/client.ts'
import { setOpen, startSearch, useBare, useOpen } from '../app/frameState.ts'
import { useBoundKeys, useKeys } from '../app/keys.ts'
import { useMoment } from '../app/moment.ts'
import { setPreferences, usePreferences } from '../app/preferences.ts'
import { t, useLanguage } from '../app/words.ts'
import { ConsoleBanners } from '../fleet/ConsoleBanners.tsx'
import { FigureChartContext } from '../fleet/figureChart.ts'
import { useFleetKnown } from '../fleet/fleet.ts'
import { WorstInTitle } from '../fleet/inFrame.tsx'
import { PastBar } from '../fleet/PastBar.tsx'
import { DeskNotifications, SoundBanner } from '../notifications/DeskNotifications.tsx'
import { BarColors } from '../ui/Bar.tsx'
import { Button, KeyHint } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Logo } from '../ui/Logo.tsx'
import { Mark } from '../ui/Mark.tsx'
import { createMediaHook } from '../ui/media.ts'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { Tick } from '../ui/Tick.tsx'
import { Tooltip } from '../ui/Tooltip.tsx'
import { useLasting } from '../ui/timing.ts'
import { CommandPalette } from './CommandPalette.tsx'
import { ConnectionBanner, EntryPage } from './EntryPage.tsx'
import { pages } from './pages.tsx'
import { modKey, TopBar } from './TopBar.tsx'

function useFrameKeys() {
  const navigate = useNavigate()
  const bare = useBare()
  // A page that stands alone has a place to enter a moment only in the past bar.
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

const patienceMs = 1500

const CamerasAlone = lazy(() => import('./CameraConsole.tsx').then((file) => ({ default: file.CameraConsole })))
// Charts need a library that no list needs.
const FigureChart = lazy(() => import('./SubjectFigure.tsx').then((file) => ({ default: file.SubjectFigure })))

/** Whoever may see cameras alone has another console. */
export function Frame() {
  useLanguage()
  const { theme } = usePreferences()
  const { state, hello } = useConnection()
  const isShut = state === 'mismatch' || state === 'signedOut'
  if (hello?.console !== 'none') return <WholeFrame />
  return (
    <>
      {isShut ? (
        <EntryPage />
      ) : (
        <Suspense fallback={<SkeletonRows rows={6} />}>
          <CamerasAlone />
        </Suspense>
      )}
      <ToastPlace theme={theme} label={t('frame.notices')} />
    </>
  )
}

function WholeFrame() {
  const { pathname } = useLocation()
  const { theme, barColors } = usePreferences()
  const { state } = useConnection()
  const open = useOpen()
  const bare = useBare()
  const known = useFleetKnown()
  useFrameKeys()
  // What was received before stays on the screen, and the banner says that it is not live.
  const slow = useLasting(!known && state === 'connecting', patienceMs)
  const waits = slow || (!known && state === 'lost')
  const shut = state === 'mismatch' || state === 'signedOut' || (!known && state === 'failed')
  return (
    <>
      <WorstInTitle />
      <DeskNotifications />
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
              <ConsoleBanners />
              <SoundBanner />
              <PausedChannels />
              <ErrorBoundary
                resetKey={pathname}
                fallback={(error, again) => {
                  const [text, label, run] = isNotLoaded(error)
                    ? [t('failure.notLoaded'), t('entry.reload'), () => location.reload()]
                    : [t('failure.text'), t('failure.again'), again]
                  return (
                    <EmptyState
                      icon={<Mark kind="critical" size={28} />}
                      title={t('failure.title')}
                      actions={<Button look="primary" onClick={run} text={label} />}
                    >
                      {text}
                      <pre className="mt-2 whitespace-pre-wrap font-mono text-sm text-faint">{messageOf(error)}</pre>
                    </EmptyState>
                  )
                }}
              >
                <Suspense fallback={<SkeletonRows rows={6} />}>
                  <BarColors value={barColors === 'classic'}>
                    <FigureChartContext value={FigureChart}>
                      <Outlet />
                    </FigureChartContext>
                  </BarColors>
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

/** Of `toast('…')` and `toast.error('…')` of 'sonner', never for anything that requires action. */
function ToastPlace({ theme, label }: { readonly theme: 'dark' | 'light' | 'system'; readonly label: string }) {
  return (
    <Toaster
      theme={theme}
      containerAriaLabel={label}
      position="bottom-right"
      style={{ fontFamily: 'inherit' }}
      toastOptions={{
        style: { background: 'var(--raised)', color: 'var(--text)', borderColor: 'var(--line-strong)', fontSize: 13, borderRadius: 8 },
      }}
    />
  )
}

/** Files of the window that failed to load. React keeps the error: only loading the window anew helps. */
const notLoaded = new WeakSet<object>()
export function startLoadErrors(): void {
  addEventListener('vite:preloadError', ({ payload }) => void notLoaded.add(payload))
}
const isNotLoaded = (error: unknown): boolean => typeof error === 'object' && error !== null && notLoaded.has(error)

interface ErrorBoundaryProps {
  readonly fallback: (error: unknown, again: () => void) => React.ReactNode
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

const names: Readonly<Record<string, string>> = {
  mod: modKey,
  shift: '⇧',
  ArrowLeft: '←',
  ArrowRight: '→',
  PageUp: 'Pg ↑',
  PageDown: 'Pg ↓',
  Escape: 'Esc',
  '-': '−',
}
const Keys = ({ keys }: { readonly keys: string }) => (
  <span className="flex items-center gap-1">
    {(keys === '+' ? ['+'] : keys.split(/[ +]/)).map((key) => (
      <KeyHint key={key}>{names[key] ?? (key.length === 1 && keys.includes('+') ? key.toUpperCase() : key)}</KeyHint>
    ))}
  </span>
)

const Group = ({ title, rows }: { readonly title: string; readonly rows: readonly { readonly keys: string; readonly words: string }[] }) =>
  rows.length === 0 ? null : (
    <section>
      <h3 className="mb-1 font-semibold">{title}</h3>
      <dl className="grid grid-cols-[112px_1fr] gap-y-1">
        {rows.map(({ keys, words }) => (
          <div key={keys} className="contents">
            <dt>
              <Keys keys={keys} />
            </dt>
            <dd className="text-muted">{words}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
function KeysHelp({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const { singleKeys } = usePreferences()
  const boundKeys = useBoundKeys()
  const map = [
    { keys: '← ↑ → ↓', words: t('keys.mapMove') },
    { keys: 'n N', words: t('keys.mapTrouble') },
    { keys: '↵', words: t('keys.mapOpen') },
  ]
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()} title={t('common.keyboardShortcuts')} closeLabel={t('common.close')} width={680}>
      <div className="grid grid-cols-2 gap-x-8 gap-y-4">
        <div className="flex flex-col gap-4">
          <Group title={t('keys.everywhere')} rows={boundKeys('everywhere')} />
          <Group title={t('past.keys.title')} rows={boundKeys('past')} />
        </div>
        <div className="flex flex-col gap-4">
          <Group title={t('keys.goTo')} rows={boundKeys('goTo')} />
          <Group title={t('keys.page')} rows={boundKeys('page')} />
          <Group title={t('keys.fleetMap')} rows={map} />
        </div>
      </div>
      <Tick
        labelClass="mt-4 flex items-center gap-2 border-line border-t pt-3 text-muted"
        checked={singleKeys}
        onTick={(on) => setPreferences({ singleKeys: on })}
      >
        {t('keys.single')}
      </Tick>
    </Dialog>
  )
}

const useNarrow = createMediaHook('(max-width: 1023px)')

function railPathOf(address: string): string {
  const [shown] =
    matchRoutes(
      pages.map(({ path, under }) => ({ path, handle: under })),
      address,
    ) ?? []
  const under: unknown = shown?.route.handle
  return typeof under === 'string' ? under : firstOf(address)
}
const firstOf = (address: string) => `/${address.split('/')[1] ?? ''}`

function Rail() {
  const { pathname } = useLocation()
  const railPath = railPathOf(pathname)
  const forced = useNarrow()
  const collapsed = usePreferences().railCollapsed || forced
  return (
    <nav
      aria-label={t('common.pages')}
      className={`flex flex-none flex-col gap-px border-line border-r bg-surface px-2 ${collapsed ? 'w-[52px]' : 'w-[176px]'}`}
    >
      <div className="flex h-11 flex-none items-center gap-[9px] px-2 text-lg font-[650] tracking-[-0.01em]">
        <Logo />
        {!collapsed && 'mtxdeck'}
      </div>
      {pages.map(({ path, to, title, icon: Icon, Count }) => {
        if (Icon === null) return null
        const on = firstOf(to ?? path) === railPath
        const link = (
          <Link
            key={path}
            to={to ?? path}
            aria-current={on ? 'page' : undefined}
            className={`relative flex min-h-[30px] items-center gap-2.5 rounded-md px-[9px] py-1.5 font-medium ${on ? 'bg-raised text-text' : 'text-muted hover:bg-hover hover:text-text'}`}
          >
            <Icon size={16} className="flex-none opacity-85" aria-hidden="true" />
            {collapsed ? <span className="sr-only">{t(`pages.${title}`)}</span> : t(`pages.${title}`)}
            {Count && <Count collapsed={collapsed} />}
          </Link>
        )
        return collapsed ? (
          <Tooltip key={path} content={t(`pages.${title}`)} side="right">
            {link}
          </Tooltip>
        ) : (
          link
        )
      })}
      <div className="flex-1" />
      <WhoIsSignedIn collapsed={collapsed} />
      {!forced && (
        <button
          type="button"
          onClick={toggleRail}
          aria-label={t('common.collapseOrExpandTheSidebar')}
          className="mb-2 flex min-h-[28px] items-center gap-2.5 rounded-md px-[9px] py-1 text-faint hover:bg-hover hover:text-text"
        >
          {collapsed ? <PanelLeftOpen size={16} aria-hidden="true" /> : <PanelLeftClose size={16} aria-hidden="true" />}
        </button>
      )}
    </nav>
  )
}
