import { readFileSync } from 'node:fs'
import { MessageChannel } from 'node:worker_threads'
import { ORPCError } from '@orpc/client'
import type { SupportedMessagePort } from '@orpc/client/message-port'
import { RPCHandler } from '@orpc/server/message-port'
import type { QueryClient } from '@tanstack/react-query'
import { Window } from 'happy-dom'
import { vi } from 'vitest'
import type { Engine } from '../../src/engine/createEngine.ts'
import { type Operator, soleOperator } from '../../src/shared/permissions.ts'
import type { DeskNotice } from '../../src/shared/shell.ts'
import { mayOutlive, watchWindow } from '../leaks.ts'

/**
 * What the way to the engine does to a call. The greeting passes, but where it is silent: then it waits until the link is changed.
 * `listsHang`: whatever lists things, while all else passes. `detailsFail`: whatever reads one thing.
 */
export type Link = 'passes' | 'hangs' | 'listsHang' | 'detailsFail' | 'fails' | 'silent'
/** What a call over a link that fails is refused with, and one that hung when the link is changed. */
export const failureText = 'the disk of the engine is full'

/** The console's window over a real engine. */
export interface ConsoleWindow {
  readonly document: Document
  /** Goes to a page and waits for nothing. */
  readonly go: (address: string) => void
  /** Where it is, as `go` takes it. */
  readonly address: () => string
  /** All that its page says. */
  readonly text: () => string
  readonly skeletons: () => number
  /** How many of its boxes have nothing in them. */
  readonly emptyBoxes: () => number
  /** What its banners say. */
  readonly alerts: () => readonly string[]
  /** From now on calls go another way. */
  readonly use: (link: Link) => void
  /** From now on the fleet is followed as by its sole operator, whatever becomes of all other calls. */
  readonly followFleet: () => void
  /** From now on somebody else calls. */
  readonly signIn: (operator: Operator) => void
  /** Files that the desktop was asked to save. */
  readonly savedFiles: readonly string[]
  /** Notifications that the desktop was asked to show. */
  readonly notices: readonly DeskNotice[]
  /** Somebody clicks a notification. */
  readonly clickNotice: (notice: DeskNotice) => void
  readonly close: () => Promise<void>
}

/** In another layer, with types of its own: what is needed of it is named here. */
const load = async <T>(path: string): Promise<T> => (await import(new URL(`../../src/renderer/${path}`, import.meta.url).href)) as T
/** Addresses of all pages, as the router has them. */
export const pathsOfPages = async () => (await load<{ pages: readonly { readonly path: string }[] }>('pages/pages.tsx')).pages.map(({ path }) => path)

type Help = string | Readonly<Record<string, string>>
/** Where the help of each page leads, and of each of its tabs; and where it may lead. */
export const helpOfPages = async () => {
  const { pages } = await load<{ pages: readonly { readonly path: string; readonly help: Help }[] }>('pages/pages.tsx')
  const { chapters } = await load<{ chapters: readonly { readonly name: string; readonly headings: readonly { readonly anchor: string }[] }[] }>(
    'help/manual.ts',
  )
  return {
    asked: pages.flatMap(({ path, help }) => (typeof help === 'string' ? [help] : Object.values(help)).map((to) => ({ path, to }))),
    there: chapters.flatMap(({ name, headings }) => headings.map(({ anchor }) => (anchor === '' ? name : `${name}#${anchor}`))),
  }
}

/** The words of a key of the catalogue with these facts, up to the first one that is not given; what is no key stands for itself. */
export type Words = (key: string, facts?: Readonly<Record<string, string>>) => string
const en: unknown = JSON.parse(readFileSync(new URL('../../src/locales/en.json', import.meta.url), 'utf8'))
export async function wordsInEnglish(): Promise<Words> {
  return (key, facts = {}) => {
    const found = key.split('.').reduce<unknown>((at, part) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[part] : undefined), en)
    if (typeof found !== 'string') return key
    const filled = found.replace(/{{(\w+)}}/g, (placeholder, name: string) => facts[name] ?? placeholder)
    return (filled.split('{{')[0] ?? '').trim()
  }
}

/** Who has a permission, or none. */
export const guest = (permission: Operator['permission']): Operator => ({
  ...soleOperator,
  id: 'guest',
  name: 'Guest',
  role: permission === 'administer' ? 'administrator' : 'user',
  permission,
})

/** Names that Node has too, but without which what happens in the document is not the document's. */
const ofTheDocument: ReadonlySet<string> = new Set(['Event', 'CustomEvent', 'FormData', 'navigator', 'localStorage', 'sessionStorage'])

/** Names of a window that Node had before the first one lent its own. */
let ofNode: ReadonlySet<string> | null = null

function lendDocument(width: number): Window {
  const page = new Window({ url: 'http://127.0.0.1/index.html#/nowhere', width, height: 800 })
  const names = new Set([...Object.getOwnPropertyNames(page), ...Object.getOwnPropertyNames(Object.getPrototypeOf(page))])
  ofNode ??= new Set([...names].filter((name) => name in globalThis && !ofTheDocument.has(name)))
  for (const name of names) {
    if (name === 'constructor' || name === 'undefined' || ofNode.has(name)) continue
    const value: unknown = page[name as keyof Window]
    // Functions of a window are called without it; classes are not.
    const bound = typeof value === 'function' && /^[a-z]/.test(name) ? value.bind(page) : value
    Object.defineProperty(globalThis, name, { value: bound, configurable: true, writable: true })
  }
  Object.defineProperty(globalThis, 'window', { value: page, configurable: true, writable: true })
  Object.defineProperty(globalThis, 'document', { value: page.document, configurable: true, writable: true })
  Object.defineProperty(page.document, 'fonts', { value: new page.EventTarget() })
  // Nothing is laid out: every element is as large as the window.
  Object.defineProperties(page.HTMLElement.prototype, {
    clientWidth: { configurable: true, get: () => width },
    clientHeight: { configurable: true, get: () => 800 },
  })
  return page
}

/** What a window asks for again and again it asks for each second, so that no test waits longer for what others have changed. */
function askSoon(queryClient: QueryClient): void {
  const soon = (ms: unknown) => (typeof ms === 'number' ? Math.min(ms, 1_000) : ms)
  const optionsOf = queryClient.defaultQueryOptions.bind(queryClient) as (options: object) => { readonly refetchInterval?: unknown }
  const withSoon = (options: object) => {
    const all = optionsOf(options)
    const { refetchInterval } = all
    if (refetchInterval === undefined) return all
    return { ...all, refetchInterval: typeof refetchInterval === 'function' ? (query: unknown) => soon(refetchInterval(query)) : soon(refetchInterval) }
  }
  queryClient.defaultQueryOptions = withSoon as typeof queryClient.defaultQueryOptions
}

export interface WindowOptions {
  /** What was chosen at this desk before. */
  readonly preferences?: object
  readonly link?: Link
  /** What the engine is asked instead of what the window asks. */
  readonly asks?: (path: string, input: unknown) => unknown
  readonly operator?: Operator
  /** Of the page that makes the calls; left out: the desktop's, which has none. */
  readonly origin?: string
  /** The greeting says what this operator may do, and the window is as he has it; otherwise it is that of the sole operator. */
  readonly isGreetedAsOperator?: boolean
  /** Default: 1280. */
  readonly widthPx?: number
}
/** Opens the console as the desktop does: it asks for a port, and gets one of the engine. */
export async function openWindow(engine: Engine, options: WindowOptions = {}): Promise<ConsoleWindow> {
  vi.resetModules()
  let { link = 'passes', operator = soleOperator } = options
  let followsFleet = false
  const by = (who: Operator) => ({ operator: who, ...(options.origin !== undefined && { origin: options.origin }) })
  const savedFiles: string[] = []
  const notices: DeskNotice[] = []
  let openNotice = (_to: string) => {}
  const page = lendDocument(options.widthPx ?? 1280)
  if (options.preferences) page.localStorage.setItem('mtxdeck.preferences', JSON.stringify(options.preferences))
  page.document.head.innerHTML = '<link rel="icon" href="./icon.svg">'
  page.document.body.innerHTML = '<div id="root"></div>'
  const lines: MessageChannel[] = []
  const lost = new ORPCError('INTERNAL_SERVER_ERROR', { message: failureText })
  const hanging: (() => void)[] = []
  const greetings: (() => void)[] = []
  const handler = new RPCHandler(engine.router, {
    clientInterceptors: [
      async ({ next, ...call }) => {
        if (call.path.join('.') === 'access.hello') {
          if (link === 'silent') await new Promise<void>((resolve) => greetings.push(resolve))
          return next({ ...call, context: by(options.isGreetedAsOperator ? operator : soleOperator) })
        }
        // What somebody else may do is refused, and offered until the window asks again who it is.
        if (call.path.join('.') === 'accounts.me' && link === 'passes') return next({ ...call, context: by(options.operator ?? soleOperator) })
        if (followsFleet && call.path[0] === 'fleet') return next({ ...call, context: by(soleOperator) })
        const hangs = link === 'hangs' || link === 'silent' || (link === 'listsHang' && call.path.at(-1) === 'list')
        if (hangs) return new Promise((_, reject) => hanging.push(() => reject(lost)))
        if (link === 'fails' || (link === 'detailsFail' && call.path.at(-1) === 'get')) throw lost
        return next({ ...call, context: by(operator), input: options.asks?.(call.path.join('.'), call.input) ?? call.input })
      },
    ],
  })
  const shell = {
    connect: () => {
      const line = new MessageChannel()
      lines.push(line)
      handler.upgrade(line.port1 as unknown as SupportedMessagePort, { context: { operator } })
      line.port1.start()
      const event = new page.Event('message')
      for (const [name, value] of Object.entries({ source: page, data: 'mtxdeck:port', ports: [line.port2] })) Object.defineProperty(event, name, { value })
      page.dispatchEvent(event)
    },
    onEngine: () => () => {},
    saveFile: async (name: string) => savedFiles.push(name) > 0,
    exploreDemo: () => {},
    setWorst: () => {},
    hasNotices: true,
    notify: (notice: DeskNotice) => notices.push(notice),
    onNotice: (listener: (to: string) => void) => {
      openNotice = listener
      return () => {}
    },
    setLanguage: () => {},
  }
  Object.defineProperty(page, 'mtxdeckShell', { value: shell })
  // A window of the desktop fetches from one address, its own: the relay of its engine.
  const outside = globalThis.fetch
  vi.stubGlobal('fetch', async (address: string, init?: RequestInit) => {
    if (!address.startsWith('/')) return outside(address, init)
    return link === 'fails' ? new Response(null, { status: 500, statusText: failureText }) : engine.relay(new Request(new URL(address, 'http://127.0.0.1')))
  })

  const { start } = await load<{ start: () => () => Promise<void> }>('pages/start.tsx')
  const { queryClient } = await load<{ queryClient: QueryClient }>('app/client.ts')
  // What failed is asked for again as often as ever, but without the seconds between.
  queryClient.setDefaultOptions({ ...queryClient.getDefaultOptions(), queries: { ...queryClient.getDefaultOptions().queries, retryDelay: 0 } })
  askSoon(queryClient)
  mayOutlive('Timeout', 130, 'a window asks as long as it is there: it ends with its process')
  mayOutlive('MessagePort', 20, 'React wakes itself by one for each window')
  const remove = start()
  // What starts with the window ends with it; what comes and goes with its pages does not.
  watchWindow(page)
  const { document } = page
  return {
    document: document as unknown as Document,
    go: (address) => {
      page.location.hash = address
      // Browsers say so themselves.
      page.dispatchEvent(new page.Event('popstate'))
    },
    address: () => page.location.hash.slice(1),
    text: () => document.getElementById('page')?.textContent ?? '',
    skeletons: () => document.querySelectorAll('[data-skeleton]').length,
    emptyBoxes: () =>
      Array.from(document.querySelectorAll('#page .rounded-lg.border.bg-surface')).filter(
        (box) => box.textContent === '' && box.querySelector('[data-skeleton], canvas, img, svg, video') === null,
      ).length,
    alerts: () => Array.from(document.querySelectorAll('#page [role="alert"], #page [role="status"]'), (one) => one.textContent ?? ''),
    followFleet: () => {
      followsFleet = true
      for (const reject of hanging.splice(0)) reject()
    },
    use: (next) => {
      link = next
      for (const reject of hanging.splice(0)) reject()
      for (const greet of greetings.splice(0)) greet()
    },
    signIn: (next) => {
      if (next === operator) return
      operator = next
      // A browser connects anew and reads all again. Here what is open stays as it is, and whatever is opened next is read again.
      void queryClient.invalidateQueries({ refetchType: 'none' })
    },
    savedFiles,
    notices,
    clickNotice: ({ to }) => {
      openNotice(to)
      page.dispatchEvent(new page.Event('popstate'))
    },
    close: async () => {
      await remove()
      vi.unstubAllGlobals()
      // Clearing forgets mutations, and leaves each its timer of five minutes.
      for (const mutation of queryClient.getMutationCache().getAll()) mutation.destroy()
      queryClient.clear()
      for (const { port1, port2 } of lines) {
        port1.close()
        port2.close()
      }
      await page.happyDOM.abort()
    },
  }
}
