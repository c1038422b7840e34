import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Clock, Timer } from '../clock/clock.ts'
import { hash32 } from '../clock/every.ts'
import type { Protocol, ServerInput } from '../shared/servers.ts'
import { type BenchBody, createBenchBody } from './benchBody.ts'
import { type DemoList, listItems, pathJson, typeOfList } from './demoAnswers.ts'
import { createDemoCertificate } from './demoCertificate.ts'
import type { ClipSource } from './demoClips.ts'
import { type DemoDoors, globalConfiguration, pathConfigurations, pathDefaultsConfiguration } from './demoConfiguration.ts'
import { createDemoHls } from './demoHls.ts'
import { createDemoModel, type DemoModel, minorOf } from './demoModel.ts'
import type { DemoAuth, DemoPathOptions, DemoServerOptions, DemoTrouble, DemoVersion } from './demoOptions.ts'
import { createDemoRandom } from './demoRandom.ts'
import { everyKind, ordinaryPaths } from './demoWorkloads.ts'

/** A request that a demo server heard. */
export interface DemoRequest {
  readonly at: number
  readonly door: 'api' | 'hls' | 'webrtc' | 'playback' | 'metrics'
  readonly method: string
  /** Path and query as asked. */
  readonly url: string
  readonly userAgent: string
  readonly authorized: boolean
}

export interface DemoServer {
  readonly name: string
  /** Address of the API. */
  readonly url: string
  readonly hlsUrl: string | null
  readonly auth: DemoAuth
  /** SHA-256 of its certificate; null without TLS. */
  readonly fingerprint: string | null
  readonly version: () => DemoVersion
  /** Ready to be given to the engine. */
  readonly input: ServerInput
  readonly trouble: (trouble: DemoTrouble) => void
  /** Heard since the start; the newest 5,000. Empty in bench mode. */
  readonly asked: () => readonly DemoRequest[]
  /** How often somebody sent `itemsPerPage=0`, which ends servers up to 1.5. A console must never. */
  readonly itemsPerPageZero: () => number
  readonly bytesAnswered: () => number
  readonly model: DemoModel
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

const fullVersion: Record<DemoVersion, string> = {
  '1.3': 'v1.3.1',
  '1.5': 'v1.5.1',
  '1.9': 'v1.9.3',
  '1.15': 'v1.15.6',
  '1.17': 'v1.17.1',
  '1.20': 'v1.20.1',
  '1.21': 'v1.21.0',
}

/** Protocol and first version (minor) of each list. */
const lists: Record<DemoList, { readonly protocol: Protocol | null; readonly since: number }> = {
  paths: { protocol: null, since: 0 },
  rtspconns: { protocol: 'rtsp', since: 0 },
  rtspsessions: { protocol: 'rtsp', since: 0 },
  rtspsconns: { protocol: 'rtsps', since: 0 },
  rtspssessions: { protocol: 'rtsps', since: 0 },
  rtmpconns: { protocol: 'rtmp', since: 0 },
  rtmpsconns: { protocol: 'rtmps', since: 0 },
  srtconns: { protocol: 'srt', since: 0 },
  webrtcsessions: { protocol: 'webrtc', since: 0 },
  hlssessions: { protocol: 'hls', since: 18 },
  hlsmuxers: { protocol: 'hls', since: 0 },
  moqsessions: { protocol: 'moq', since: 19 },
}
const isList = (word: string): word is DemoList => Object.hasOwn(lists, word)

/** The names said to come with 1.21; the old ones stay beside them. */
const newNames: readonly (readonly [string, string])[] = [
  ['rtsp/conns/', 'rtspconns/'],
  ['rtsp/sessions/', 'rtspsessions/'],
  ['rtsps/conns/', 'rtspsconns/'],
  ['rtsps/sessions/', 'rtspssessions/'],
  ['rtmp/conns/', 'rtmpconns/'],
  ['rtmps/conns/', 'rtmpsconns/'],
  ['srt/conns/', 'srtconns/'],
  ['webrtc/sessions/', 'webrtcsessions/'],
  ['hls/muxers/', 'hlsmuxers/'],
  ['hls/sessions/', 'hlssessions/'],
  ['moq/sessions/', 'moqsessions/'],
  ['paths/forward-dests/', 'paths/forward/'],
  ['config/path-defaults/', 'config/pathdefaults/'],
]

const sessionProtocols: Readonly<Record<string, Protocol>> = {
  rtspsSession: 'rtsps',
  rtmpsConn: 'rtmps',
  moqSession: 'moq',
}

interface Reply {
  readonly status: number
  readonly type: string | null
  readonly body: string | Buffer
}
const json = (status: number, body: unknown): Reply => ({ status, type: 'application/json; charset=utf-8', body: JSON.stringify(body) })
const notFound: Reply = { status: 404, type: 'text/plain', body: '404 page not found' }

/** What servers in bench mode share: a hundred servers are four in many guises, or the fleet would want a gigabyte. */
export type BenchShelf = Map<string, { readonly model: DemoModel; readonly bodies: Map<DemoList, { readonly structure: number; readonly body: BenchBody }> }>
const benchGuises = 4

/** One media server: its API, its HLS door, and what goes wrong with them. Resolves when it listens on loopback. */
export async function createDemoServer(deps: {
  readonly clock: Clock
  readonly seed: string
  readonly options: DemoServerOptions
  readonly clips: ClipSource
  readonly benches: BenchShelf
  readonly log: (text: string) => void
}): Promise<DemoServer> {
  const { clock, options, log } = deps
  const seed = `${deps.seed}/${options.name}`
  const random = createDemoRandom(seed)
  const firstVersion = options.version ?? '1.20'
  let pathOptions: readonly DemoPathOptions[] =
    typeof options.paths === 'number' ? ordinaryPaths(createDemoRandom(`${seed}/paths`), options.paths) : (options.paths ?? everyKind(minorOf(firstVersion)))
  const used = new Set(pathOptions.flatMap((path) => [path.source, ...(path.readers ?? [])].map((type) => sessionProtocols[type ?? ''])))
  const off = options.off ?? (['rtsps', 'rtmps', 'moq'] as const).filter((protocol) => !used.has(protocol))
  const makeModel = () =>
    createDemoModel({
      clock,
      random,
      version: firstVersion,
      paths: pathOptions,
      upForMs: options.upForMs ?? 60_000,
      clockSkewMs: options.clockSkewMs ?? 0,
      churnEveryMs: options.churnEveryMs ?? 0,
    })
  const benchKey = `${pathOptions.length}/${hash32(options.name) % benchGuises}`
  const bench = options.bench ? (deps.benches.get(benchKey) ?? { model: makeModel(), bodies: new Map() }) : null
  if (bench) deps.benches.set(benchKey, bench)
  const model = bench?.model ?? makeModel()
  const auth = options.auth ?? { kind: 'none' }
  const certificate = options.tls || options.hlsTls ? createDemoCertificate(options.name, clock.now()) : null
  const asked: DemoRequest[] = []
  let zeroAsked = 0
  let bytesAnswered = 0
  let passwordChanged = false
  /** What befalls every answer; null: nothing. */
  let plight: Extract<DemoTrouble, { kind: 'noAnswer' | 'hang' | 'slow' | 'cut' | 'garbage' | 'html' | 'status' | 'huge' }> | null = null
  /** Requests that wait until the process goes on; null: it does. */
  let held: (() => void)[] | null = null
  const timers = new Set<Timer>()
  let closed = false

  const later = (ms: number, run: () => void) => {
    const timer: Timer = clock.setTimeout(() => {
      timers.delete(timer)
      if (!closed) run()
    }, ms)
    timers.add(timer)
  }
  const minor = () => minorOf(model.version())
  const remember = (door: DemoRequest['door'], request: IncomingMessage, authorized: boolean) => {
    if (options.bench) return
    if (asked.length >= 5_000) asked.shift()
    asked.push({ at: clock.now(), door, method: request.method ?? '', url: request.url ?? '', userAgent: request.headers['user-agent'] ?? '', authorized })
  }

  // ---- What every answer carries ----

  const headersOf = (request: IncomingMessage, type: string | null, length: number | null): Record<string, string | number> => {
    const headers: Record<string, string | number> = {}
    const version = minor()
    // No CORS header at all up to 1.5; none for the origin "null" in the newest.
    if (version >= 9 && !(version >= 20 && request.headers.origin === 'null')) {
      headers['Access-Control-Allow-Origin'] = '*'
      if (version < 20) headers['Access-Control-Allow-Credentials'] = 'true'
    }
    if (type !== null) headers['Content-Type'] = type
    if (length !== null) headers['Content-Length'] = length
    headers.Server = 'mediamtx'
    headers.Date = new Date(clock.now() + (options.clockSkewMs ?? 0)).toUTCString()
    return headers
  }
  const send = (request: IncomingMessage, response: ServerResponse, reply: Reply, more: Record<string, string> = {}) => {
    const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body
    bytesAnswered += body.length
    response.writeHead(reply.status, { ...headersOf(request, reply.type, body.length), ...more })
    response.end(body)
  }
  const fail = (status: number, error: string): Reply => json(status, minor() >= 15 ? { status: 'error', error } : { error })

  // ---- Who may ask ----

  const authorize = (request: IncomingMessage): 'yes' | 'missing' | 'wrong' => {
    if (auth.kind === 'none' || minor() < 6) return 'yes'
    const header = request.headers.authorization
    if (header === undefined) return 'missing'
    if (passwordChanged) return 'wrong'
    const [scheme, value = ''] = header.split(' ', 2)
    if (auth.kind === 'jwt') {
      const asBasic = scheme === 'Basic' ? Buffer.from(value, 'base64').toString().split(':').slice(1).join(':') : value
      return asBasic === auth.token ? 'yes' : 'wrong'
    }
    const pair = scheme === 'Basic' ? Buffer.from(value, 'base64').toString() : scheme === 'Bearer' ? value : ''
    return pair === `${auth.user}:${auth.password}` ? 'yes' : 'wrong'
  }
  const refuse = (request: IncomingMessage, response: ServerResponse, why: 'missing' | 'wrong') => {
    const reply: Reply = minor() < 15 ? { status: 401, type: null, body: '' } : fail(401, 'authentication error')
    if (why === 'missing') {
      send(request, response, reply, { 'WWW-Authenticate': 'Basic realm="mediamtx"' })
      return
    }
    // A wrong password costs 2 s up to 1.17, and a random time in the newest.
    later(minor() < 20 ? 2_000 : random.between(0, 4_000), () => send(request, response, reply))
  }

  // ---- Answers ----

  const doors: { api: string; hls: string | null; webrtc: string | null; playback: string | null; metrics: string | null } = {
    api: '',
    hls: null,
    webrtc: null,
    playback: null,
    metrics: null,
  }
  const paging = (query: URLSearchParams): { readonly size: number; readonly page: number } | Reply => {
    const whole = (name: string) => {
      const given = query.get(name)
      if (given === null || given === '') return null
      return /^\d+$/.test(given) ? Number(given) : Number.NaN
    }
    const size = whole('itemsPerPage')
    const page = whole('page')
    if (Number.isNaN(size)) return fail(400, `strconv.ParseUint: parsing ${JSON.stringify(query.get('itemsPerPage'))}: invalid syntax`)
    if (Number.isNaN(page)) return fail(400, `strconv.ParseUint: parsing ${JSON.stringify(query.get('page'))}: invalid syntax`)
    if (size === 0) return fail(400, 'invalid items per page')
    return { size: size ?? 100, page: page ?? 0 }
  }
  const whole = (count: number, items: readonly string[], size: number) =>
    `{"itemCount":${count},"pageCount":${Math.ceil(count / size)},"items":[${items.join(',')}]}`
  const listReply = (list: DemoList, query: URLSearchParams, response: ServerResponse): Reply => {
    const paged = paging(query)
    if ('status' in paged) return paged
    const t = model.settle()
    const type = 'application/json; charset=utf-8'
    const { count, items } = listItems(model, list, t, new Date(clock.now()).toISOString())
    if (bench && paged.page === 0 && paged.size >= count && count > 0) {
      let kept = bench.bodies.get(list)
      if (kept?.structure !== model.structure()) {
        const itemsAt = (at: number) => listItems(model, list, at, '').items(0, count)
        kept = { structure: model.structure(), body: createBenchBody(`{"itemCount":${count},"pageCount":1,"items":[`, itemsAt, ']}', t) }
        bench.bodies.set(list, kept)
      }
      const { bytes, release } = kept.body.take(t)
      response.once('close', release)
      return { status: 200, type, body: bytes }
    }
    return { status: 200, type, body: whole(count, items(paged.page * paged.size, (paged.page + 1) * paged.size), paged.size) }
  }
  const plainList = (all: readonly unknown[], query: URLSearchParams): Reply => {
    const paged = paging(query)
    if ('status' in paged) return paged
    const items = all.slice(paged.page * paged.size, (paged.page + 1) * paged.size)
    return {
      status: 200,
      type: 'application/json; charset=utf-8',
      body: whole(
        all.length,
        items.map((item) => JSON.stringify(item)),
        paged.size,
      ),
    }
  }
  const recordings = () =>
    pathOptions
      .filter((path) => path.record)
      .map((path) => ({
        name: path.name,
        segments: Array.from({ length: Math.min(24, 1 + Math.floor((path.liveForMs ?? options.upForMs ?? 60_000) / 3_600_000)) }, (_, i, n = 24) => ({
          start: new Date(Math.floor(clock.now() / 3_600_000 - Math.min(n, i)) * 3_600_000).toISOString(),
        })).reverse(),
      }))
  const destinations = (name: string) => {
    const path = model.paths.get(name)
    return (path?.options.forward ?? []).map((dest, index) => {
      const refused = dest.includes(':9/')
      const live = path?.live === true
      return {
        id: createDemoRandom(`${seed}/${name}/${dest}`).uuid(),
        pos: index + 1,
        created: model.startedText(),
        conf: { dest, destFingerprint: '', whipBearerToken: '' },
        protocol: dest.slice(0, dest.indexOf(':')),
        state: refused ? 'error' : live ? 'forwarding' : 'idle',
        lastError: refused ? 'dial tcp 127.0.0.1:9: connect: connection refused' : '',
        outboundBytes: refused || !path?.since ? 0 : Math.floor((model.settle() - path.since) * path.flow.mean),
      }
    })
  }
  const staticSource = (name: string): Reply => {
    const path = model.paths.get(name)
    if (!path || !['pulled', 'onDemand', 'dead'].includes(path.mode)) return fail(404, 'static source not found')
    return json(200, {
      created: model.startedText(),
      state: path.live ? 'running' : path.mode === 'onDemand' ? 'idle' : 'error',
      lastError: path.live || path.mode === 'onDemand' ? '' : 'dial tcp 10.4.1.20:554: connect: connection refused',
      type: path.sourceType,
      typeSpecific: { remoteAddr: '10.4.1.20:554' },
    })
  }

  const answerApi = (request: IncomingMessage, response: ServerResponse, path: string, query: URLSearchParams): Reply | 'crash' => {
    const version = minor()
    const method = request.method ?? 'GET'
    if (!path.startsWith('/v3/')) return notFound
    let rest = path.slice(4)
    if (version >= 21) for (const [fresh, old] of newNames) if (rest.startsWith(fresh)) rest = old + rest.slice(fresh.length)
    const [noun = ''] = rest.split('/', 1)
    const named = (prefix: string) => (rest.startsWith(prefix) ? rest.slice(prefix.length) : null)
    const isEnabled = (list: DemoList) => {
      const { protocol, since } = lists[list]
      return version >= since && (protocol === null || !off.includes(protocol))
    }
    if (method === 'POST') {
      if (!isList(noun) || !isEnabled(noun) || noun === 'rtspconns' || noun === 'paths' || noun === 'hlsmuxers') return notFound
      const id = named(`${noun}/kick/`)
      const type = typeOfList[noun]
      if (id === null || type === undefined) return notFound
      if (!model.kick(id, type)) return fail(version < 5 ? 500 : 404, noun.includes('sessions') ? 'session not found' : 'connection not found')
      return version >= 15 ? json(200, { status: 'ok' }) : { status: 200, type: null, body: '' }
    }
    if (method !== 'GET') return notFound
    if (rest === 'info') return version >= 15 ? json(200, { version: fullVersion[model.version()], started: model.startedText() }) : notFound
    if (rest === 'config/global/get')
      return json(200, globalConfiguration(model.version(), doors, auth, off, { api: options.tls === true, hls: options.hlsTls === true }))
    if (rest === 'config/pathdefaults/get') return json(200, pathDefaultsConfiguration(model.version()))
    if (rest === 'config/paths/list') return plainList(pathConfigurations(model.version(), pathOptions), query)
    const configured = named('config/paths/get/')
    if (configured !== null) {
      const entry = pathConfigurations(model.version(), pathOptions).find((candidate) => candidate.name === configured)
      return entry ? json(200, entry) : fail(version < 5 ? 500 : 404, 'path configuration not found')
    }
    if (rest === 'recordings/list') return version >= 5 ? plainList(recordings(), query) : notFound
    const recorded = named('recordings/get/')
    if (recorded !== null && version >= 5) return json(200, recordings().find((one) => one.name === recorded) ?? { name: recorded, segments: [] })
    if (rest === 'paths/forward/list' && version >= 20) return plainList(destinations(query.get('path') ?? ''), query)
    const source = named('paths/static-sources/get/')
    if (source !== null && version >= 21) return staticSource(source)
    if (!isList(noun) || !isEnabled(noun)) return notFound
    if (rest === `${noun}/list`) {
      if (query.get('itemsPerPage') === '0') {
        zeroAsked++
        // Up to 1.5 a division by zero ends the whole process.
        if (version <= 5) return 'crash'
      }
      return listReply(noun, query, response)
    }
    const one = named(`${noun}/get/`)
    if (one !== null) {
      const t = model.settle()
      if (noun === 'paths') {
        const found = model.listed().find((candidate) => candidate.name === one)
        return found
          ? { status: 200, type: 'application/json; charset=utf-8', body: pathJson(found, t, version) }
          : fail(version < 5 ? 500 : 404, 'path not found')
      }
      const { count, items } = listItems(model, noun, t, new Date(clock.now()).toISOString())
      const found = items(0, count).find((item) => item.startsWith(`{"id":"${one}"`) || item.startsWith(`{"path":${JSON.stringify(one)},`))
      if (found) return { status: 200, type: 'application/json; charset=utf-8', body: found }
      return fail(version < 5 ? 500 : 404, noun === 'hlsmuxers' ? 'muxer not found' : noun.includes('sessions') ? 'session not found' : 'connection not found')
    }
    return notFound
  }

  const onApi = (request: IncomingMessage, response: ServerResponse) => {
    if (held !== null) {
      held.push(() => onApi(request, response))
      return
    }
    const url = new URL(request.url ?? '/', 'http://demo')
    if (request.method === 'OPTIONS') {
      remember('api', request, false)
      if (minor() < 9) send(request, response, notFound)
      else {
        response.writeHead(204, headersOf(request, null, null))
        response.end()
      }
      return
    }
    const allowed = authorize(request)
    remember('api', request, allowed === 'yes')
    if (plight?.kind === 'noAnswer') return
    if (allowed !== 'yes' && url.pathname.startsWith('/v3/')) {
      refuse(request, response, allowed)
      return
    }
    const current = plight
    if (current?.kind === 'html')
      return send(request, response, {
        status: 200,
        type: 'text/html; charset=utf-8',
        body: '<!doctype html><html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>',
      })
    if (current?.kind === 'garbage')
      return send(request, response, {
        status: 200,
        type: 'application/json; charset=utf-8',
        body: `{"itemCount":3,"pageCount":1,"items":[{"name":"ca\u0000\ufffd${'#'.repeat(200)}`,
      })
    if (current?.kind === 'status') return send(request, response, fail(current.status, 'the demo was told to answer so'))
    if (current?.kind === 'huge') return sendHuge(request, response, current.bytes ?? 100_000_000)
    let path: string
    try {
      path = decodeURIComponent(url.pathname)
    } catch {
      return send(request, response, { status: 400, type: 'text/plain', body: '400 Bad Request' })
    }
    const reply = answerApi(request, response, path, url.searchParams)
    if (reply === 'crash') {
      log(`${options.name}: asked for itemsPerPage=0, which ends this version`)
      request.socket.destroy()
      trouble({ kind: 'die' })
      return
    }
    if (current?.kind === 'slow') return later(current.delayMs, () => send(request, response, reply))
    if (current?.kind === 'cut' || current?.kind === 'hang') {
      const body = Buffer.from(reply.body)
      response.writeHead(reply.status, headersOf(request, reply.type, body.length))
      response.write(body.subarray(0, Math.floor(body.length / 2)), () => current.kind === 'cut' && request.socket.destroy())
      return
    }
    send(request, response, reply)
  }
  const sendHuge = (request: IncomingMessage, response: ServerResponse, bytes: number) => {
    response.writeHead(200, headersOf(request, 'application/json; charset=utf-8', null))
    const filler = Buffer.alloc(65_536, '{"name":"x"},')
    let left = bytes
    const pour = () => {
      while (left > 0 && !response.destroyed) {
        left -= filler.length
        if (!response.write(filler)) {
          response.once('drain', pour)
          return
        }
      }
      response.end()
    }
    response.write('{"itemCount":1,"pageCount":1,"items":[')
    pour()
  }

  // ---- Doors ----

  const hls = createDemoHls({ clock, model, clips: deps.clips, secure: options.hlsTls === true, onBytes: (bytes) => (bytesAnswered += bytes) })
  const onPlain = (door: 'webrtc' | 'playback' | 'metrics') => (request: IncomingMessage, response: ServerResponse) => {
    remember(door, request, true)
    const url = new URL(request.url ?? '/', 'http://demo')
    if (door === 'metrics' && url.pathname === '/metrics') {
      const t = model.settle()
      const lines = model.listed().map((path) => `paths{name=${JSON.stringify(path.name)},state="${path.since === null ? 'notReady' : 'ready'}"} 1`)
      return send(request, response, { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: `${lines.join('\n')}\n# at ${Math.floor(t)}\n` })
    }
    if (door === 'playback' && url.pathname === '/list') {
      const name = url.searchParams.get('path') ?? ''
      const found = recordings().find((one) => one.name === name)
      if (!found) {
        const error = `lstat ./recordings/${name}: no such file or directory`
        return send(request, response, minor() >= 20 ? fail(400, error) : { status: 400, type: 'text/plain; charset=utf-8', body: error })
      }
      return send(
        request,
        response,
        json(
          200,
          found.segments.map(({ start }) => ({ start, duration: 3_600 })),
        ),
      )
    }
    send(request, response, notFound)
  }
  const open: { server: Server; port: number }[] = []
  const listen = async (
    handler: (request: IncomingMessage, response: ServerResponse) => void,
    tls: boolean,
    port = 0,
  ): Promise<{ server: Server; port: number }> => {
    const server: Server = tls && certificate ? createHttpsServer({ key: certificate.key, cert: certificate.cert }, handler) : createHttpServer(handler)
    server.keepAliveTimeout = 30_000
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', resolve)
    })
    server.on('clientError', (_, socket) => socket.destroy())
    return { server, port: (server.address() as AddressInfo).port }
  }
  const handlers: { readonly door: keyof DemoDoors; readonly tls: boolean; readonly run: (request: IncomingMessage, response: ServerResponse) => void }[] = [
    { door: 'api', tls: options.tls === true, run: onApi },
  ]
  if (!options.bench) {
    if (!off.includes('hls'))
      handlers.push({
        door: 'hls',
        tls: options.hlsTls === true,
        run: (request, response) => {
          remember('hls', request, true)
          if (plight?.kind !== 'noAnswer') hls(request, response)
        },
      })
    if (!off.includes('webrtc')) handlers.push({ door: 'webrtc', tls: false, run: onPlain('webrtc') })
    if (minorOf(firstVersion) >= 5) handlers.push({ door: 'playback', tls: false, run: onPlain('playback') })
    handlers.push({ door: 'metrics', tls: false, run: onPlain('metrics') })
  }
  const openAll = async () => {
    for (const { door, tls, run } of handlers) {
      const known = doors[door]
      const opened = await listen(run, tls, known ? Number(known.slice(known.lastIndexOf(':') + 1)) : 0)
      doors[door] = `127.0.0.1:${opened.port}`
      open.push(opened)
    }
  }
  const closeAll = async () => {
    await Promise.all(
      open.splice(0).map(
        ({ server }) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve())
            server.closeAllConnections()
          }),
      ),
    )
  }
  await openAll()

  // ---- Troubles ----

  let doing: Promise<void> = Promise.resolve()
  const down = () => {
    doing = doing.then(closeAll)
  }
  const up = (next?: DemoVersion) => {
    doing = doing.then(async () => {
      if (closed || open.length > 0) return
      // The streams of a bench are shared with other servers.
      if (!bench) model.boot(next)
      try {
        await openAll()
        log(`${options.name}: started`)
      } catch (error) {
        // While it was down, somebody else may have been given its port.
        await closeAll()
        log(`${options.name}: could not start (${error instanceof Error ? error.message : String(error)}), tries again`)
        later(1_000, () => up(next))
      }
    })
  }
  const trouble = (what: DemoTrouble) => {
    log(`${options.name}: ${what.kind}${'path' in what && what.path ? ` ${what.path}` : ''}`)
    switch (what.kind) {
      case 'die':
        down()
        if (what.forMs !== undefined) later(what.forMs, () => up())
        return
      case 'restart':
        down()
        later(what.downMs ?? 500, () => up())
        return
      case 'upgrade':
        down()
        later(what.downMs ?? 500, () => up(what.version))
        return
      case 'noAnswer':
      case 'hang':
      case 'slow':
      case 'cut':
      case 'garbage':
      case 'html':
      case 'status':
      case 'huge':
        plight = what
        if (what.forMs !== undefined)
          later(what.forMs, () => {
            if (plight === what) plight = null
          })
        return
      case 'wrongPassword':
        passwordChanged = true
        if (what.forMs !== undefined)
          later(what.forMs, () => {
            passwordChanged = false
          })
        return
      case 'clear':
        plight = null
        passwordChanged = false
        up()
        model.trouble(what)
        return
      case 'freeze':
        held ??= []
        for (const path of model.paths.values()) if (path.live) model.trouble({ kind: 'stall', path: path.name, forMs: what.forMs, keep: true })
        later(what.forMs, () => {
          const waiting = held ?? []
          held = null
          for (const answer of waiting) answer()
        })
        return
      case 'configure':
        pathOptions = [...pathOptions.filter(({ name }) => !what.remove?.includes(name)), ...(what.add ?? [])]
        model.trouble(what)
        return
      case 'publisherGone':
      case 'flap':
      case 'stall':
      case 'srtLoss':
      case 'readerFlood':
      case 'slate':
      case 'tracks':
      case 'bitrate':
        model.trouble(what)
        return
    }
  }
  for (const entry of options.script ?? []) {
    const run = () => {
      trouble(entry.trouble)
      if (entry.everyMs !== undefined) later(entry.everyMs, run)
    }
    later(entry.atMs, run)
  }

  const scheme = options.tls ? 'https' : 'http'
  const url = `${scheme}://${doors.api}`
  return {
    name: options.name,
    url,
    hlsUrl: doors.hls ? `${options.hlsTls ? 'https' : 'http'}://${doors.hls}` : null,
    auth,
    fingerprint: options.tls ? (certificate?.fingerprint ?? null) : null,
    version: () => model.version(),
    input: {
      name: options.name,
      url,
      auth:
        auth.kind === 'none'
          ? { kind: 'none' }
          : auth.kind === 'jwt'
            ? { kind: 'jwt', token: auth.token }
            : auth.kind === 'bearer'
              ? { kind: 'bearer', token: `${auth.user}:${auth.password}` }
              : { kind: 'basic', user: auth.user, password: auth.password },
      fingerprint: options.tls ? (certificate?.fingerprint ?? null) : null,
      intervalSeconds: options.intervalSeconds ?? 2,
      addresses: {},
      tags: [...(options.tags ?? [])],
      paused: false,
    },
    trouble,
    asked: () => asked,
    itemsPerPageZero: () => zeroAsked,
    bytesAnswered: () => bytesAnswered,
    model,
    [Symbol.asyncDispose]: async () => {
      closed = true
      for (const timer of timers) clock.clearTimeout(timer)
      timers.clear()
      await doing
      await closeAll()
    },
  }
}
