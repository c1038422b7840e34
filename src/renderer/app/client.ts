/**
 * This window's client for the engine, the same in Electron and in a browser: `client` for calls, `orpc` for TanStack Query.
 *
 * Calls made while the engine is not connected wait until it is, or until their `signal` aborts. Calls in progress when the
 * connection is lost reject with `ConnectionLostError`; queries retry by themselves.
 */
import { type ClientLink, createORPCClient, ORPCError } from '@orpc/client'
import type { ContractRouterClient } from '@orpc/contract'
import { createTanstackQueryUtils } from '@orpc/tanstack-query'
import { QueryClient } from '@tanstack/react-query'
import { contractMismatch } from '../../shared/access.ts'
import type { Contract } from '../../shared/contract.ts'
import type { EngineFailure } from '../../shared/shell.ts'
import { exactTexts, visibleTexts } from '../../shared/visibleText.ts'
import { createValue, useValue } from '../ui/listeners.ts'
import { machineNow } from '../ui/now.ts'
import { type ConnectionState, createPortEndpoint, createSocketEndpoint, shell } from './connection.ts'

type Link = ClientLink<Record<never, never>>
type Client = ContractRouterClient<Contract>

/** The connection was lost during a call: it may or may not have been carried out. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError'
  constructor() {
    super('The engine went away while it was asked')
  }
}

const endpoint = shell ? createPortEndpoint(shell) : createSocketEndpoint()
const shown = createValue<ConnectionState>({ state: 'connecting', since: machineNow(), why: null, hello: null })
let current: { readonly link: Link; readonly lost: AbortSignal } | null = null
let waiting: (() => void)[] = []

function show(state: ConnectionState['state'], why: EngineFailure | null, hello = shown.get().hello) {
  const before = shown.get()
  if (before.state === state && before.why === why && before.hello === hello) return
  shown.set({ state, why, hello, since: before.state === state ? before.since : machineNow() })
}

async function whenReady(signal: AbortSignal | undefined) {
  while (current === null) {
    signal?.throwIfAborted()
    await new Promise<void>((resolve) => {
      waiting.push(resolve)
      signal?.addEventListener('abort', () => resolve(), { once: true })
    })
  }
  signal?.throwIfAborted()
  return current
}

/** Calls over `link` and rejects as soon as the connection is lost, because a dead port never answers. */
async function callOver(link: Link, lost: AbortSignal, path: readonly string[], input: unknown, options: Parameters<Link['call']>[2]) {
  let onLost = () => {}
  const gone = new Promise<never>((_, reject) => {
    onLost = () => reject(new ConnectionLostError())
    lost.addEventListener('abort', onLost, { once: true })
  })
  try {
    return await Promise.race([link.call(path, input, options), gone])
  } finally {
    lost.removeEventListener('abort', onLost)
  }
}

/** Parts of the contract, and procedures, for those who may see cameras alone. */
const forAll: ReadonlySet<string> = new Set(['access', 'accounts', 'cameras', 'viewing.camera'])
const link: Link = {
  call: async (path, input, options) => {
    const ready = await whenReady(options.signal)
    if (shown.get().hello?.console === 'none' && !forAll.has(path[0] ?? '') && !forAll.has(path.join('.'))) throw new ORPCError('FORBIDDEN')
    // Names come from strangers: the window shows their invisible characters as codes, and sends exact names.
    return visibleTexts(await callOver(ready.link, ready.lost, path, exactTexts(input), options))
  },
}

export const client: Client = createORPCClient(link)
export const orpc = createTanstackQueryUtils(client)
export type Noun = keyof Client & string
/** Reads all that is shown of a noun again, after a change. */
export function renew(noun: Noun): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: orpc[noun].key() })
}
/** A refused call would be refused again, unless too much was asked at once. */
const isWorthRetrying = (failed: number, error: Error) => failed < 3 && !(error instanceof ORPCError && error.status < 500 && error.status !== 429)
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 2000, refetchOnWindowFocus: false, networkMode: 'always', retry: isWorthRetrying },
    mutations: { networkMode: 'always' },
  },
})

let started = false
export function startClient(): void {
  if (started) return
  started = true
  let latest = 0
  endpoint.start(
    (opened) => {
      const mine = ++latest
      const lost = new AbortController()
      const end = () => {
        lost.abort()
        if (mine !== latest) return
        current = null
        if (shown.get().state === 'ready') show('lost', null)
      }
      void opened.gone.then(end)
      const greet: Client = createORPCClient({
        call: async (path, input, options) => visibleTexts(await callOver(opened.link, lost.signal, path, input, options)),
      })
      greet.access.hello().then(
        (hello) => {
          if (mine !== latest || lost.signal.aborted) return
          const mismatch = contractMismatch(hello.contractVersion, hello.version)
          if (mismatch !== null) {
            show('mismatch', mismatch, hello)
            return
          }
          current = { link: opened.link, lost: lost.signal }
          show('ready', null, hello)
          const resumed = waiting
          waiting = []
          for (const resume of resumed) resume()
          void queryClient.invalidateQueries()
        },
        () => opened.close(),
      )
    },
    (state, why) => {
      if (shown.get().state === 'mismatch' && state === 'lost') return
      show(state === 'lost' && shown.get().hello === null ? 'connecting' : state, why)
    },
  )
}

export function reconnectNow(): void {
  endpoint.hurry()
}
export const connection = shown.get
export const subscribeConnection = shown.subscribe
export function useConnection(): ConnectionState {
  return useValue(shown)
}
