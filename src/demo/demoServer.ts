import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../clock/clock.ts'
import type { Protocol, ServerInput } from '../shared/servers.ts'
import { authorize, onApi, recordings, refuse } from './demoApi.ts'
import { createDemoCertificate } from './demoCertificate.ts'
import type { ClipSource } from './demoClips.ts'
import { forwardLines } from './demoForwards.ts'
import { createDemoHls } from './demoHls.ts'
import { openListeners } from './demoListeners.ts'
import { createDemoModel } from './demoModel.ts'
import type { DemoAuth, DemoPathOptions, DemoServerOptions, DemoTrouble, DemoVersion } from './demoOptions.ts'
import { minorOf } from './demoPaths.ts'
import { answerPlayback } from './demoPlayback.ts'
import { createDemoRandom } from './demoRandom.ts'
import {
  type DemoRequest,
  type EndpointHandler,
  fail,
  json,
  later,
  minor,
  notFound,
  remember,
  type ServerState,
  type SharedLists,
  send,
} from './demoServerState.ts'
import { everyKind, ordinaryPaths } from './demoWorkloads.ts'

export type DemoServer = Awaited<ReturnType<typeof createDemoServer>>

const sessionProtocols: Readonly<Record<string, Protocol>> = {
  rtspsSession: 'rtsps',
  rtmpsConn: 'rtmps',
  moqSession: 'moq',
}

const firstPid = 811
const defaultVersion: DemoVersion = '1.20'

interface DemoServerDeps {
  readonly clock: Clock
  readonly seed: string
  readonly options: DemoServerOptions
  readonly clips: ClipSource
  readonly shared: SharedLists | null
  readonly log: (text: string) => void
}

/** One media server: its API, its HLS endpoint, and what goes wrong with them. Resolves when it listens on loopback. */
export async function createDemoServer(deps: DemoServerDeps) {
  const server = newState(deps)
  const { options, model, auth, endpoints } = server
  server.handlers = handlersOf(server)
  await openEndpoints(server)
  begin(server)
  for (const entry of options.script ?? []) {
    const run = () => {
      befallServer(server, entry.trouble)
      if (entry.everyMs !== undefined) later(server, entry.everyMs, run)
    }
    later(server, entry.atMs, run)
  }
  const url = `${options.tls ? 'https' : 'http'}://${endpoints.api}`
  const fingerprint = () => (options.tls ? (server.certificate?.fingerprint ?? null) : null)
  return {
    name: options.name,
    /** Address of the API. */
    url,
    hlsUrl: endpoints.hls ? `${options.hlsTls ? 'https' : 'http'}://${endpoints.hls}` : null,
    auth,
    /** SHA-256 of the certificate that it shows now; null without TLS. */
    get fingerprint() {
      return fingerprint()
    },
    version: () => model.version(),
    /** Ready to be given to the engine, as it began. */
    input: {
      name: options.name,
      url,
      auth: authInput(auth),
      fingerprint: fingerprint(),
      intervalSeconds: options.intervalSeconds ?? 2,
      addresses: {},
      tags: [...(options.tags ?? [])],
      paused: false,
    } as ServerInput,
    trouble: (what: DemoTrouble): void => befallServer(server, what),
    /** Heard since the start; the newest 5,000. Empty where streams are shared. */
    asked: (): readonly DemoRequest[] => server.asked,
    /** How often `itemsPerPage=0` was asked for, which ends servers up to 1.5. A console must never. */
    itemsPerPageZero: () => server.zeroAsked,
    bytesAnswered: () => server.bytesAnswered,
    model,
    /** Where it listens now. */
    listening: (): readonly { readonly protocol: 'tcp' | 'udp'; readonly port: number }[] => {
      if (server.open.length === 0) return []
      const { rtsp, rtmp, srt } = server.media
      const tcp = [
        ...Object.values(endpoints).map((address) => (address === null || address === '' ? null : Number(address.slice(address.lastIndexOf(':') + 1)))),
        rtsp,
        rtmp,
      ]
      return [...tcp.map((port) => ({ protocol: 'tcp' as const, port })), { protocol: 'udp' as const, port: srt }].flatMap(({ protocol, port }) =>
        port === null ? [] : [{ protocol, port }],
      )
    },
    /** The id of its process on its machine; null while it does not run. */
    pid: () => (server.isRunning ? firstPid + server.starts : null),
    [Symbol.asyncDispose]: async (): Promise<void> => {
      server.closed = true
      for (const timer of server.timers) server.clock.clearTimeout(timer)
      server.timers.clear()
      await server.doing
      await closeEndpoints(server)
    },
  }
}

function newState({ clock, options, log, clips, shared, seed: fleetSeed }: DemoServerDeps): ServerState {
  const seed = `${fleetSeed}/${options.name}`
  const random = createDemoRandom(seed)
  const version = options.version ?? defaultVersion
  const pathOptions: readonly DemoPathOptions[] =
    typeof options.paths === 'number' ? ordinaryPaths(createDemoRandom(`${seed}/paths`), options.paths) : (options.paths ?? everyKind(minorOf(version)))
  const used = new Set(pathOptions.flatMap((path) => [path.source, ...(path.readers ?? [])].map((type) => sessionProtocols[type ?? ''])))
  const makeModel = () =>
    createDemoModel({
      clock,
      random,
      version,
      paths: pathOptions,
      upForMs: options.upForMs ?? 60_000,
      clockSkewMs: options.clockSkewMs ?? 0,
      churnEveryMs: options.churnEveryMs ?? 0,
    })
  const off = options.off ?? (['rtsps', 'rtmps', 'moq'] as const).filter((protocol) => !used.has(protocol))
  const portOf = (protocol: Protocol) => (options.listens && !off.includes(protocol) ? 0 : null)
  return {
    clock,
    log,
    options,
    clips,
    seed,
    random,
    model: shared?.modelOf(options.name, pathOptions.length, makeModel) ?? makeModel(),
    shared,
    auth: options.auth ?? { kind: 'none' },
    certificate: options.tls || options.hlsTls ? createDemoCertificate(options.name, clock.now(), options.certificateForMs) : null,
    off,
    pathOptions,
    handlers: [],
    endpoints: { api: '', hls: null, webrtc: null, playback: null, metrics: null },
    media: { rtsp: portOf('rtsp'), rtmp: portOf('rtmp'), srt: portOf('srt') },
    listeners: null,
    open: [],
    isRunning: false,
    starts: 0,
    doing: Promise.resolve(),
    asked: [],
    zeroAsked: 0,
    bytesAnswered: 0,
    settings: { global: {}, pathDefaults: {} },
    edits: new Map(),
    refused: new Map(),
    passwordChanged: false,
    plight: null,
    held: null,
    timers: new Set(),
    closed: false,
  }
}

function authInput(auth: DemoAuth): ServerInput['auth'] {
  switch (auth.kind) {
    case 'none':
      return { kind: 'none' }
    case 'jwt':
      return { kind: 'jwt', token: auth.token }
    case 'bearer':
      return { kind: 'bearer', token: `${auth.user}:${auth.password}` }
    default:
      return { kind: 'basic', user: auth.user, password: auth.password }
  }
}

// ---- Doors ----

/** The endpoints of which nearly nothing is asked. */
function onPlain(server: ServerState, endpoint: 'webrtc' | 'playback' | 'metrics', request: IncomingMessage, response: ServerResponse): void {
  remember(server, endpoint, request, true)
  const url = new URL(request.url ?? '/', 'http://demo')
  if (endpoint === 'metrics' && url.pathname === '/metrics') {
    const allowed = server.options.metrics === 'refused' ? 'missing' : authorize(server, request)
    if (allowed !== 'yes') {
      refuse(server, request, response, allowed)
      return
    }
    if (url.searchParams.get('type') === 'forward_dests' && minor(server) >= 20) {
      send(server, request, response, { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: `${forwardLines(server).join('\n')}\n\n` })
      return
    }
    const t = server.model.settle()
    const lines = server.model.listed().map((path) => `paths{name=${JSON.stringify(path.name)},state="${path.since === null ? 'notReady' : 'ready'}"} 1`)
    send(server, request, response, { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: `${lines.join('\n')}\n# at ${Math.floor(t)}\n` })
    return
  }
  if (endpoint === 'playback' && url.pathname === '/list') {
    const name = url.searchParams.get('path') ?? ''
    const found = recordings(server).find((one) => one.name === name)
    if (!found) {
      const error = `lstat ./recordings/${name}: no such file or directory`
      send(server, request, response, minor(server) >= 20 ? fail(server, 400, error) : { status: 400, type: 'text/plain; charset=utf-8', body: error })
      return
    }
    const segments = found.segments.map(({ start }) => ({ start, duration: 3_600 }))
    send(server, request, response, json(200, segments))
    return
  }
  if (endpoint === 'playback' && url.pathname === '/get') {
    answerPlayback(server, url, request, response).catch((error: unknown) => {
      if (!response.headersSent) send(server, request, response, fail(server, 500, `the demo's clip could not be made: ${String(error)}`))
      else response.destroy()
    })
    return
  }
  if (endpoint === 'webrtc' && /^\/.+\/wh[ei]p$/.test(url.pathname)) onWebrtc(server, request, response)
  else send(server, request, response, notFound)
}

/** WHEP and WHIP, as far as they go without media. No MediaMTX answers 501: nobody shall take the demo for a server whose media does not get through. */
function onWebrtc(server: ServerState, request: IncomingMessage, response: ServerResponse): void {
  if (request.method === 'OPTIONS') {
    const methods = { 'Access-Control-Allow-Methods': 'OPTIONS, GET, POST, PATCH, DELETE' }
    send(server, request, response, { status: 204, type: null, body: '' }, methods)
  } else if (request.method !== 'POST') send(server, request, response, fail(server, 405, 'method not allowed'))
  else send(server, request, response, fail(server, 501, 'the demo has no media for WebRTC'))
}

/** What answers at each endpoint that this server has. */
function handlersOf(server: ServerState): ServerState['handlers'] {
  const { clock, options, model, off, clips } = server
  const secure = options.hlsTls === true
  const hls = createDemoHls({ clock, model, clips, secure, onBytes: (bytes) => (server.bytesAnswered += bytes) })
  const plain = (endpoint: 'webrtc' | 'playback' | 'metrics'): EndpointHandler => ({
    endpoint,
    tls: false,
    run: (request, response) => onPlain(server, endpoint, request, response),
  })
  const all: readonly EndpointHandler[] = [
    { endpoint: 'api', tls: options.tls === true, run: (request, response) => onApi(server, request, response, () => befallServer(server, { kind: 'die' })) },
    {
      endpoint: 'hls',
      tls: secure,
      run: (request, response) => {
        remember(server, 'hls', request, true)
        if (server.plight?.kind !== 'noAnswer') hls(request, response)
      },
    },
    plain('webrtc'),
    plain('playback'),
    plain('metrics'),
  ]
  const isOpen = ({ endpoint }: EndpointHandler): boolean => {
    if (endpoint === 'api') return true
    if (server.shared !== null) return false
    if (endpoint === 'playback') return minorOf(options.version ?? defaultVersion) >= 5
    return endpoint === 'metrics' ? options.metrics !== 'none' : !off.includes(endpoint)
  }
  return all.filter(isOpen)
}

async function listen(server: ServerState, { tls, run }: EndpointHandler, port: number): Promise<Server> {
  const { certificate } = server
  const http: Server = tls && certificate ? createHttpsServer({ key: certificate.key, cert: certificate.cert }, run) : createHttpServer(run)
  http.keepAliveTimeout = 30_000
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(port, '127.0.0.1', resolve)
  })
  http.on('clientError', (_, socket) => socket.destroy())
  return http
}

/** Opens all endpoints, at the ports that they had before. */
async function openEndpoints(server: ServerState): Promise<void> {
  for (const handler of server.handlers) {
    const known = server.endpoints[handler.endpoint]
    const http = await listen(server, handler, known ? Number(known.slice(known.lastIndexOf(':') + 1)) : 0)
    server.endpoints[handler.endpoint] = `127.0.0.1:${(http.address() as AddressInfo).port}`
    server.open.push(http)
  }
  server.listeners = await openListeners(server.model, server.media)
  server.media = server.listeners.ports
}

/** Its process runs from now on. */
function begin(server: ServerState): void {
  server.isRunning = true
  server.starts++
  server.edits.clear()
  server.refused.clear()
}

async function closeEndpoints(server: ServerState): Promise<void> {
  const { open, listeners } = server
  server.listeners = null
  await listeners?.close()
  await Promise.all(
    open.splice(0).map(
      (http) =>
        new Promise<void>((resolve) => {
          http.close(() => resolve())
          http.closeAllConnections()
        }),
    ),
  )
}

// ---- Troubles ----

function down(server: ServerState): void {
  server.doing = server.doing.then(() => {
    server.isRunning = false
    return closeEndpoints(server)
  })
}

/** Closes its endpoints, while the process goes on. */
function unplug(server: ServerState, forMs: number | undefined): void {
  server.doing = server.doing.then(() => closeEndpoints(server))
  if (forMs !== undefined) later(server, forMs, () => up(server))
}

/** Its endpoints show it from now on. Connections that were made before are closed. */
function renewCertificate(server: ServerState, validForMs: number): void {
  const renewed = createDemoCertificate(server.options.name, server.clock.now(), validForMs)
  server.certificate = renewed
  for (const http of server.open) {
    if (!(http instanceof HttpsServer)) continue
    http.setSecureContext({ key: renewed.key, cert: renewed.cert })
    http.closeAllConnections()
  }
}

function up(server: ServerState, next?: DemoVersion): void {
  server.doing = server.doing.then(async () => {
    if (server.closed || server.open.length > 0) return
    if (server.shared === null && !server.isRunning) server.model.boot(next)
    try {
      await openEndpoints(server)
      if (!server.isRunning) begin(server)
      server.log(`${server.options.name}: started`)
    } catch (error) {
      // While it was down, another process may have taken its port.
      await closeEndpoints(server)
      server.log(`${server.options.name}: could not start (${error instanceof Error ? error.message : String(error)}), tries again`)
      later(server, 1_000, () => up(server, next))
    }
  })
}

function befallServer(server: ServerState, what: DemoTrouble): void {
  server.log(`${server.options.name}: ${what.kind}${'path' in what && what.path ? ` ${what.path}` : ''}`)
  switch (what.kind) {
    case 'die':
      down(server)
      if (what.forMs !== undefined) later(server, what.forMs, () => up(server))
      return
    case 'restart':
      down(server)
      later(server, what.downMs ?? 500, () => up(server))
      return
    case 'upgrade':
      down(server)
      later(server, what.downMs ?? 500, () => up(server, what.version))
      return
    case 'unplugged':
      unplug(server, what.forMs)
      return
    case 'certificate':
      renewCertificate(server, what.validForMs)
      return
    case 'clock':
      server.model.setClock(what.skewMs)
      if (what.forMs !== undefined) later(server, what.forMs, () => server.model.setClock(server.options.clockSkewMs ?? 0))
      return
    case 'noAnswer':
    case 'reset':
    case 'hang':
    case 'slow':
    case 'cut':
    case 'garbage':
    case 'html':
    case 'status':
    case 'huge':
      server.plight = what
      if (what.forMs !== undefined)
        later(server, what.forMs, () => {
          if (server.plight === what) server.plight = null
        })
      return
    case 'wrongPassword':
      server.passwordChanged = true
      if (what.forMs !== undefined)
        later(server, what.forMs, () => {
          server.passwordChanged = false
        })
      return
    case 'clear':
      server.plight = null
      server.passwordChanged = false
      up(server)
      server.model.trouble(what)
      return
    case 'freeze':
      server.held ??= []
      for (const path of server.model.paths.values()) if (path.live) server.model.trouble({ kind: 'stall', path: path.name, forMs: what.forMs, keep: true })
      later(server, what.forMs, () => {
        const waiting = server.held ?? []
        server.held = null
        for (const answer of waiting) answer()
      })
      return
    case 'configure':
      server.pathOptions = [...server.pathOptions.filter(({ name }) => !what.remove?.includes(name)), ...(what.add ?? [])]
      server.settings = {
        global: { ...server.settings.global, ...what.global },
        pathDefaults: { ...server.settings.pathDefaults, ...what.pathDefaults },
      }
      server.model.trouble(what)
      return
    default:
      server.model.trouble(what)
  }
}
