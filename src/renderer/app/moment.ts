/**
 * The moment at which this whole window is: now, or one of the past.
 *
 *     const moment = useMoment()                      // null: now. Epoch ms: in the past
 *     goToMoment(event.at)                            // the console goes there; back in the browser comes back
 *     goToMoment(at, { replace: true })               // while a cursor moves: no new entry in the browser's history
 *     goToMoment(null)                                // back to now
 *     <a href={`#${keepMoment(toStream(id, path))}`}> // only where no <Link> is used: those keep it by themselves
 *
 * It stands in the address as `at` and survives every change of page: `startMoment` adds it to whatever the router is
 * told. The address follows a cursor a little later, because browsers count how often it changes; nothing else waits.
 */
import { useSyncExternalStore } from 'react'
import { createListeners } from '../ui/listeners.ts'
import { engineNow } from '../ui/now.ts'

interface Place {
  readonly pathname: string
  readonly search: string
  readonly hash: string
}
type Target = string | Partial<Place> | number | null
/** What of react-router's data router is needed here. */
export interface MomentRouter {
  readonly state: { readonly location: Place; readonly historyAction: string }
  subscribe: (listener: (state: MomentRouter['state']) => void) => () => void
  // biome-ignore lint/suspicious/noExplicitAny: several forms in react-router, and this one only adds to the first argument
  navigate: (to: any, options?: any) => Promise<void>
  // biome-ignore lint/suspicious/noExplicitAny: as above
  createHref: (to: any) => string
}

/** Browsers refuse more than some twenty changes of the address a second, and some far fewer. */
export const addressEveryMs = 400

let current: number | null = null
let bounds: { readonly from: number; readonly to: number } | null = null
let router: MomentRouter | null = null
let timer: ReturnType<typeof setTimeout> | undefined
const { subscribe, tell } = createListeners()

/** Called after each change of the moment. */
export const subscribeMoment = subscribe
/** As `useMoment`, outside of components. */
export const momentNow = (): number | null => current
/** null: now. Epoch ms: the moment of the past at which this whole window is. */
export const useMoment = (): number | null => useSyncExternalStore(subscribeMoment, momentNow)

function set(next: number | null) {
  if (next === current) return
  current = next
  tell()
}
/** Where the window gets to that is sent to a moment: a bundle has no now and nothing outside of its span, a console has no future. */
export function momentWithin(at: number | null): number | null {
  if (bounds !== null) return at === null ? bounds.to : Math.round(Math.min(bounds.to, Math.max(bounds.from, at)))
  return at === null ? null : Math.round(Math.max(0, Math.min(at, engineNow())))
}

/** `at` of an address; null where there is none, or nothing that is a time. */
export function readAt(search: string): number | null {
  const text = new URLSearchParams(search).get('at')
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null
}
/** What stands behind the address's `?` by now, which may be newer than what is drawn; null before the router runs. */
export const searchNow = (): string | null => router?.state.location.search ?? null
/** The same parameters but `at`: what of an address is its page's own. The moment that holds is added to whatever is written. */
export function withoutMoment(all: URLSearchParams): URLSearchParams {
  const params = new URLSearchParams(all)
  params.delete('at')
  return params
}
/** The same parameters with `at` set, or without it. */
function writeAt(search: string, at: number | null): string {
  const params = new URLSearchParams(search)
  if (at === null) params.delete('at')
  else params.set('at', String(at))
  const text = params.toString()
  return text ? `?${text}` : ''
}

function partsOf(to: string): Place {
  const hashAt = to.indexOf('#')
  const hash = hashAt < 0 ? '' : to.slice(hashAt)
  const rest = hashAt < 0 ? to : to.slice(0, hashAt)
  const searchAt = rest.indexOf('?')
  return { pathname: searchAt < 0 ? rest : rest.slice(0, searchAt), search: searchAt < 0 ? '' : rest.slice(searchAt), hash }
}
/** The address with this window's moment, where it has none of its own. */
export function keepMoment(to: string): string {
  const { pathname, search, hash } = partsOf(to)
  return `${pathname}${writeAt(search, readAt(search) ?? current)}${hash}`
}
function keepIn(to: Target): Target {
  if (typeof to === 'string') return keepMoment(to)
  if (typeof to !== 'object' || to === null) return to
  const search = to.search ?? ''
  return { ...to, search: writeAt(search, readAt(search) ?? current) }
}

function writeAddress(replace: boolean) {
  clearTimeout(timer)
  timer = undefined
  if (!router) return
  const { pathname, search, hash } = router.state.location
  if (readAt(search) === current) return
  void router.navigate({ pathname, search: writeAt(search, current), hash }, { replace, preventScrollReset: true })
}

/** Moves the whole window to a moment of the past, or back to now. Times that are not over yet are now's edge. */
export function goToMoment(at: number | null, { replace = false }: { readonly replace?: boolean } = {}): void {
  const next = momentWithin(at)
  if (next === current) return
  const crossing = next === null || current === null
  set(next)
  // Who reads the address must not think for a moment that what is live is past.
  if (!replace || crossing) writeAddress(replace)
  else timer ??= setTimeout(() => writeAddress(true), addressEveryMs)
}

/** A bundle is open: the window stays within its span. Where the address names no moment it begins where most was wrong, or else at its end. */
export function keepMomentWithin(span: { readonly from: number; readonly to: number; readonly worstAt?: number | null } | null): void {
  bounds = span
  if (span === null) return
  set(momentWithin(current ?? span.worstAt ?? null))
  writeAddress(true)
}

/** Makes every navigation of the router keep the moment. Called once, before the router is drawn; the answer undoes it. */
export function startMoment(started: MomentRouter): () => void {
  const { navigate, createHref } = started
  router = started
  started.navigate = (to: Target, options?: unknown) => {
    if (typeof to !== 'number') {
      const named = typeof to === 'string' ? readAt(partsOf(to).search) : to === null ? null : readAt(to.search ?? '')
      // A link that names a moment goes there, with the page that it leads to.
      if (named !== null) set(momentWithin(named))
      clearTimeout(timer)
      timer = undefined
    }
    return navigate(keepIn(to), options)
  }
  started.createHref = (to: Place) => createHref(keepIn(to))
  set(momentWithin(readAt(started.state.location.search)))
  let shown = started.state.location
  const stop = started.subscribe(({ location, historyAction }) => {
    if (location === shown) return
    shown = location
    // Back, forward, and an address that somebody typed: what stands there counts.
    if (historyAction !== 'POP') return
    clearTimeout(timer)
    timer = undefined
    set(momentWithin(readAt(location.search)))
    if (bounds !== null) writeAddress(true)
  })
  return () => {
    stop()
    clearTimeout(timer)
    timer = undefined
    started.navigate = navigate
    started.createHref = createHref
    router = null
    bounds = null
    set(null)
  }
}
