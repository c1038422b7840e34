import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { createRouterClient, ORPCError, onError } from '@orpc/server'
import { RPCHandler } from '@orpc/server/ws'
import type { Hono } from 'hono'
import type { HeadlessConfig } from '../configuration/config.ts'
import { hostInUrl, type ListenAddress } from '../configuration/listenAddress.ts'
import type { Engine } from '../engine/createEngine.ts'
import { errorCode } from '../engine/readBounded.ts'
import { isLoopback } from '../shared/ipAddresses.ts'
import { type Operator, soleOperator } from '../shared/permissions.ts'
import { err, messageOf, ok } from '../shared/result.ts'
import { type Admission, type AdmissionOptions, createAdmission } from './admission.ts'
import { createConsoleApp, createMetricsApp } from './consoleApp.ts'
import { asPresent, createConsoleSockets, type SocketContext } from './consoleSockets.ts'
import { createMonitoring } from './monitoring.ts'
import { createOriginGuard, ownNames } from './originGuard.ts'

type Settings = Pick<HeadlessConfig, 'listen' | 'tls' | 'publicUrls'> & Partial<Pick<HeadlessConfig, 'metricsListen' | 'webrtcOrigins'>>
export interface ConsoleServerOptions extends AdmissionOptions, Settings {
  readonly engine: Engine
  readonly version: string
  /** Folder of the built console; if it is missing, a page explains how to build it. */
  readonly rendererDir: string
}

/** The server for Prometheus alone: `/metrics`, for the same tokens as at the console's own address, and nothing else. */
function serveMetrics({ engine, clock, log, tls, publicUrls }: ConsoleServerOptions, listen: ListenAddress, admission: Admission) {
  const guard = createOriginGuard({ ownNames: ownNames(listen), publicOrigins: () => publicUrls.map(originOf) })
  const app = createMetricsApp({ engine, clock, log, admission, guard, basePath: '', hsts: tls?.hsts === true })
  return serve(app, { listen, option: '--metrics-listen', tls, log, admission })
}

const originOf = (url: string): string => new URL(url).origin
/** The path below which a proxy serves the console, without a slash at its end; '' for none. */
const basePathOf = (url: string): string => new URL(url).pathname.replace(/\/$/, '')

/**
 * Where requests enter: takes off the path that a proxy has passed on. Everything behind this knows only paths without it, as they come from a proxy that
 * strips it itself, and from whoever asks this machine directly.
 */
function stripBasePath(request: IncomingMessage, basePath: string): void {
  if (request.url?.startsWith(`${basePath}/`)) request.url = request.url.slice(basePath.length)
}

/** The operator for the console's own requests. */
const consoleItself: Operator = { ...soleOperator, id: 'console', name: 'console', role: 'user', permission: 'view' }

/**
 * The server for browsers, attached desks and scripts: REST, WebSocket, relay and the console's own files.
 * The error: why it can't listen.
 */
export async function createConsoleServer(options: ConsoleServerOptions) {
  const { engine, clock, log, token, tls, version, rendererDir } = options
  await using stack = new AsyncDisposableStack()
  const stop = new AbortController()
  const admission = createAdmission({ ...options, people: engine.people })
  const guard = createOriginGuard({
    ownNames: ownNames(options.listen),
    publicOrigins: () => [...options.publicUrls, ...[engine.publicUrl() ?? []].flat()].map(originOf),
    ...(options.webrtcOrigins && { webrtcOrigins: options.webrtcOrigins }),
  })
  const client = createRouterClient(engine.router, { context: { operator: consoleItself } })
  const monitoring = createMonitoring({ ...engine, clock, log, client, signal: stop.signal })
  const onBug = (error: unknown, { signal }: { readonly signal?: AbortSignal | undefined }) => {
    // What the contract names is an answer, such as that a server can't be asked; a caller that left wants none.
    const isExpected = (error instanceof ORPCError && (error.defined || error.status < 500 || error.code === 'NOT_STORED')) || signal?.aborted === true
    if (!isExpected) log.error({ error }, 'A call failed by a bug of ours')
  }
  const rpc = new RPCHandler<SocketContext>(engine.router, { interceptors: [asPresent], clientInterceptors: [onError(onBug)] })
  const sockets = createConsoleSockets({ clock, log, admission, guard, rpc, router: engine.router, ending: stop.signal })
  stack.defer(async () => {
    stop.abort()
    await Promise.all([sockets.ended(), monitoring.ended])
  })
  const [publicUrl] = options.publicUrls
  const basePath = publicUrl === undefined ? '' : basePathOf(publicUrl)
  const hsts = tls?.hsts === true
  const app = createConsoleApp({ publicUrl, basePath, engine, clock, log, version, admission, guard, monitoring, client, onBug, rendererDir, hsts })
  const served = await serve(app, { listen: options.listen, option: '--listen', tls, log, admission }, (server) => {
    server.on('upgrade', sockets.upgrade)
    for (const entry of ['request', 'upgrade']) server.prependListener(entry, (request: IncomingMessage) => stripBasePath(request, basePath))
  })
  if (!served.ok) return served
  const { url, port } = stack.use(served.value)
  stack.defer(() => {
    stop.abort()
    sockets.terminate()
  })
  // `__Host-` is for cookies of a whole host.
  admission.nameCookie(`${tls === null ? '' : basePath === '' ? '__Host-' : '__Secure-'}mtxdeck-${port}`)
  const metrics = options.metricsListen == null ? null : await serveMetrics(options, options.metricsListen, admission)
  if (metrics?.ok) stack.use(metrics.value)
  const running = stack.move()
  return ok({
    /** For a browser on this machine, e.g. `http://127.0.0.1:8787`. */
    url,
    /** The same with the sign-in token. */
    signInUrl: `${url}/?token=${encodeURIComponent(token)}`,
    port,
    /** The server of `metricsListen`, or why it can't listen; null: none is wanted. */
    metrics,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  })
}

/** Warnings about the addresses at which the console listens. */
export function listenWarnings(listens: readonly ListenAddress[], { tls, plainHttp }: Pick<ConsoleServerOptions, 'tls' | 'plainHttp'>): readonly string[] {
  if (tls !== null || listens.every(({ host }) => isLoopback(host))) return []
  return plainHttp
    ? [
        'Others on the network can read tokens and all figures on their way: TLS is off, and plainHttp is set. Name a certificate and its key under tls in the configuration.',
      ]
    : [
        'TLS is off: tokens are accepted from this machine, and through a trusted proxy that says it was asked over https. Name a certificate and its key under tls in the configuration, or set plainHttp to accept tokens that others on the network can read.',
      ]
}

const mostConnections = 2_000
/** Then a connection is closed. */
const mostRequestsPerSocket = 200
/**
 * A client that sends one request after the other has two open for a moment: it may have read the end of an answer, and send again, before
 * the answer counts as ended here. A third one does not wait for answers, which no browser, proxy or library does by default.
 */
const mostOpenPerSocket = 2
/** The headers hold little more than a cookie and a token; 1 MB of settings takes half a minute over a slow line. */
const requestLimits = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 2_000,
} as const
const handshakeLimitMs = 10_000

/**
 * Serves an app within our limits. The error: why it can't. `option` is what chooses another address.
 * `prepare`: called with the server before it listens.
 */
async function serve(
  app: Pick<Hono<{ Bindings: HttpBindings }>, 'fetch'>,
  {
    listen,
    option,
    tls,
    log,
    admission,
  }: Pick<ConsoleServerOptions, 'listen' | 'tls' | 'log'> & { readonly option: string; readonly admission: Pick<Admission, 'opened'> },
  prepare: (server: Server) => void = () => {},
) {
  const answer = getRequestListener((request, env) => app.fetch(request, env), { overrideGlobalObjects: false })
  const openOf = new WeakMap<Socket, number>()
  const count = (socket: Socket, change: 1 | -1): number => {
    const open = (openOf.get(socket) ?? 0) + change
    openOf.set(socket, open)
    return open
  }
  const listener: RequestListener = (request, response) => {
    const { socket } = request
    if (count(socket, 1) > mostOpenPerSocket) return void socket.destroy()
    response.once('close', () => count(socket, -1))
    return answer(request, response)
  }
  let server: Server
  try {
    server = tls
      ? createTlsServer(
          { ...requestLimits, cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile), minVersion: 'TLSv1.2', handshakeTimeout: handshakeLimitMs },
          listener,
        )
      : createServer(requestLimits, listener)
  } catch (error) {
    return err(`Can't use the certificate or its key (tls in the configuration): ${messageOf(error)}`)
  }
  server.on('connection', admission.opened)
  server.maxConnections = mostConnections
  server.maxRequestsPerSocket = mostRequestsPerSocket
  prepare(server)
  try {
    server.listen({ port: listen.port, ...(listen.host !== '' && { host: listen.host }) })
    await once(server, 'listening')
  } catch (error) {
    return err(listenFailure(error, listen, option))
  }
  server.on('error', (error) => log.error({ error, option }, 'The HTTP server failed'))
  const { port } = server.address() as AddressInfo
  return ok({
    port,
    url: urlOf(listen, port, tls),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  })
}

/** For a browser on this machine. */
function urlOf({ host }: ListenAddress, port: number, tls: ConsoleServerOptions['tls']): string {
  const shownHost = host === '' || host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `${tls === null ? 'http' : 'https'}://${hostInUrl(shownHost)}:${port}`
}

function listenFailure(error: unknown, { host, port }: ListenAddress, option: string): string {
  const at = `${host === '' ? 'all addresses' : hostInUrl(host)}:${port}`
  if (errorCode(error) === 'EADDRINUSE') return `Port ${port} is taken: another mtxdeck or another program listens at ${at}. Choose another with ${option}.`
  return `Can't listen at ${at}: ${messageOf(error)}. Choose another address with ${option}.`
}
