import { realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import { OpenAPIHandler } from '@orpc/openapi/fetch'
import { ORPCError, onError, type RouterClient } from '@orpc/server'
import type { StandardHandleResult, StandardHandlerInterceptorOptions, StandardHandlerPlugin } from '@orpc/server/standard'
import { experimental_ZodSmartCoercionPlugin as CoercionPlugin } from '@orpc/zod/zod4'
import { Hono, type MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { parseAccept } from 'hono/utils/accept'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { getMimeType } from 'hono/utils/mime'
import { z } from 'zod'
import type { Clock } from '../clock/clock.ts'
import type { Engine } from '../engine/createEngine.ts'
import { type ExpositionFormat, expositionFormats, openMetricsVersion } from '../engine/exporter/exposition.ts'
import type { Log } from '../engine/ports.ts'
import type { EngineRouter } from '../engine/router.ts'
import type { Language } from '../i18n/languages.ts'
import { refusalIn, refusalText, thrownRefusalText } from '../i18n/refusalText.ts'
import { auditPageSchema } from '../shared/accounts.ts'
import { availabilitySchema } from '../shared/availability.ts'
import { exportedFileSchema, longestImport } from '../shared/cameras.ts'
import { dossierMadeSchema } from '../shared/dossier.ts'
import { guestPath } from '../shared/guests.ts'
import { type CallContext, callerOf, isAllowed } from '../shared/permissions.ts'
import { viewingReportSchema, viewsSchema } from '../shared/viewing.ts'
import { knownKeys } from '../shared/written.ts'
import { addAcknowledgePage, isLinkPath, linkPath, shownPath } from './acknowledgePage.ts'
import { type Admission, denialOf, notSignedIn } from './admission.ts'
import { auditCsv, availabilityCsv, exportAnswer, findServer, readExportInput, viewingCsv, viewsCsv } from './exportSeries.ts'
import { addGuestPages } from './guestPages.ts'
import { streamPieces } from './jsonStream.ts'
import type { createMonitoring } from './monitoring.ts'
import { createOpenApiDocument } from './openApi.ts'
import type { createOriginGuard } from './originGuard.ts'
import { plainStyleHash } from './plainPages.ts'
import { bearerOf, type Denial, denialBody, isApi, languageAsked, notAccepted, problemsIn } from './requests.ts'
import { addSignIn, type Console, deny, denyInJson, type Env, openSession, providerCallback, signInPath } from './signIn.ts'

/** Maximum body of a call, bytes; the settings of a server are the largest. */
export const mostBodyBytes = 1_000_000
/** Maximum body of a sign-in (a token, or a name with its password) or an acknowledgement (a name), bytes. Small, because no authentication is required to send one. */
const mostOpenBytes = 8_000

const otherHeaders = {
  xFrameOptions: 'DENY',
  // Only the administrator knows whether a host name is served exclusively over TLS: `tls.hsts`.
  strictTransportSecurity: false,
  permissionsPolicy: { camera: [], microphone: [], geolocation: [], payment: [], usb: [] },
} as const satisfies Parameters<typeof secureHeaders>[0]
const securityHeaders = secureHeaders({
  // Same origin only. hls.js plays from blobs and runs a worker from one; toasts and scroll locks add style elements.
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
  ...otherHeaders,
})
/** Headers of pages whose address is a secret: no scripts, and no referrer. */
const linkHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: [plainStyleHash],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
  referrerPolicy: 'no-referrer',
  ...otherHeaders,
})

export const foreignHost: Denial = { status: 403, code: 'FORBIDDEN', refusal: { kind: 'foreignHost' } }
export const foreignOrigin: Denial = { status: 403, code: 'FORBIDDEN', refusal: { kind: 'foreignOrigin' } }
const endlessBody: Denial = { status: 411, code: 'LENGTH_REQUIRED', refusal: { kind: 'bodyUnreadable' } }
const largeBody: Denial = { status: 413, code: 'PAYLOAD_TOO_LARGE', refusal: { kind: 'bodyTooLarge' } }
const noRoute: Denial = { status: 404, code: 'NOT_FOUND', refusal: { kind: 'noSuchRoute' } }
const consoleFailed: Denial = { status: 500, code: 'INTERNAL_SERVER_ERROR', refusal: { kind: 'consoleFailed' } }

const importPath = '/api/cameras/import'
const mostBytesOf = (path: string): number =>
  path === importPath ? longestImport : path.startsWith(signInPath) || path.startsWith(`${guestPath}/`) || isLinkPath(path) ? mostOpenBytes : mostBodyBytes

interface ConsoleAppDeps {
  readonly engine: Pick<Engine, 'relay' | 'webrtc' | 'acknowledging' | 'people' | 'guests' | 'exported'> & { readonly router: EngineRouter }
  readonly clock: Clock
  readonly log: Log
  readonly version: string
  readonly admission: Admission
  readonly guard: ReturnType<typeof createOriginGuard>
  readonly monitoring: ReturnType<typeof createMonitoring>
  /** For routes outside of the contract. Their callers have been admitted, so they have view permission. */
  readonly client: RouterClient<EngineRouter>
  /** Called with errors of calls that are not among the contract's errors. */
  readonly onBug: (error: unknown, call: { readonly signal?: AbortSignal | undefined }) => void
  readonly rendererDir: string
  /** The address under which browsers reach the console; undefined: none is configured. */
  readonly publicUrl: string | undefined
  /** The path of that address, below which browsers see the console, such as `/mtx`; '' for none. Requests come here without it. */
  readonly basePath: string
  /** Tells browsers to use this host name over TLS only. */
  readonly hsts: boolean
}

/** The HTTP app. Its parts are in the order in which a request passes through them. */
export function createConsoleApp(deps: ConsoleAppDeps): Hono<Env> {
  const app = new Hono<Env>()
  addGuards(app, deps)
  addOpenRoutes(app, deps)
  addMetrics(app, deps)
  addProbeReadings(app, deps)
  addGrants(app, deps)
  addAdmission(app, deps)
  addWebrtc(app, deps)
  addApi(app, deps)
  addFiles(app, deps)
  addFailures(app, deps)
  return app
}

/** Serves only Prometheus metrics: no pages, calls or sign-in. */
export function createMetricsApp(
  deps: Pick<ConsoleAppDeps, 'clock' | 'log' | 'guard' | 'basePath' | 'hsts' | 'admission'> & { readonly engine: Pick<Engine, 'exported'> },
): Hono<Env> {
  const app = new Hono<Env>()
  addGuards(app, deps)
  addMetrics(app, deps)
  app.all('*', (c) => denyInJson(c, noRoute))
  addFailures(app, deps)
  return app
}

function addFailures(app: Hono<Env>, { log }: Pick<ConsoleAppDeps, 'log'>): void {
  app.onError((error, c) => {
    const language = languageAsked(c.env.incoming)
    // What a call refuses is no failure.
    const refused = withTexts(error, language)
    if (refused instanceof ORPCError && refusalIn(refused) !== null) return c.json(refused.toJSON(), refused.status as ContentfulStatusCode)
    log.error({ error, path: shownPath(c.req.path) }, 'A request failed')
    return c.json(denialBody(consoleFailed, language), 500)
  })
}

function addGuards(
  app: Hono<Env>,
  { clock, log, guard, basePath, hsts, admission }: Pick<ConsoleAppDeps, 'clock' | 'log' | 'guard' | 'basePath' | 'hsts' | 'admission'>,
): void {
  app.use((c, next) => (isLinkPath(c.req.path) || c.req.path.startsWith(`${guestPath}/mtxg_`) ? linkHeaders : securityHeaders)(c, next))
  app.use(async (c, next) => {
    const started = clock.monotonic()
    c.set('hasAccounts', admission.hasAccounts())
    c.set('provider', admission.provider())
    c.set('basePath', basePath)
    await next()
    const location = c.res.headers.get('Location')
    if (basePath !== '' && location?.startsWith('/')) c.res.headers.set('Location', basePath + location)
    if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store')
    if (hsts) c.res.headers.set('Strict-Transport-Security', 'max-age=31536000')
    // Without the query, which may contain a token.
    log.debug(
      { method: c.req.method, path: shownPath(c.req.path), status: c.res.status, ms: Math.round(clock.monotonic() - started) },
      'A request was answered',
    )
  })
  app.use(async (c, next) => {
    if (!guard.hostAllowed(c.req.header('host'))) return deny(c, foreignHost)
    const safe = c.req.method === 'GET' || c.req.method === 'HEAD' || c.req.method === 'OPTIONS'
    const origin = c.req.header('origin')
    if (guard.isOfApplication(origin, c.req.path)) return acrossOrigins(c, origin, next)
    // Forms of pages without a referrer send "null". The acknowledge page authenticates its form by the data that it sends back.
    const isOfLink = origin === 'null' && isLinkPath(c.req.path)
    if (!safe && !isOfLink && !guard.originAllowed(origin, c.req.header('host'))) return deny(c, foreignOrigin)
    // Reads have no Origin header, and cookies are shared between ports, so rely on the browser's Sec-Fetch-Site header.
    const site = c.req.header('sec-fetch-site')
    // Where the organisation's provider sends browsers back to: what they bring is worth nothing without their ticket.
    const isOfProvider = c.req.method === 'GET' && c.req.path === providerCallback
    if (safe && !isOfProvider && isApi(c.req.path) && (site === 'cross-site' || site === 'same-site')) return deny(c, foreignOrigin)
    await next()
    return
  })
  const boundBody: MiddlewareHandler<Env> = async (c, next) => {
    if (c.req.header('transfer-encoding') !== undefined) return deny(c, endlessBody)
    // Not by hono's bodyLimit (docs/adr/0024).
    if (Number(c.req.header('content-length') ?? 0) > mostBytesOf(c.req.path)) return deny(c, largeBody)
    await next()
    return
  }
  app.use('/api/*', boundBody)
  app.use(`${linkPath}/*`, boundBody)
  app.use(`${guestPath}/*`, boundBody)
}

/** A page of an application: it gets no cookies, so it needs a token, and may read what is answered. */
async function acrossOrigins(c: Console, origin: string, next: () => Promise<void>): Promise<undefined> {
  const isPreflight = c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined
  if (isPreflight) c.res = c.body(null, 204)
  else if (c.req.header('authorization') === undefined) c.res = await deny(c, notSignedIn)
  else await next()
  const { headers } = c.res
  headers.set('Access-Control-Allow-Origin', origin)
  headers.append('Vary', 'Origin')
  headers.set('Access-Control-Expose-Headers', 'Location, Link, ETag, Accept-Patch')
  if (!isPreflight) return
  headers.set('Access-Control-Allow-Methods', 'OPTIONS, POST, PATCH, DELETE')
  headers.set('Access-Control-Allow-Headers', 'Authorization, Content-Type, If-Match')
  headers.set('Access-Control-Max-Age', '600')
}

async function needsView(c: Console, next: () => Promise<void>): Promise<Response | undefined> {
  const denial = denialOf(c.get('access').operator, 'view')
  if (denial !== null) return deny(c, denial)
  await next()
  return
}

function addOpenRoutes(app: Hono<Env>, deps: ConsoleAppDeps): void {
  const { basePath } = deps
  // Addresses in the page begin at a slash.
  if (basePath !== '') app.get(basePath, (c) => c.redirect(`/${new URL(c.req.url).search}`, 302))
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  addSignIn(app, deps)
  addAcknowledgePage(app, deps)
  addGuestPages(app, deps)
}

/** A scrape that asks for a part would else be given all, and sums of several such scrapes would count all several times. */
const noParameters = knownKeys({})
/** The route for Prometheus, which may have its own token. */
function addMetrics(app: Hono<Env>, { engine: { exported }, admission }: { readonly engine: Pick<Engine, 'exported'>; readonly admission: Admission }): void {
  app.get('/metrics', async (c) => {
    const admitted = await admission.admitToMetrics(c.env.incoming, c.req.raw.signal)
    if (!admitted.ok) return deny(c, admitted.error)
    const { error } = noParameters.safeParse(c.req.query())
    if (error) return deny(c, notAccepted(400, problemsIn(error)))
    const format = formatOf(c.req.header('accept') ?? '')
    return streamPieces(exported({ format, operator: admitted.value }), { 'Content-Type': expositionFormats[format], Vary: 'Accept' })
  })
}

/** The route for other consoles, which may have a token for only this. */
function addProbeReadings(app: Hono<Env>, { client, admission }: Pick<ConsoleAppDeps, 'client' | 'admission'>): void {
  app.get('/api/probes/sights', async (c) => {
    const admitted = await admission.admitToReadings(c.env.incoming, c.req.raw.signal)
    return admitted.ok ? c.json(await client.remoteProbes.readings()) : deny(c, admitted.error)
  })
}

/** WHEP and WHIP for applications, by tokens that are for these alone. */
function addGrants(app: Hono<Env>, { engine: { webrtc }, admission }: ConsoleAppDeps): void {
  app.all('/api/webrtc/*', async (c, next) => {
    const grant = webrtc.grantOf(bearerOf(c.env.incoming) ?? '')
    if (grant === null || admission.isInClear(c.env.incoming) || webrtc.needs(c.req.raw) === null) return next()
    admission.signedIn(c.env.incoming.socket)
    return webrtc.fetch(c.req.raw, { id: grant.byId, name: grant.by }, languageAsked(c.env.incoming), grant)
  })
}

/** Restricts the routes added after this to requests that are signed in. What each of them needs beyond that it says itself. */
function addAdmission(app: Hono<Env>, { admission }: ConsoleAppDeps): void {
  app.use(async (c, next) => {
    const { searchParams, pathname } = new URL(c.req.url)
    const given = searchParams.get('token')
    // The token of the printed address is exchanged for a session immediately, so that it does not remain in a history, referrer or bookmark.
    if (given !== null && c.req.method === 'GET' && !isApi(pathname)) {
      const tried = await admission.tryToken(given, c.env.incoming, c.req.raw.signal)
      if (!tried.ok) return deny(c, tried.error)
      searchParams.delete('token')
      openSession(admission, c, tried.value)
      // Two leading slashes would redirect to another host.
      return c.redirect(`${pathname.replace(/^\/+/, '/')}${searchParams.size > 0 ? `?${searchParams}` : ''}`, 302)
    }
    const admitted = await admission.admit(c.env.incoming, 'signedIn', c.req.raw.signal)
    if (!admitted.ok) return deny(c, admitted.error)
    const access = admitted.value
    c.set('access', access)
    // What is still being sent when its caller may no longer see it ends. What changes something is left to finish.
    const { outgoing } = c.env
    const close: Parameters<Admission['connected']>[1] = (why) => {
      const now = admission.presentOf(access)
      if (why === 'ended' || now === null || (isAllowed(access.operator, 'view') && !isAllowed(now, 'view'))) outgoing.destroy()
    }
    if (c.req.method === 'GET') outgoing.once('close', admission.connected(access, close))
    await next()
    return
  })
}

/** WHEP and WHIP: their bodies and headers are defined by these protocols, so they are not procedures of the contract. */
function addWebrtc(app: Hono<Env>, { engine: { webrtc }, admission }: ConsoleAppDeps): void {
  app.all('/api/webrtc/*', async (c, next) => {
    const needs = webrtc.needs(c.req.raw)
    if (needs === null) return next()
    const access = c.get('access')
    const denial = denialOf(access.operator, needs)
    if (denial !== null) return deny(c, denial)
    const answer = await webrtc.fetch(c.req.raw, callerOf(access), languageAsked(c.env.incoming))
    if (c.req.method === 'POST' && answer.ok) admission.recorded(access, needs === 'view' ? 'view' : 'call', c.req.path, c.req.query())
    return answer
  })
}

function addApi(app: Hono<Env>, { engine, clock, version, basePath, client, monitoring, admission, onBug }: ConsoleAppDeps): void {
  // Wraps only the calls: an unreadable body is the sender's fault, and its error quotes the body with any secrets.
  const rest = new OpenAPIHandler(engine.router, {
    plugins: [new CoercionPlugin(), asSent],
    clientInterceptors: [onError(onBug)],
    interceptors: [({ next, context }) => next().catch((error: unknown) => Promise.reject(withTexts(error, context.language)))],
    rootInterceptors: [async (asked) => withOurText(await asked.next({ ...asked, request: asRouted(asked.request) }), asked.context.language)],
  })
  // Created at the first request, so that it does not delay startup.
  let document: ReturnType<typeof createOpenApiDocument> | null = null
  app.get('/api/openapi.json', needsView, async (c) => {
    document ??= createOpenApiDocument(version, basePath)
    return c.json(await document)
  })
  app.get('/api/history', needsView, async (c) => {
    // Every route has `lang`, and it was already read.
    const { lang: _, ...query } = c.req.queries()
    const asked = readExportInput(query, clock.now())
    if (!asked.ok) return deny(c, notAccepted(400, asked.error))
    // Servers come first, and win if a host has the same name.
    const server = findServer(asked.value.server, [...(await client.servers.list()), ...(await client.hosts.list())])
    if (!server.ok) return deny(c, notAccepted(404, [server.error]))
    admission.recorded(c.get('access'), 'download', c.req.path, c.req.query())
    return exportAnswer({ range: (input, signal) => client.history.range(input, signal ? { signal } : {}) }, server.value, asked.value, c.req.raw.signal)
  })
  // Answered below, and not by the contract, which would refuse them.
  app.get('/api/monitoring/*', needsView)
  app.all('/api/*', async (c) => {
    const context = { ...c.get('access'), language: languageAsked(c.env.incoming) }
    // A sheet is long, and would be read before the call is refused.
    const denial = c.req.path === importPath ? denialOf(context.operator, 'moderate') : null
    if (denial !== null) return deny(c, denial)
    const mayView = denialOf(context.operator, 'view') === null
    const own = c.req.method === 'GET' && mayView ? await monitoring.answer(c.req.path.slice('/api'.length), c.req.query(), context, c.req.raw.signal) : null
    if (own !== null) return own instanceof Response ? own : deny(c, own)
    const dossier = dossierAsked(c)
    const { matched, response } = await rest.handle(dossier ?? c.req.raw, { prefix: '/api', context })
    if (dossier !== null && matched && response.ok) {
      const { link } = dossierMadeSchema.parse(await response.json())
      return engine.relay(new Request(new URL(link, c.req.url)), context.language, context.operator)
    }
    if (!matched) return deny(c, noRoute)
    const [toFile, toCsv] = response.ok && c.req.method === 'GET' ? [files[c.req.path], csvFiles[c.req.path]] : []
    if (toFile !== undefined) return toFile(await response.json())
    if (toCsv !== undefined && c.req.query('format') === 'csv') {
      admission.recorded(c.get('access'), 'download', c.req.path, c.req.query())
      return toCsv(await response.json())
    }
    return response
  })
}

type ToFile = Readonly<Record<string, (answer: unknown) => Response>>
/** Answers that are always sent as a file. */
const files: ToFile = {
  '/api/cameras/export': (answer) => {
    const { fileName, mediaType, base64 } = exportedFileSchema.parse(answer)
    const headers = { 'Content-Type': mediaType, 'Content-Disposition': `attachment; filename="mtxdeck-${fileName}"` }
    return new Response(Buffer.from(base64, 'base64'), { headers })
  },
}
/** Answers that are sent as a file for a spreadsheet where that is asked for. */
const csvFiles: ToFile = {
  '/api/availability': (answer) => availabilityCsv(availabilitySchema.parse(answer)),
  '/api/accounts/audit': (answer) => auditCsv(auditPageSchema.parse(answer)),
  '/api/viewing': (answer) => viewingCsv(viewingReportSchema.parse(answer)),
  '/api/viewing/cameras': (answer) => viewingCsv(viewingReportSchema.parse(answer)),
  '/api/viewing/views': (answer) => viewsCsv(viewsSchema.parse(answer)),
}

/** Keeps what was sent as it was, because coercion adds keys. */
const asSent: StandardHandlerPlugin<CallContext> = {
  init: (options) => {
    options.clientInterceptors ??= []
    options.clientInterceptors.unshift(({ next, ...call }) => next({ ...call, context: { ...call.context, sent: call.input } }))
  },
}

type Asked = StandardHandlerInterceptorOptions<CallContext>['request']
/**
 * A request as the library reads it. Scripts of other consoles call `/api/streams` by another name; and clients send DELETE without a body, of which
 * the library does not read the query.
 */
function asRouted(request: Asked): Asked {
  const url = new URL(request.url)
  if (url.pathname === '/api/streams/latest') url.pathname = '/api/streams'
  if (request.method !== 'DELETE' || request.headers['content-length'] !== undefined) return { ...request, url }
  // That of the answer.
  url.searchParams.delete('lang')
  return { ...request, url, body: async () => url.searchParams }
}

/** Converts a GET of a dossier into the call that creates it; null: another request. */
function dossierAsked(c: Console): Request | null {
  if (c.req.method !== 'GET' || !/^\/api\/(?:incidents\/[^/]+\/)?dossier$/.test(c.req.path)) return null
  const { servers } = c.req.queries()
  const asked = { lang: languageAsked(c.env.incoming), ...c.req.query(), ...(servers !== undefined && { servers }) }
  return new Request(new URL(c.req.path, c.req.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(asked),
    signal: c.req.raw.signal,
  })
}

const shownFile = (path: string): string => path.replace(/^(\/relay\/(?:bundles|dossiers)\/)[^/]+\//, '$1')

/** Routes for pictures from servers, and the console's own files. */
function addFiles(app: Hono<Env>, { engine, admission, rendererDir }: ConsoleAppDeps): void {
  app.all('/relay/*', async (c) => {
    const access = c.get('access')
    const response = await engine.relay(c.req.raw, languageAsked(c.env.incoming), access.operator)
    if (response.ok && /^\/relay\/(?:recordings|bundles|dossiers)(?:\/|$)/.test(c.req.path))
      admission.recorded(access, 'download', shownFile(c.req.path), c.req.query())
    // Copied because our headers are added, and the response's may be immutable.
    return new Response(response.body, response)
  })
  app.get('*', createStaticFiles(rendererDir))
  app.get('*', (c) => c.text(refusalText({ kind: c.req.path === '/' ? 'notBuilt' : 'noSuch' }, languageAsked(c.env.incoming)), 404))
}

/** The library's own answer to a malformed request: the only BAD_REQUEST without `data`. */
const ofUnreadable = z.object({ code: z.literal('BAD_REQUEST'), data: z.undefined() })
const bodyUnreadable: Denial = { status: 400, code: 'BAD_REQUEST', refusal: { kind: 'bodyUnreadable' } }

function withOurText<Answer extends StandardHandleResult>(answer: Answer, language: Language = 'en'): Answer {
  if (!answer.matched || !ofUnreadable.safeParse(answer.response.body).success) return answer
  return { ...answer, response: { ...answer.response, body: denialBody(bodyUnreadable, language) } }
}

/** The error of a call, with its message in the requested language. */
function withTexts(error: unknown, language: Language | undefined): unknown {
  const message = language === undefined ? null : thrownRefusalText(error, language)
  if (message === null || !(error instanceof ORPCError)) return error
  const { code, status, defined, data, cause } = error
  return new ORPCError(code, { status, defined, data, cause, message })
}

/**
 * Serves the files under `dir`. Any other path that doesn't look like a file of ours (`/streams/a/cam.mp4`) is the address of a page that
 * somebody typed without its #: it leads there.
 */
function createStaticFiles(dir: string): MiddlewareHandler {
  const fileOf = (path: string) => (path === '/' ? '/index.html' : path)
  const files = serveStatic({ rewriteRequestPath: (path) => join(dir, fileOf(path)) })
  /** serveStatic follows links, which may lead out of its folder. */
  const isInside = async (path: string): Promise<boolean> => {
    try {
      const root = await realpath(dir)
      return (await realpath(join(root, decodeURIComponent(path)))).startsWith(root + sep)
    } catch {
      return false
    }
  }
  return async (c, next) => {
    const { path } = c.req
    const isAsset = path.startsWith('/assets/')
    // A missing script or picture must not turn into a page.
    const isFileName = isAsset || (path !== '/index.html' && path.lastIndexOf('/') === 0 && getMimeType(path) !== undefined)
    const none = async () => {}
    // Names under assets/ contain the hash of the file's content.
    c.header('Cache-Control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache')
    const found = (await isInside(fileOf(path))) && (await files(c, none))
    if (found) return found
    c.header('Cache-Control', undefined)
    const { pathname, search } = new URL(c.req.url)
    const isBrowser = c.req.header('accept')?.includes('text/html') === true
    return isFileName || !isBrowser || !/^\/[^/]/.test(pathname) ? next() : c.redirect(`/#${pathname}${search}`, 302)
  }
}

/** OpenMetrics where its version is asked for and not less wanted than text. */
function formatOf(accept: string): ExpositionFormat {
  const wanted = parseAccept(accept)
  const weightOf = (type: string, isOurs: (version: string | undefined) => boolean): number =>
    Math.max(0, ...wanted.filter((one) => one.type.toLowerCase() === type && isOurs(one.params.version)).map(({ q }) => q))
  const openMetrics = weightOf('application/openmetrics-text', (version) => version === undefined || version === openMetricsVersion)
  return openMetrics > 0 && openMetrics >= weightOf('text/plain', () => true) ? 'openMetrics' : 'text'
}
