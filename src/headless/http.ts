import { readFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { getRequestListener } from '@hono/node-server'
import { createRouterClient, ORPCError, onError } from '@orpc/server'
import { RPCHandler } from '@orpc/server/ws'
import type { Clock } from '../clock/clock.ts'
import { hostInUrl, type ListenAddress } from '../configuration/listenAddress.ts'
import type { Engine } from '../engine/createEngine.ts'
import { isLoopback } from '../engine/http/isLoopback.ts'
import type { Log } from '../engine/ports.ts'
import type { Failure, StartWarning } from '../shared/commands.ts'
import { messageOf } from '../shared/messageOf.ts'
import type { Operator } from '../shared/permissions.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { createAdmission } from './admission.ts'
import { createConsoleApp } from './consoleApp.ts'
import { createConsoleSockets } from './consoleSockets.ts'
import { createMonitoring } from './monitoring.ts'
import { createOneByOne } from './oneByOne.ts'
import { createOriginGuard } from './originGuard.ts'

export interface ConsoleServerOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Log
  readonly version: string
  readonly token: string
  /** Another token, which may read the metrics and nothing else. */
  readonly metricsToken?: string
  /** The operator that the token stands for. */
  readonly operator: Operator
  /** Keeps ended sessions ended over a restart. */
  readonly endedSessionsFile?: string
  readonly listen: ListenAddress
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null
  readonly publicOrigins: readonly string[]
  /** Addresses and networks of proxies whose forwarded client address is trusted. */
  readonly trustedProxies: readonly string[]
  /** Folder of the built console; if it is missing, a page explains how to build it. */
  readonly rendererDir: string
}

export interface ConsoleServer {
  /** For a browser on this machine, e.g. `http://127.0.0.1:8787`. */
  readonly url: string
  /** The same with the sign-in token. */
  readonly signInUrl: string
  readonly port: number
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

const mostConnections = 2_000
/** The headers hold little more than a cookie and a token; 1 MB of settings takes half a minute over a slow line. */
const requestLimits = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 2_000,
  // We refuse requests without a host ourselves, because Node's own answers are not counted.
  requireHostHeader: false,
} as const
const handshakeLimitMs = 10_000

/** The operator for the console's own requests. */
const consoleItself: Operator = { id: 'console', name: 'console', permission: 'view' }

/**
 * The server for browsers, attached desks and scripts: REST, WebSocket, relay and the console's own files.
 * The error: why it can't listen.
 */
export async function createConsoleServer(options: ConsoleServerOptions): Promise<Result<ConsoleServer, Failure>> {
  const { engine, clock, log, token, tls } = options
  const stop = new AbortController()
  const ownHost = options.listen.host
  const admission = createAdmission(options)
  const guard = createOriginGuard({ ownNames: [hostname(), ...(ownHost ? [ownHost] : [])], publicOrigins: options.publicOrigins })
  const client = createRouterClient(engine.router, { context: { operator: consoleItself } })
  const monitoring = createMonitoring({ clock, log, client, eachReport: engine.eachReport, inTrouble: engine.inTrouble, signal: stop.signal })
  // Callers learn only that there was a bug, no details.
  const onBug = (error: unknown) => {
    const isExpected =
      (error instanceof ORPCError && (error.status < 500 || error.code === 'NOT_STORED')) || (error instanceof Error && error.name === 'AbortError')
    if (!isExpected) log.error({ error }, 'A call failed by a bug of ours')
  }
  const { version, rendererDir } = options
  const app = createConsoleApp({ engine, exported: engine.exported, clock, log, version, admission, guard, monitoring, client, onBug, rendererDir })
  const oneByOne = createOneByOne()
  const answer = getRequestListener((request, env) => app.fetch(request, env), { overrideGlobalObjects: false })
  const opened = openServer(tls, (request, response) => void (oneByOne.takes(request, response) && answer(request, response)))
  if (!opened.ok) {
    stop.abort()
    await monitoring.ended
    return opened
  }
  const server = opened.value
  server.on('connection', admission.opened)
  server.on(tls === null ? 'connection' : 'secureConnection', oneByOne.opened)

  const rpc = new RPCHandler(engine.router, { clientInterceptors: [onError(onBug)] })
  const sockets = createConsoleSockets({ clock, log, admission, guard, rpc, client, ending: stop.signal })
  server.on('upgrade', (request, socket, head) => {
    oneByOne.upgraded(request.socket)
    sockets.upgrade(request, socket, head)
  })

  const close = async () => {
    stop.abort()
    sockets.terminate()
    server.closeAllConnections()
    admission[Symbol.dispose]()
    await new Promise<void>((resolve) => server.close(() => resolve()))
    await Promise.all([sockets.ended(), monitoring.ended])
  }

  const listening = await new Promise<Result<AddressInfo, Failure>>((resolve) => {
    server.once('error', (error) => resolve(err(listenFailure(error, options.listen))))
    server.listen({ port: options.listen.port, ...(ownHost ? { host: ownHost } : {}) }, () => resolve(ok(server.address() as AddressInfo)))
  })
  if (!listening.ok) {
    stop.abort()
    await Promise.all([sockets.ended(), monitoring.ended])
    return listening
  }
  server.on('error', (error) => log.error({ error }, 'The console server failed'))
  const { port } = listening.value
  admission.nameCookie(`${tls === null ? '' : '__Host-'}mtxdeck-${port}`)
  const shownHost = ownHost === '' || ownHost === '0.0.0.0' || ownHost === '::' ? 'localhost' : ownHost
  const url = `${tls === null ? 'http' : 'https'}://${hostInUrl(shownHost)}:${port}`
  return ok({ url, signInUrl: `${url}/?token=${encodeURIComponent(token)}`, port, [Symbol.asyncDispose]: close })
}

/** Creates Node's server with our limits. */
function openServer(tls: ConsoleServerOptions['tls'], listener: RequestListener): Result<Server, Failure> {
  let server: Server
  try {
    server = tls
      ? createTlsServer(
          { ...requestLimits, cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile), minVersion: 'TLSv1.2', handshakeTimeout: handshakeLimitMs },
          listener,
        )
      : createServer(requestLimits, listener)
  } catch (error) {
    return err({ kind: 'certificateUnusable', because: messageOf(error) })
  }
  server.maxConnections = mostConnections
  // Node would answer these by itself, uncounted.
  server.on('checkExpectation', listener)
  return ok(server)
}

/** Warnings about the address on which the console listens. */
export const listenWarnings = (listen: ListenAddress, tls: boolean): readonly StartWarning[] =>
  tls || isLoopback(hostInUrl(listen.host)) ? [] : [{ kind: 'tlsOff' }]

function listenFailure(error: Error, { host, port }: ListenAddress): Failure {
  const code = 'code' in error ? error.code : ''
  const at = { host: hostInUrl(host), port }
  if (code === 'EADDRINUSE') return { kind: 'portTaken', ...at }
  if (code === 'EACCES') return { kind: 'portForbidden', ...at }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return { kind: 'noSuchAddress', host }
  return { kind: 'cannotListen', ...at, because: error.message }
}
