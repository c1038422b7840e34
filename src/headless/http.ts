import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import type { Duplex } from 'node:stream'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { OpenAPIHandler } from '@orpc/openapi/fetch'
import { createRouterClient, ORPCError, onError } from '@orpc/server'
import { RPCHandler } from '@orpc/server/ws'
import { experimental_ZodSmartCoercionPlugin as CoercionPlugin } from '@orpc/zod/zod4'
import { type Context, Hono } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'
import { secureHeaders } from 'hono/secure-headers'
import { parseAccept } from 'hono/utils/accept'
import { parse as parseCookies } from 'hono/utils/cookie'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Clock } from '../clock/clock.ts'
import { every } from '../clock/every.ts'
import { createSenders } from '../configuration/clientAddress.ts'
import { hostInUrl, type ListenAddress } from '../configuration/listenAddress.ts'
import type { Engine } from '../engine/createEngine.ts'
import { isLoopback } from '../engine/http/isLoopback.ts'
import type { Log } from '../engine/ports.ts'
import type { Failure, StartWarning } from '../shared/commands.ts'
import { messageOf } from '../shared/messageOf.ts'
import { type CallContext, isAllowed, type Operator } from '../shared/permissions.ts'
import { notAllowed } from '../shared/refusals.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { changesInWords } from '../shared/words/inWords.ts'
import { type Language, languageOf } from '../shared/words/languages.ts'
import { refusalText, thrownRefusalText } from '../shared/words/refusalText.ts'
import { type Denial, denialBody } from './denial.ts'
import { answerExport } from './exportSeries.ts'
import { type AskChanges, feedDefaultMs, feedLeastMs, feedMostMs, sendFeed } from './feed.ts'
import { createMonitoring } from './monitoring.ts'
import { createOneByOne } from './oneByOne.ts'
import { createOpenApiDocument } from './openApi.ts'
import { createOpenConnections } from './openConnections.ts'
import { createOriginGuard } from './originGuard.ts'
import { createRefusedSignIns } from './refusedSignIns.ts'
import { createSignIn, sessionLifeMs, type TryOutcome } from './signIn.ts'
import { signInPage, signInScript, signInScriptPath } from './signInPage.ts'
import { withBackpressure } from './socketBackpressure.ts'
import { createStaticFiles } from './staticFiles.ts'

export interface ConsoleServerOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Log
  readonly version: string
  readonly token: string
  /** Whoever shows the token. */
  readonly operator: Operator
  /** Keeps ended sessions ended over a restart. */
  readonly endedSessionsFile?: string
  readonly listen: ListenAddress
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null
  readonly publicOrigins: readonly string[]
  /** Addresses and networks of proxies whose word on who asks is believed. */
  readonly trustedProxies: readonly string[]
  /** The built console; null or not there: a page says how to build it. */
  readonly rendererDir: string
}

export interface ConsoleServer {
  /** `http://127.0.0.1:8787`, as a browser on this machine would ask it. */
  readonly url: string
  /** The same, and signed in. */
  readonly signInUrl: string
  readonly port: number
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** A body of a call is settings of a server at most. */
const mostBodyBytes = 1_000_000
/** A body of a sign-in is one token. Nobody has signed in yet, so that anybody can send one. */
const mostSignInBytes = 8_000
/** People, walls and scripts of one console. */
const mostSockets = 200
/** What strangers may hold open, and all together. A page that is opened takes six connections for a moment. */
const connectionLimits = { mostUnsigned: 256, mostUnsignedOfOne: 64 } as const
const mostConnections = 2_000
/** A head is a cookie and a token; 1 MB of settings comes over a slow line in half a minute. */
const requestLimits = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 2_000,
  // One without a host is refused by us, as others are: what Node answers by itself is not counted.
  requireHostHeader: false,
} as const
const handshakeLimitMs = 10_000
/** Who was refused a WebSocket has this long to read why. */
const refusedUpgradeMs = 2_000
const pingEveryMs = 30_000

const securityHeaders = secureHeaders({
  // No script but ours, nothing from elsewhere. hls.js plays from blobs and works in a worker made of one; toasts and scroll locks bring style elements.
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:', 'blob:'],
    fontSrc: ["'self'", 'data:'],
    mediaSrc: ["'self'", 'blob:'],
    connectSrc: ["'self'", 'blob:'],
    workerSrc: ["'self'", 'blob:'],
    manifestSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
  // With no-referrer browsers send "Origin: null" with forms, and sign-in checks the origin.
  referrerPolicy: 'same-origin',
  xFrameOptions: 'DENY',
  // Whether a name is served over TLS alone is for whoever runs the proxy to say.
  strictTransportSecurity: false,
  permissionsPolicy: { camera: [], microphone: [], geolocation: [], payment: [], usb: [] },
})

/** The language that a script or a browser wants to read: the address decides, then the header. */
function languageAsked({ url = '', headers }: IncomingMessage): Language {
  const asked = new URLSearchParams(url.split('?')[1] ?? '').get('lang') ?? ''
  return languageOf([asked, ...parseAccept(headers['accept-language'] ?? '').map(({ type }) => type)])
}

/** Asks for what the console needs for itself. */
const consoleItself: Operator = { id: 'console', name: 'console', permission: 'view' }

type Env = { Bindings: HttpBindings; Variables: Pick<CallContext, 'operator'> }
type Access = ({ readonly kind: 'token' } | { readonly kind: 'session'; readonly id: string }) & CallContext
const notSignedIn: Denial = { status: 401, code: 'UNAUTHORIZED', refusal: { kind: 'notSignedIn' } }
/** What becomes of a token that is not the right one. */
const afterTry: Readonly<Record<Exclude<TryOutcome, 'right'>, Denial>> = {
  wrong: { status: 401, code: 'UNAUTHORIZED', refusal: { kind: 'wrongToken' } },
  tooMany: { status: 429, code: 'TOO_MANY_REQUESTS', refusal: { kind: 'tooManyTries' } },
}
const foreignHost: Denial = { status: 403, code: 'FORBIDDEN', refusal: { kind: 'foreignHost' } }
const foreignOrigin: Denial = { status: 403, code: 'FORBIDDEN', refusal: { kind: 'foreignOrigin' } }
const endlessBody: Denial = { status: 411, code: 'LENGTH_REQUIRED', refusal: { kind: 'lengthMissing' } }
const largeBody: Denial = { status: 413, code: 'PAYLOAD_TOO_LARGE', refusal: { kind: 'bodyTooLarge' } }
const noRoute: Denial = { status: 404, code: 'NOT_FOUND', refusal: { kind: 'noSuchRoute' } }
const noSocket: Denial = { status: 404, code: 'NOT_FOUND', refusal: { kind: 'noSuchSocket' } }
const tooManyConsoles: Denial = { status: 503, code: 'SERVICE_UNAVAILABLE', refusal: { kind: 'tooManyConsoles' } }
const consoleFailed: Denial = { status: 500, code: 'INTERNAL_SERVER_ERROR', refusal: { kind: 'consoleFailed' } }

/** An error of a call with its sentence in the language that was asked for. */
function inWords(error: unknown, language: Language | undefined): unknown {
  const message = language === undefined ? null : thrownRefusalText(error, language)
  if (message === null || !(error instanceof ORPCError)) return error
  const { code, status, defined, data, cause } = error
  return new ORPCError(code, { status, defined, data, cause, message })
}

/**
 * The door for browsers, attached desks and scripts: REST, WebSocket, relay and the console's own files.
 * The error: why it can't listen.
 */
export async function createConsoleServer(options: ConsoleServerOptions): Promise<Result<ConsoleServer, Failure>> {
  const { engine, clock, log, token, tls, operator } = options
  const secure = tls !== null
  const stop = new AbortController()
  const signIn = createSignIn({ clock, token, ...(options.endedSessionsFile === undefined ? {} : { endedFile: options.endedSessionsFile }) })
  const ownHost = options.listen.host
  const guard = createOriginGuard({ ownNames: [hostname(), ...(ownHost ? [ownHost] : [])], publicOrigins: options.publicOrigins })
  const staticFiles = createStaticFiles(options.rendererDir)
  // For routes that are not in the contract: `admit` lets nobody pass who may not view.
  const client = createRouterClient(engine.router, { context: { operator: consoleItself } })
  const monitoring = createMonitoring({ clock, log, client, eachReport: engine.eachReport, eachTrouble: engine.eachTrouble, signal: stop.signal })
  // Callers are told of bugs no more than that there was one.
  const tellBug = (error: unknown) => {
    const isExpected =
      (error instanceof ORPCError && (error.status < 500 || error.code === 'NOT_STORED')) || (error instanceof Error && error.name === 'AbortError')
    if (!isExpected) log.error({ error }, 'A call failed by a bug of ours')
  }
  // Around the calls alone: a body that cannot be read is its sender's, and its error quotes it, secrets and all.
  const rest = new OpenAPIHandler(
    { ...engine.router, monitoring: monitoring.router },
    {
      plugins: [new CoercionPlugin()],
      clientInterceptors: [onError(tellBug)],
      interceptors: [({ next, context }) => next().catch((error: unknown) => Promise.reject(inWords(error, context.language)))],
    },
  )
  const rpc = new RPCHandler(engine.router, { clientInterceptors: [onError(tellBug)] })
  // Made for the first who asks: a start should not wait for it.
  let document: ReturnType<typeof createOpenApiDocument> | null = null

  // Set when the port is known: cookies are shared by all ports of a host.
  let cookieName = 'mtxdeck'

  const cookieOf = ({ headers }: IncomingMessage) => parseCookies(headers.cookie ?? '', cookieName)[cookieName]
  const senders = createSenders(options.trustedProxies)
  const connections = createOpenConnections(connectionLimits, senders.isProxy)
  const refusedSignIns = createRefusedSignIns({ clock, log })
  /** Compares a token that came with a request. */
  const tryToken = async (given: string, request: IncomingMessage, signal: AbortSignal): Promise<TryOutcome> => {
    const { address } = senders.of(request)
    const outcome = await signIn.tryToken(given, address, signal)
    if (outcome === 'right') connections.signedIn(request.socket)
    else refusedSignIns.count(address)
    return outcome
  }
  /** Who asks, by a token or a session. A wrong token takes its time. */
  const identify = async (request: IncomingMessage, signal: AbortSignal): Promise<Result<Access, Denial>> => {
    const given = bearerOf(request)
    if (given === null) {
      const id = cookieOf(request)
      if (id === undefined || !signIn.isOpen(id)) return err(notSignedIn)
      connections.signedIn(request.socket)
      return ok({ kind: 'session', id, operator })
    }
    const outcome = await tryToken(given, request, signal)
    return outcome === 'right' ? ok({ kind: 'token', operator }) : err(afterTry[outcome])
  }
  /** Who asks and may at least view, or why he may not. */
  const admit = async (request: IncomingMessage, signal: AbortSignal): Promise<Result<Access, Denial>> => {
    const signedIn = await identify(request, signal)
    if (!signedIn.ok || isAllowed(signedIn.value.operator, 'view')) return signedIn
    return err({ status: 403, code: 'FORBIDDEN', refusal: notAllowed(signedIn.value.operator, 'view') })
  }
  const cookieOptions = (c: Context<Env>) => ({ path: '/', httpOnly: true, sameSite: 'Strict', secure: senders.of(c.env.incoming).secure }) as const
  const openSession = (c: Context<Env>) => setCookie(c, cookieName, signIn.open(), { ...cookieOptions(c), maxAge: sessionLifeMs / 1000 })

  const app = new Hono<Env>()
  const deny = (c: Context<Env>, denial: Denial) => {
    if (denial.status === 401) c.header('WWW-Authenticate', 'Bearer realm="mtxdeck"')
    if (denial.status === 429) c.header('Retry-After', '5')
    // A body that is not read: nothing can follow on this connection.
    if (hasBody(c.env.incoming)) c.header('Connection', 'close')
    const page = c.req.method === 'GET' && denial.status !== 403 && !isApi(c.req.path) && (c.req.header('accept') ?? '').includes('text/html')
    const language = languageAsked(c.env.incoming)
    if (page) return c.html(signInPage(denial === notSignedIn ? null : refusalText(denial.refusal, language), language), denial.status)
    return c.json(denialBody(denial, language), denial.status)
  }

  app.use(securityHeaders)
  app.use(async (c, next) => {
    const started = clock.monotonic()
    await next()
    if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store')
    // The path alone: a query may hold a token.
    log.debug({ method: c.req.method, path: c.req.path, status: c.res.status, ms: Math.round(clock.monotonic() - started) }, 'A request was answered')
  })
  app.use(async (c, next) => {
    if (!guard.hostAllowed(c.req.header('host'))) return deny(c, foreignHost)
    const safe = c.req.method === 'GET' || c.req.method === 'HEAD' || c.req.method === 'OPTIONS'
    if (!safe && !guard.originAllowed(c.req.header('origin'), c.req.header('host'))) return deny(c, foreignOrigin)
    // Reads have no origin, and cookies know no ports: browsers say so themselves.
    const site = c.req.header('sec-fetch-site')
    if (safe && isApi(c.req.path) && (site === 'cross-site' || site === 'same-site')) return deny(c, foreignOrigin)
    await next()
    return
  })
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.get(signInScriptPath, (c) => c.body(signInScript, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }))
  app.use('/api/*', async (c, next) => {
    if (c.req.header('transfer-encoding') !== undefined) return deny(c, endlessBody)
    // Not by hono's bodyLimit: it reads bodies without a length itself, and can't pass on a request of node-server after that.
    if (Number(c.req.header('content-length') ?? 0) > (c.req.path === signInPath ? mostSignInBytes : mostBodyBytes)) return deny(c, largeBody)
    await next()
    return
  })

  app.post(signInPath, async (c) => {
    const isForm = (c.req.header('content-type') ?? '').startsWith('application/x-www-form-urlencoded')
    // One that breaks off is its sender's affair.
    const body: unknown = await (isForm ? c.req.parseBody() : c.req.json()).catch(() => null)
    const given = typeof body === 'object' && body !== null && 'token' in body && typeof body.token === 'string' ? body.token.trim() : ''
    const outcome = await tryToken(given, c.env.incoming, c.req.raw.signal)
    if (outcome !== 'right') {
      const denial = afterTry[outcome]
      const language = languageAsked(c.env.incoming)
      return isForm ? c.html(signInPage(refusalText(denial.refusal, language), language), denial.status) : deny(c, denial)
    }
    log.info({ address: senders.of(c.env.incoming).address }, 'A browser signed in')
    openSession(c)
    return isForm ? c.redirect('/', 303) : c.body(null, 204)
  })
  app.post('/api/sign-out', (c) => {
    const id = cookieOf(c.env.incoming)
    if (id !== undefined) signIn.close(id)
    deleteCookie(c, cookieName, cookieOptions(c))
    return c.body(null, 204)
  })

  app.use(async (c, next) => {
    const { searchParams, pathname } = new URL(c.req.url)
    const given = searchParams.get('token')
    // The printed address: exchanged at once, so that the token stays in no history, referrer or bookmark.
    if (given !== null && c.req.method === 'GET' && !isApi(pathname)) {
      const outcome = await tryToken(given, c.env.incoming, c.req.raw.signal)
      if (outcome !== 'right') return deny(c, afterTry[outcome])
      searchParams.delete('token')
      openSession(c)
      // Two slashes would lead to another host.
      return c.redirect(`${pathname.replace(/^\/+/, '/')}${searchParams.size > 0 ? `?${searchParams}` : ''}`, 302)
    }
    const admitted = await admit(c.env.incoming, c.req.raw.signal)
    if (!admitted.ok) return deny(c, admitted.error)
    c.set('operator', admitted.value.operator)
    await next()
    return
  })

  app.get('/api/openapi.json', async (c) => {
    document ??= createOpenApiDocument(options.version)
    return c.json(await document)
  })
  app.all('/api/*', async (c) => {
    if (c.req.method === 'GET' && c.req.path === '/api/history')
      return answerExport({
        query: c.req.queries(),
        now: clock.now(),
        source: { range: (input, signal) => client.history.range(input, signal ? { signal } : {}) },
        servers: async () => [...(await client.servers.list()), ...(await client.hosts.list())],
        language: languageAsked(c.env.incoming),
        signal: c.req.raw.signal,
      })
    const long = c.req.method === 'GET' ? await monitoring.longList(c.req.path.slice('/api'.length), c.req.query(), languageAsked(c.env.incoming)) : null
    if (long) return long
    const { matched, response } = await rest.handle(c.req.raw, {
      prefix: '/api',
      context: { operator: c.get('operator'), language: languageAsked(c.env.incoming) },
    })
    return matched ? response : deny(c, noRoute)
  })
  app.all('/relay/*', async (c) => {
    const response = await engine.relay(c.req.raw)
    // Its headers may be fixed, and ours are added.
    return new Response(response.body, response)
  })
  app.get('*', async (c) => {
    const file = await staticFiles(c.req.path, c.req.method === 'HEAD')
    return file ?? c.text(c.req.path === '/' ? 'The console is not built yet: run "npm run build".' : 'There is no such page.', 404)
  })
  app.onError((error, c) => {
    log.error({ error, path: c.req.path }, 'A request failed')
    return c.json(denialBody(consoleFailed, languageAsked(c.env.incoming)), 500)
  })

  const oneByOne = createOneByOne()
  const answer = getRequestListener((request, env) => app.fetch(request, env), { overrideGlobalObjects: false })
  const listener: RequestListener = (request, response) => void (oneByOne.takes(request, response) && answer(request, response))
  let server: Server
  try {
    server = tls
      ? createTlsServer(
          { ...requestLimits, cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile), minVersion: 'TLSv1.2', handshakeTimeout: handshakeLimitMs },
          listener,
        )
      : createServer(requestLimits, listener)
  } catch (error) {
    stop.abort()
    await monitoring.ended
    return err({ kind: 'certificateUnusable', because: messageOf(error) })
  }
  server.maxConnections = mostConnections
  server.on('connection', connections.opened)
  server.on(secure ? 'secureConnection' : 'connection', oneByOne.opened)
  // Node would answer these by itself, uncounted.
  server.on('checkExpectation', listener)

  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: mostBodyBytes,
    // A browser page can send no header with a WebSocket: an attached desk sends its token as a second protocol, of which the first is chosen.
    handleProtocols: (protocols) => (protocols.has(socketProtocol) ? socketProtocol : false),
  })
  const alive = new WeakSet<WebSocket>()
  const sessionBySocket = new WeakMap<WebSocket, string>()
  const feeds = new Set<Promise<void>>()

  const accept = (socket: WebSocket, request: IncomingMessage, { pathname, searchParams: query }: URL, access: Access) => {
    alive.add(socket)
    socket.on('pong', () => alive.add(socket))
    socket.on('error', (error) => log.debug({ error }, 'A WebSocket failed'))
    const closed = new AbortController()
    socket.on('close', () => closed.abort())
    if (access.kind === 'session') {
      sessionBySocket.set(socket, access.id)
      const forget = signIn.onEnd(access.id, () => socket.close(4401, 'signed out'))
      socket.on('close', forget)
    }
    if (pathname === '/api/rpc') {
      void rpc.upgrade(withBackpressure(socket), { context: { operator: access.operator } })
      return
    }
    const asked = Number(query.get('everyMs') ?? feedDefaultMs)
    const everyMs = Number.isFinite(asked) ? Math.min(feedMostMs, Math.max(feedLeastMs, asked)) : feedDefaultMs
    const signal = AbortSignal.any([closed.signal, stop.signal])
    const language = languageAsked(request)
    const changes: AskChanges = async (input, asking) => changesInWords(await client.fleet.changes(input, { signal: asking }), language)
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
      // The other end may never close its half, and the server's own limits ended with the upgrade.
      const late = clock.setTimeout(() => socket.destroy(), refusedUpgradeMs)
      socket.once('close', () => clock.clearTimeout(late))
      socket.resume()
    }
    const url = URL.canParse(request.url ?? '', 'http://localhost') ? new URL(request.url ?? '', 'http://localhost') : null
    if (!guard.hostAllowed(request.headers.host)) return refuse(foreignHost)
    if (!url || (url.pathname !== '/api/rpc' && url.pathname !== '/api/feed')) return refuse(noSocket)
    // A desk of ours has no origin on the web, and shows the token itself.
    const isDesk = request.headers.origin?.startsWith('app://') === true && bearerOf(request) !== null
    if (!isDesk && !guard.originAllowed(request.headers.origin, request.headers.host)) return refuse(foreignOrigin)
    if (sockets.clients.size >= mostSockets) return refuse(tooManyConsoles)
    const admitted = await admit(request, gone.signal)
    if (!admitted.ok) return refuse(admitted.error)
    if (gone.signal.aborted || stop.signal.aborted) return socket.destroy()
    sockets.handleUpgrade(request, socket, head, (opened) => accept(opened, request, url, admitted.value))
    return
  }
  server.on('upgrade', (request, socket, head) => {
    oneByOne.upgraded(request.socket)
    upgrade(request, socket, head).catch((error: unknown) => {
      log.error({ error }, 'A WebSocket could not be opened')
      socket.destroy()
    })
  })

  const pings = every(clock)(
    { intervalMs: pingEveryMs, timeoutMs: pingEveryMs, seed: 'ping', signal: stop.signal, onBug: (error) => log.error({ error }, 'Pings failed') },
    async () => {
      for (const socket of sockets.clients) {
        if (!alive.has(socket)) socket.terminate()
        // A wall that stays open uses its session; when it is over, this closes the socket.
        const session = sessionBySocket.get(socket)
        if (session !== undefined) signIn.isOpen(session)
        alive.delete(socket)
        socket.ping()
      }
    },
  )

  const close = async () => {
    stop.abort()
    for (const socket of sockets.clients) socket.terminate()
    server.closeAllConnections()
    refusedSignIns[Symbol.dispose]()
    await new Promise<void>((resolve) => server.close(() => resolve()))
    await Promise.all([pings, monitoring.ended, ...feeds])
  }

  const listening = await new Promise<Result<AddressInfo, Failure>>((resolve) => {
    server.once('error', (error) => resolve(err(listenFailure(error, options.listen))))
    server.listen({ port: options.listen.port, ...(ownHost ? { host: ownHost } : {}) }, () => resolve(ok(server.address() as AddressInfo)))
  })
  if (!listening.ok) {
    stop.abort()
    await Promise.all([pings, monitoring.ended])
    return listening
  }
  server.on('error', (error) => log.error({ error }, 'The console server failed'))
  const { port } = listening.value
  cookieName = `${secure ? '__Host-' : ''}mtxdeck-${port}`
  const shownHost = ownHost === '' || ownHost === '0.0.0.0' || ownHost === '::' ? 'localhost' : ownHost
  const url = `${secure ? 'https' : 'http'}://${hostInUrl(shownHost)}:${port}`
  return ok({ url, signInUrl: `${url}/?token=${encodeURIComponent(token)}`, port, [Symbol.asyncDispose]: close })
}

/** What is unwise about where the console listens. */
export const listenWarnings = (listen: ListenAddress, tls: boolean): readonly StartWarning[] =>
  tls || isLoopback(hostInUrl(listen.host)) ? [] : [{ kind: 'tlsOff' }]

const socketProtocol = 'mtxdeck'
const signInPath = '/api/sign-in'
const hasBody = ({ headers }: IncomingMessage) => headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
const isApi = (path: string) => path.startsWith('/api/') || path.startsWith('/relay/')

/** The token of `Authorization: Bearer …`, or of a WebSocket's protocol `bearer.<base64url>`; null: none. */
function bearerOf(request: IncomingMessage): string | null {
  const header = /^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1]
  if (header !== undefined) return header
  const protocol = request.headers['sec-websocket-protocol']?.split(/,\s*/).find((each) => each.startsWith('bearer.'))
  return protocol === undefined ? null : Buffer.from(protocol.slice('bearer.'.length), 'base64url').toString('utf8')
}

function listenFailure(error: Error, { host, port }: ListenAddress): Failure {
  const code = 'code' in error ? error.code : ''
  const at = { host: hostInUrl(host), port }
  if (code === 'EADDRINUSE') return { kind: 'portTaken', ...at }
  if (code === 'EACCES') return { kind: 'portForbidden', ...at }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return { kind: 'noSuchAddress', host }
  return { kind: 'cannotListen', ...at, because: error.message }
}
