import { type ClientLink, ORPCError } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { RPCLink as SocketLink } from '@orpc/client/websocket'
import type { Hello } from '../../shared/access.ts'
import type { EngineFailure, Shell } from '../../shared/shell.ts'

declare global {
  interface Window {
    readonly mtxdeckShell?: Shell
  }
}

/** null in a browser. */
export const shell: Shell | null = window.mtxdeckShell ?? null

type Link = ClientLink<Record<never, never>>

/**
 * - connecting: no answer since this page was opened.
 * - ready: calls go through.
 * - lost: it answered before but does not now; reconnects automatically.
 * - signedOut: the engine answers and requires a sign-in.
 * - mismatch: engine and console have different contract versions; `why` says which one is older.
 * - failed: the desktop no longer restarts the engine; `why` says the reason.
 */
export interface ConnectionState {
  readonly state: 'connecting' | 'ready' | 'lost' | 'signedOut' | 'mismatch' | 'failed'
  /** By this machine's clock. */
  readonly since: number
  readonly why: EngineFailure | null
  readonly hello: Hello | null
}

interface Opened {
  readonly link: Link
  readonly gone: Promise<void>
  readonly close: () => void
}
export interface Endpoint {
  /** Calls `opened` for each new link, which replaces the previous one, and `refused` if there is none. */
  readonly start: (opened: (link: Opened) => void, refused: (state: 'signedOut' | 'failed' | 'lost', why: EngineFailure | null) => void) => void
  readonly hurry: () => void
}

/** Electron: the engine's port arrives through the preload, a new one after each restart of the engine. */
export function createPortEndpoint(desktop: Shell): Endpoint {
  return {
    start: (opened, refused) => {
      let end: (() => void) | null = null
      window.addEventListener('message', (event) => {
        const port = event.ports[0]
        // Accept only messages from this window itself: our preload posts them.
        if (event.source !== window || event.data !== 'mtxdeck:port' || !port) return
        end?.()
        port.start()
        const gone = new Promise<void>((resolve) => {
          end = resolve
          port.addEventListener('close', () => resolve())
        })
        opened({ link: new PortLink({ port }), gone, close: () => port.close() })
      })
      desktop.onEngine((life) => {
        if (life.state === 'ready') return
        end?.()
        refused(life.state === 'failed' ? 'failed' : 'lost', life.state === 'failed' ? life.why : null)
      })
      desktop.connect()
    },
    // Requesting a port also restarts an engine that the desktop had given up on.
    hurry: () => desktop.connect(),
  }
}

const firstPauseMs = 250
const longestPauseMs = 5000

/** Browser: a WebSocket to the same origin, reopened after growing pauses. */
export function createSocketEndpoint(): Endpoint {
  let wake: (() => void) | null = null
  return {
    hurry: () => wake?.(),
    start: (opened, refused) => {
      const url = new URL('api/rpc', location.href.split('#')[0])
      url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
      const attempt = () =>
        new Promise<boolean>((resolve) => {
          let open = false
          const socket = new WebSocket(url)
          const gone = new Promise<void>((end) => {
            socket.addEventListener('close', () => {
              end()
              resolve(open)
            })
          })
          const sent = new SocketLink({ websocket: socket })
          const call: Link['call'] = async (...asked) => {
            try {
              return await sent.call(...asked)
            } catch (error) {
              // A closing socket refuses what is sent before it is gone: callers learn of the loss.
              if (error instanceof ORPCError || socket.readyState === WebSocket.OPEN) throw error
              return new Promise<never>(() => {})
            }
          }
          socket.addEventListener('open', () => {
            open = true
            opened({ link: { call }, gone, close: () => socket.close() })
          })
        })
      const run = async () => {
        for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
          if (await attempt()) pause = firstPauseMs
          // A browser does not report the status of a refused upgrade: ask the engine over HTTP.
          const status = await fetch('api/hello', { cache: 'no-store' }).then(
            (answer) => answer.status,
            () => null,
          )
          refused(status === 401 || status === 403 ? 'signedOut' : 'lost', null)
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, pause)
            wake = () => {
              clearTimeout(timer)
              resolve()
            }
          })
          wake = null
        }
      }
      void run()
    },
  }
}
