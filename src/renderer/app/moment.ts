/**
 * The moment that the whole window shows: now, or one in the past.
 *
 * It is in the address as `at` and survives every change of page: `startMoment` adds it to every navigation, and `keepMoment` to links
 * that are not a <Link>. The address follows a moving cursor with a delay, because browsers limit how often it may change.
 */
import { createValue, useValue } from '../ui/listeners.ts'
import { engineNow } from '../ui/now.ts'
import { useFollowed } from '../ui/timing.ts'

interface Place {
  readonly pathname: string
  readonly search: string
  readonly hash: string
}
type Target = string | Partial<Place> | number | null
export interface MomentRouter {
  readonly state: { readonly location: Place; readonly historyAction: string }
  subscribe: (listener: (state: MomentRouter['state']) => void) => () => void
  // biome-ignore lint/suspicious/noExplicitAny: several forms in react-router, and this one only adds to the first argument
  navigate: (to: any, options?: any) => Promise<void>
  // biome-ignore lint/suspicious/noExplicitAny: as above
  createHref: (to: any) => string
}

/** Browsers allow about twenty changes a second, some far fewer. */
export const addressEveryMs = 400

const current = createValue<number | null>(null)
let bounds: { readonly from: number; readonly to: number } | null = null
let router: MomentRouter | null = null
let timer: ReturnType<typeof setTimeout> | undefined

export const subscribeMoment = current.subscribe
export const momentNow = current.get
/** null: now. Epoch ms: in the past. */
export function useMoment(): number | null {
  return useValue(current)
}

/** A cursor may move faster than past figures can be read. */
const readEveryMs = 600
/** A moment at the pace at which figures can be read; now and the past are told apart at once. */
export function useCalmMoment(moment: number | null): number | null {
  const followed = useFollowed(moment, readEveryMs)
  return moment === null ? null : (followed ?? moment)
}

/** A bundle has no now and nothing outside its span, and there is no future. */
export function momentWithin(at: number | null): number | null {
  if (bounds !== null) return at === null ? bounds.to : Math.round(Math.min(bounds.to, Math.max(bounds.from, at)))
  return at === null ? null : Math.round(Math.max(0, Math.min(at, engineNow())))
}

/** null: missing, or not a time. */
export function readAt(search: string): number | null {
  const text = new URLSearchParams(search).get('at')
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null
}
/** May be newer than the rendered one; null before the router runs. */
export function searchNow(): string | null {
  return router?.state.location.search ?? null
}
/** Without `at`, which is added to whatever is written. */
export function withoutMoment(all: URLSearchParams): URLSearchParams {
  const params = new URLSearchParams(all)
  params.delete('at')
  return params
}
function writeAt(search: string, at: number | null): string {
  const params = new URLSearchParams(search)
  if (at === null) params.delete('at')
  else params.set('at', String(at))
  const text = params.toString()
  return text ? `?${text}` : ''
}

function partsOf(to: string): Place {
  const [, pathname = '', search = '', hash = ''] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(to) ?? []
  return { pathname, search, hash }
}
/** Keeps an address's own moment. */
export function keepMoment(to: string): string {
  const { pathname, search, hash } = partsOf(to)
  const kept = `${pathname}${writeAt(search, readAt(search) ?? current.get())}${hash}`
  // An empty address means the route of the component that asks.
  return kept === '' ? to : kept
}
function keepIn(to: Target): Target {
  if (typeof to === 'string') return keepMoment(to)
  if (typeof to !== 'object' || to === null) return to
  const search = to.search ?? ''
  return { ...to, search: writeAt(search, readAt(search) ?? current.get()) }
}

function cancelWrite() {
  clearTimeout(timer)
  timer = undefined
}
function writeAddress(replace: boolean) {
  cancelWrite()
  if (!router) return
  const { pathname, search, hash } = router.state.location
  if (readAt(search) === current.get()) return
  void router.navigate({ pathname, search: writeAt(search, current.get()), hash }, { replace, preventScrollReset: true })
}

/** null: back to now. Times that are not over yet are now. */
export function goToMoment(at: number | null, { replace = false }: { readonly replace?: boolean } = {}): void {
  const next = momentWithin(at)
  if (next === current.get()) return
  const crossing = next === null || current.get() === null
  current.set(next)
  // At once, so that no reader of the address mistakes live data for past data.
  if (!replace || crossing) writeAddress(replace)
  else timer ??= setTimeout(() => writeAddress(true), addressEveryMs)
}

/** For an open bundle. Without a moment in the address, it starts where most was wrong, or else at the end. */
export function keepMomentWithin(span: { readonly from: number; readonly to: number; readonly worstAt?: number | null } | null): void {
  bounds = span
  if (span === null) return
  current.set(momentWithin(current.get() ?? span.worstAt ?? null))
  writeAddress(true)
}

/** Every navigation keeps the moment. Called once, before the router is rendered; returns a function that undoes it. */
export function startMoment(started: MomentRouter): () => void {
  const { navigate, createHref } = started
  router = started
  started.navigate = (to: Target, options?: unknown) => {
    if (typeof to !== 'number') {
      const { search = '' } = (typeof to === 'string' ? partsOf(to) : to) ?? {}
      const named = readAt(search)
      // A link with a moment changes the moment together with the page.
      if (named !== null) current.set(momentWithin(named))
      cancelWrite()
    }
    return navigate(keepIn(to), options)
  }
  started.createHref = (to: Place) => createHref(keepIn(to))
  current.set(momentWithin(readAt(started.state.location.search)))
  let shown = started.state.location
  const stop = started.subscribe(({ location, historyAction }) => {
    if (location === shown) return
    shown = location
    // Back, forward, or a typed address: the moment in the address applies.
    if (historyAction !== 'POP') return
    cancelWrite()
    current.set(momentWithin(readAt(location.search)))
    if (bounds !== null) writeAddress(true)
  })
  return () => {
    stop()
    cancelWrite()
    started.navigate = navigate
    started.createHref = createHref
    router = null
    bounds = null
    current.set(null)
  }
}
