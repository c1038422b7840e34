import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { createRouterClient, ORPCError } from '@orpc/server'
import type { RPCHandler } from '@orpc/server/ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { type Clock, sleep } from '../clock/clock.ts'
import { every } from '../clock/every.ts'
import type { Log } from '../engine/ports.ts'
import type { EngineRouter } from '../engine/router.ts'
import { storedJson } from '../engine/storage/storedJson.ts'
import { longestImport } from '../shared/cameras.ts'
import type { FleetChanges } from '../shared/fleet.ts'
import { type CallContext, isAllowed, type Operator } from '../shared/permissions.ts'
import { type Access, type Admission, notSignedIn } from './admission.ts'
import { foreignHost, foreignOrigin, mostBodyBytes } from './consoleApp.ts'
import type { createOriginGuard } from './originGuard.ts'
import { bearerOf, type Denial, denialBody, languageAsked } from './requests.ts'

/** The most sockets of one console, for operators, wall displays and scripts together; and of one account or named token. */
const [mostSockets, mostSocketsOfOne] = [200, 50]
/** A client whose WebSocket was refused has this long to read the reason. */
const refusedUpgradeMs = 2_000
const pingEveryMs = 30_000
const socketProtocol = 'mtxdeck'
const noSocket: Denial = { status: 404, code: 'NOT_FOUND', refusal: { kind: 'noSuch' } }
const tooManyConsoles: Denial = { status: 503, code: 'SERVICE_UNAVAILABLE', refusal: { kind: 'tooManyConsoles' } }

/** Context of the calls of a WebSocket, which outlives changes of its operator. */
export interface SocketContext extends CallContext {
  /** Who he is now; null: nobody any more. */
  readonly present: () => Operator | null
}
/** Gives each call the operator as he is now. */
export function asPresent<Handling extends { readonly context: SocketContext; next: (handling: Handling) => Promise<unknown> }>(handling: Handling) {
  const operator = handling.context.present()
  if (operator === null) throw new ORPCError('UNAUTHORIZED', { status: 401, data: notSignedIn.refusal })
  return handling.next({ ...handling, context: { ...handling.context, operator } }) as ReturnType<Handling['next']>
}

interface ConsoleSocketsDeps {
  readonly clock: Clock
  readonly log: Log
  readonly admission: Admission
  readonly guard: ReturnType<typeof createOriginGuard>
  readonly rpc: RPCHandler<SocketContext>
  readonly router: EngineRouter
  /** Aborted when the console ends. */
  readonly ending: AbortSignal
}

/** The WebSockets of windows and feeds. */
export function createConsoleSockets({ clock, log, admission, guard, rpc, router, ending }: ConsoleSocketsDeps) {
  const serverOf = (maxPayload: number) =>
    new WebSocketServer({
      noServer: true,
      maxPayload,
      // A browser page can't send headers with a WebSocket: an attached desk sends its token as a second protocol, and the first one is chosen.
      handleProtocols: (protocols) => (protocols.has(socketProtocol) ? socketProtocol : false),
    })
  // Who may import a sheet may send one.
  const [sockets, importing] = [serverOf(mostBodyBytes), serverOf(longestImport)]
  const open = () => [...sockets.clients, ...importing.clients]
  const alive = new WeakSet<WebSocket>()
  const accessOf = new WeakMap<WebSocket, Access>()
  const feeds = new Set<Promise<void>>()

  const accept = (socket: WebSocket, request: IncomingMessage, { pathname, searchParams: query }: URL, access: Access) => {
    alive.add(socket)
    socket.on('pong', () => alive.add(socket))
    socket.on('error', (error) => log.debug({ error }, 'A WebSocket failed'))
    const closed = new AbortController()
    socket.on('close', () => closed.abort())
    accessOf.set(socket, access)
    // Who may do other things than before connects anew.
    socket.on(
      'close',
      admission.connected(access, (why) => (why === 'ended' ? socket.close(4401, 'signed out') : socket.close(1012, 'permissions changed'))),
    )
    if (pathname === '/api/rpc') {
      void rpc.upgrade(withBackpressure(socket, isBounded), { context: { ...access, present: () => admission.presentOf(access) } })
      return
    }
    const asked = Number(query.get('everyMs') ?? feedDefaultMs)
    const everyMs = Number.isFinite(asked) ? Math.min(feedMostMs, Math.max(feedLeastMs, asked)) : feedDefaultMs
    const signal = AbortSignal.any([closed.signal, ending])
    const { fleet } = createRouterClient(router, { context: { ...access, language: languageAsked(request) } })
    const changes: AskChanges = (input, asking) => fleet.changes(input, { signal: asking })
    const feed = sendFeed(socket, changes, { clock, everyMs, signal })
      .catch((error: unknown) => {
        if (!signal.aborted) log.error({ error }, 'The feed of changes failed')
        socket.close(1011)
      })
      .finally(() => feeds.delete(feed))
    feeds.add(feed)
  }

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const gone = new AbortController()
    socket.on('error', () => gone.abort())
    socket.on('close', () => gone.abort())
    const refuse = (denial: Denial) => {
      const { status } = denial
      const text = JSON.stringify(denialBody(denial, languageAsked(request)))
      socket.end(
        `HTTP/1.1 ${status} ${status === 401 ? 'Unauthorized' : 'Refused'}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
      )
      // The client may never close its half, and the server's own time limits ended with the upgrade.
      const late = clock.setTimeout(() => socket.destroy(), refusedUpgradeMs)
      socket.once('close', () => clock.clearTimeout(late))
      socket.resume()
    }
    const url = URL.canParse(request.url ?? '', 'http://localhost') ? new URL(request.url ?? '', 'http://localhost') : null
    if (!guard.hostAllowed(request.headers.host)) return refuse(foreignHost)
    if (!url || (url.pathname !== '/api/rpc' && url.pathname !== '/api/feed')) return refuse(noSocket)
    // Our desktop app has no web origin, and sends the token itself.
    const isDesk = request.headers.origin?.startsWith('app://') === true && bearerOf(request) !== null
    if (!isDesk && !guard.originAllowed(request.headers.origin, request.headers.host)) return refuse(foreignOrigin)
    if (open().length >= mostSockets) return refuse(tooManyConsoles)
    const admitted = await admission.admit(request, url.pathname === '/api/rpc' ? 'signedIn' : 'view', gone.signal)
    if (!admitted.ok) return refuse(admitted.error)
    if (gone.signal.aborted || ending.aborted) return socket.destroy()
    const { subject, operator } = admitted.value
    const isOwn = (other: WebSocket) => accessOf.get(other)?.subject.id === subject.id
    if (subject.kind !== 'tokenFile' && open().filter(isOwn).length >= mostSocketsOfOne) return refuse(tooManyConsoles)
    const server = isAllowed(operator, 'moderate') ? importing : sockets
    server.handleUpgrade(request, socket, head, (opened) => accept(opened, request, url, admitted.value))
    return
  }

  const pings = every(clock)(
    { intervalMs: pingEveryMs, timeoutMs: pingEveryMs, seed: 'ping', signal: ending, onBug: (error) => log.error({ error }, 'Pings failed') },
    async () => {
      for (const socket of open()) {
        if (!alive.has(socket)) socket.terminate()
        // An open wall display keeps its session in use. A token may have ended by time.
        const access = accessOf.get(socket)
        if (access !== undefined && admission.presentOf(access) === null) socket.close(4401, 'signed out')
        alive.delete(socket)
        socket.ping()
      }
    },
  )

  return {
    upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      upgrade(request, socket, head).catch((error: unknown) => {
        log.error({ error }, 'A WebSocket could not be opened')
        socket.destroy()
      })
    },
    terminate: (): void => {
      for (const socket of open()) socket.terminate()
    },
    /** Resolves when nothing more is sent, after `ending`. */
    ended: async (): Promise<void> => {
      await Promise.all([pings, ...feeds])
    },
  }
}

/** Gets changes from the engine; waits up to `waitMs` if there are none. */
export type AskChanges = (
  input: { readonly launch: string | null; readonly since: number; readonly waitMs: number },
  signal: AbortSignal,
) => Promise<FleetChanges>

/** The engine answers after this long at the latest, changed or not. */
const longestWaitMs = 25_000
/** A script rarely needs more than one message a second; changes in between are combined. */
const feedDefaultMs = 1000
const feedLeastMs = 200
/** Timers can't wait longer than 2³¹ ms; beyond that they don't wait at all. */
const feedMostMs = 3_600_000

/**
 * Sends changes of the fleet as JSON until the socket is closed or `signal` is aborted.
 *
 * 1. At most one message is in flight: the next is requested when the last has left this process.
 * 2. The engine keeps no state per caller: a slow client gets all changes since its last message combined.
 */
export async function sendFeed(
  socket: WebSocket,
  changes: AskChanges,
  { clock, everyMs, signal }: { readonly clock: Clock; readonly everyMs: number; readonly signal: AbortSignal },
): Promise<void> {
  let launch: string | null = null
  let since = 0
  let hasMore = false
  while (!signal.aborted) {
    const found: FleetChanges = await changes({ launch, since, waitMs: hasMore ? 0 : longestWaitMs }, signal)
    if (signal.aborted) return
    if ((found.reset || found.launch !== launch || found.revision !== since) && !(await sent(socket, JSON.stringify(found)))) return
    launch = found.launch
    since = found.revision
    hasMore = found.more
    if (!hasMore) await sleep(clock, everyMs, signal)
  }
}

/** Resolves to true when the operating system has accepted the text, which it stops doing while the client does not read; false: the client is gone. */
const sent = (socket: WebSocket, text: string) =>
  new Promise<boolean>((resolve) => {
    socket.send(text, (error) => resolve(!error))
  })

/** Beyond this many unread bytes, messages of a socket wait until its client has read the answers. */
const holdAboveBytes = 1_000_000

/** Whether a message is no longer than a call may be: an import may be longer than the others. */
function isBounded(data: unknown): boolean {
  const length = typeof data === 'string' ? Buffer.byteLength(data) : Buffer.isBuffer(data) ? data.length : Number.POSITIVE_INFINITY
  if (length <= mostBodyBytes) return true
  const { data: call } = z.object({ p: z.object({ u: z.string() }) }).safeParse(storedJson(data))
  return call !== undefined && URL.parse(call.p.u, 'http://console')?.pathname === '/cameras/import'
}

/**
 * The socket for oRPC. Messages of a client that does not read its answers wait until it does, so that answers don't pile up
 * here: of the messages in one chunk, one is handed on per turn of the event loop, and none while too much is unread. A message that is not
 * `accepted` closes the socket.
 */
export function withBackpressure(socket: WebSocket, accepted: (data: unknown) => boolean = () => true): Pick<WebSocket, 'addEventListener' | 'send'> {
  const held: (() => void)[] = []
  let isTurnTaken = false
  const handOn = () => {
    if (isTurnTaken || socket.bufferedAmount > holdAboveBytes) return
    const hear = held.shift()
    if (hear === undefined) {
      if (socket.isPaused) socket.resume()
      return
    }
    isTurnTaken = true
    hear()
    setImmediate(() => {
      isTurnTaken = false
      handOn()
    })
  }
  const addEventListener: WebSocket['addEventListener'] = (type, listener, options) => {
    if (type !== 'message') {
      socket.addEventListener(type, listener, options)
      return
    }
    socket.addEventListener(
      type,
      (event) => {
        if ('data' in event && !accepted(event.data)) return socket.close(1009, 'message too long')
        held.push(() => (typeof listener === 'function' ? listener(event) : listener.handleEvent(event)))
        handOn()
        if (held.length > 0 && !socket.isPaused) socket.pause()
      },
      options,
    )
  }
  socket.once('close', () => {
    held.length = 0
  })
  return {
    addEventListener,
    send: (message: Parameters<WebSocket['send']>[0]) => socket.send(message, handOn),
  }
}
