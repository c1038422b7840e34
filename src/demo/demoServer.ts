import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Clock, Timer } from '../clock/clock.ts'
import type { Protocol, ServerInput } from '../shared/servers.ts'
import type { DemoList } from './demoAnswers.ts'
import { createDemoRandom, type DemoRandom } from './demoFlow.ts'
import { createDemoCertificate, type DemoMediaPorts, openListeners } from './demoListeners.ts'
import { DemoModel } from './demoModel.ts'
import type { AnswerTrouble, DemoAuth, DemoPathOptions, DemoServerOptions, DemoTrouble, DemoVersion } from './demoOptions.ts'
import { minorOf } from './demoPaths.ts'
import { befall } from './demoTroubles.ts'
import { everyKind, ordinaryPaths } from './demoWorkloads.ts'

export type Endpoint = 'api' | 'hls' | 'webrtc' | 'playback' | 'metrics'
/** What answers at an endpoint. */
export type EndpointHandler = readonly [Endpoint, (request: IncomingMessage, response: ServerResponse) => void]
/** Addresses of the endpoints that a server has, as `127.0.0.1:9997`. */
type DemoEndpoints = Partial<Record<Endpoint, string>>

/** A request received by a demo server. */
interface DemoRequest {
  readonly at: number
  readonly endpoint: Endpoint
  readonly method: string
  /** Path and query as asked. */
  readonly url: string
  readonly userAgent: string
  readonly authorized: boolean
}

/** For load benches (`sharedLists.fixture.ts`): servers that share their streams, and whole lists as bytes. They have an API and nothing else. */
export interface SharedLists {
  readonly modelOf: (server: string, paths: number, make: () => DemoModel) => DemoModel
  /** A whole list at the monotonic time `t`; `release` when it has been sent. */
  readonly bytesOf: (
    model: DemoModel,
    list: DemoList,
    count: number,
    itemsAt: (t: number) => readonly string[],
    t: number,
  ) => { readonly bytes: Buffer; readonly release: () => void }
}

export interface Reply {
  readonly status: number
  readonly type: string | null
  readonly body: string | Buffer
}
export const jsonType = 'application/json; charset=utf-8'
export function json(status: number, body: unknown): Reply {
  return { status, type: jsonType, body: JSON.stringify(body) }
}
export const notFound: Reply = { status: 404, type: 'text/plain', body: '404 page not found' }

const firstPid = 811
const sessionProtocols: Readonly<Record<string, Protocol>> = { rtspsSession: 'rtsps', rtmpsConn: 'rtmps', moqSession: 'moq' }
const portOf = (address: string) => Number(address.slice(address.lastIndexOf(':') + 1))

interface DemoServerDeps {
  readonly clock: Clock
  readonly seed: string
  readonly options: DemoServerOptions
  readonly shared: SharedLists | null
  readonly log: (text: string) => void
}

/** One media server: its API, its HLS endpoint, and what goes wrong with them. It listens on loopback from `open` on. */
export class DemoServer {
  readonly clock: Clock
  readonly log: (text: string) => void
  readonly options: DemoServerOptions
  readonly seed: string
  readonly random: DemoRandom
  readonly model: DemoModel
  /** null: its streams are its own. */
  readonly shared: SharedLists | null
  readonly auth: DemoAuth
  /** Disabled protocols. */
  readonly off: readonly Protocol[]
  pathOptions: readonly DemoPathOptions[]
  /** Configuration settings that differ from the defaults. */
  settings: { readonly global: Readonly<Record<string, unknown>>; readonly pathDefaults: Readonly<Record<string, unknown>> } = { global: {}, pathDefaults: {} }
  /** Path entries changed by the API since the process started; null: the entry was removed. */
  readonly edits = new Map<string, Readonly<Record<string, unknown>> | null>()
  readonly endpoints: DemoEndpoints = {}
  /** Ports of RTSP, RTMP and SRT; 0: any, null: nothing listens there. */
  media: DemoMediaPorts
  #closeListeners: () => Promise<void> = async () => {}
  #certificate
  #handlers: readonly EndpointHandler[] = []
  /** HTTP servers that are listening. */
  readonly #open: Server[] = []
  #input: ServerInput | null = null
  #isRunning = false
  #starts = 0
  /** Queue of process starts and stops, which run sequentially. */
  #doing: Promise<void> = Promise.resolve()
  readonly #asked: DemoRequest[] = []
  /** How often `itemsPerPage=0` was asked for, which ends servers up to 1.5. A console must never. */
  zeroAsked = 0
  passwordChanged = false
  /** Fault simulated on every response; null: none. */
  plight: AnswerTrouble | null = null
  /** Requests queued while the process is paused; null: it is not paused. */
  held: (() => void)[] | null = null
  readonly #timers = new Set<Timer>()
  #closed = false

  constructor({ clock, options, log, shared, seed }: DemoServerDeps) {
    const { version = '1.20', paths, upForMs = 60_000, clockSkewMs = 0, churnEveryMs = 0 } = options
    this.clock = clock
    this.options = options
    this.log = log
    this.shared = shared
    this.seed = `${seed}/${options.name}`
    const random = createDemoRandom(this.seed)
    this.random = random
    const pathOptions = typeof paths === 'number' ? ordinaryPaths(createDemoRandom(`${this.seed}/paths`), paths) : (paths ?? everyKind(minorOf(version)))
    this.pathOptions = pathOptions
    const makeModel = () => new DemoModel({ clock, random, version, paths: pathOptions, upForMs, clockSkewMs, churnEveryMs })
    this.model = shared?.modelOf(options.name, pathOptions.length, makeModel) ?? makeModel()
    this.auth = options.auth ?? { kind: 'none' }
    this.#certificate = options.tls ? createDemoCertificate(options.name, clock.now(), options.certificateForMs) : null
    const used = new Set(pathOptions.flatMap((path) => [path.source, ...(path.readers ?? [])].map((type) => sessionProtocols[type ?? ''])))
    const off: readonly Protocol[] = options.off ?? (['rtsps', 'rtmps', 'moq'] as const).filter((protocol) => !used.has(protocol))
    this.off = off
    const media = (protocol: Protocol) => (options.listens && !off.includes(protocol) ? 0 : null)
    this.media = { rtsp: media('rtsp'), rtmp: media('rtmp'), srt: media('srt') }
  }

  get name(): string {
    return this.options.name
  }
  get minor(): number {
    return this.model.minor
  }
  version(): DemoVersion {
    return this.model.version
  }
  /** Address of the API. */
  get url(): string {
    return `${this.options.tls ? 'https' : 'http'}://${this.endpoints.api}`
  }
  get hlsUrl(): string | null {
    return this.endpoints.hls === undefined ? null : `http://${this.endpoints.hls}`
  }
  /** SHA-256 of the certificate that it shows now; null without TLS. */
  get fingerprint(): string | null {
    return this.#certificate?.fingerprint ?? null
  }
  /** Ready to be given to the engine, as it began. */
  get input(): ServerInput {
    if (this.#input === null) throw new Error(`${this.name} does not listen yet`)
    return this.#input
  }
  /** Heard since the start; the newest 5,000. Empty where streams are shared. */
  asked(): readonly DemoRequest[] {
    return this.#asked
  }
  /** Where it listens now. */
  listening(): readonly { readonly protocol: 'tcp' | 'udp'; readonly port: number }[] {
    if (this.#open.length === 0) return []
    const { rtsp, rtmp, srt } = this.media
    const tcp = [...Object.values(this.endpoints).map(portOf), rtsp, rtmp].flatMap((port) => (port === null ? [] : [{ protocol: 'tcp' as const, port }]))
    return srt === null ? tcp : [...tcp, { protocol: 'udp', port: srt }]
  }
  /** The id of its process on its machine; null while it does not run. */
  pid(): number | null {
    return this.#isRunning ? firstPid + this.#starts : null
  }

  /** Resolves when it listens. */
  async open(handlers: readonly EndpointHandler[]): Promise<this> {
    this.#handlers = handlers
    await this.#openEndpoints()
    this.#begin()
    const { name, auth, fingerprint, url } = this
    const { intervalSeconds = 2, tags = [] } = this.options
    const inputAuth = auth.kind === 'bearer' ? { kind: auth.kind, token: `${auth.user}:${auth.password}` } : auth
    this.#input = { name, url, auth: inputAuth, fingerprint, intervalSeconds, addresses: {}, tags: [...tags], paused: false }
    for (const { atMs, everyMs, trouble } of this.options.script ?? []) {
      const run = () => {
        this.trouble(trouble)
        if (everyMs !== undefined) this.later(everyMs, run)
      }
      this.later(atMs, run)
    }
    return this
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    for (const timer of this.#timers) this.clock.clearTimeout(timer)
    this.#timers.clear()
    await this.#doing
    await this.#closeEndpoints()
  }

  later(ms: number | undefined, run: () => void): void {
    if (ms === undefined) return
    const timer: Timer = this.clock.setTimeout(() => {
      this.#timers.delete(timer)
      if (!this.#closed) run()
    }, ms)
    this.#timers.add(timer)
  }

  remember(endpoint: Endpoint, { method = '', url = '', headers }: IncomingMessage, authorized: boolean): void {
    if (this.shared !== null) return
    if (this.#asked.length >= 5_000) this.#asked.shift()
    this.#asked.push({ at: this.clock.now(), endpoint, method, url, userAgent: headers['user-agent'] ?? '', authorized })
  }

  /** Headers of every response. */
  headersOf(request: IncomingMessage, type: string | null, length: number | null): Record<string, string | number> {
    return {
      // No CORS header at all up to 1.5; none for the origin "null" in the newest.
      ...(this.minor >= 9 && !(this.minor >= 20 && request.headers.origin === 'null') && { 'Access-Control-Allow-Origin': '*' }),
      ...(this.minor >= 9 && this.minor < 20 && { 'Access-Control-Allow-Credentials': 'true' }),
      ...(type !== null && { 'Content-Type': type }),
      ...(length !== null && { 'Content-Length': length }),
      Server: 'mediamtx',
      Date: new Date(this.clock.now() + this.model.clockSkewMs).toUTCString(),
    }
  }
  send(request: IncomingMessage, response: ServerResponse, { status, type, body }: Reply, more: Record<string, string> | false = {}): void {
    response.writeHead(status, { ...this.headersOf(request, type, Buffer.byteLength(body)), ...more })
    response.end(body)
  }
  fail(status: number, error: string): Reply {
    return json(status, this.minor >= 15 ? { status: 'error', error } : { error })
  }

  /** Opens all endpoints, at the ports that they had before. */
  async #openEndpoints(): Promise<void> {
    for (const [endpoint, run] of this.#handlers) {
      const guarded = (request: IncomingMessage, response: ServerResponse) => {
        try {
          run(request, response)
        } catch {
          // Not a valid address.
          request.socket.destroy()
        }
      }
      const certificate = endpoint === 'api' ? this.#certificate : null
      const http: Server = certificate === null ? createHttpServer(guarded) : createHttpsServer(certificate, guarded)
      http.keepAliveTimeout = 30_000
      await new Promise<void>((resolve, reject) => {
        http.once('error', reject)
        http.listen(portOf(this.endpoints[endpoint] ?? ':0'), '127.0.0.1', resolve)
      })
      http.on('clientError', (_, socket) => socket.destroy())
      this.endpoints[endpoint] = `127.0.0.1:${(http.address() as AddressInfo).port}`
      this.#open.push(http)
    }
    const { ports, close } = await openListeners(this.model, this.media)
    this.media = ports
    this.#closeListeners = close
  }
  async #closeEndpoints(): Promise<void> {
    await this.#closeListeners()
    this.#closeListeners = async () => {}
    const closed = this.#open.splice(0).map((http) => {
      const ended = new Promise<void>((resolve) => http.close(() => resolve()))
      http.closeAllConnections()
      return ended
    })
    await Promise.all(closed)
  }

  /** Its process runs from now on. */
  #begin(): void {
    this.#isRunning = true
    this.#starts++
    this.edits.clear()
  }
  #down(): void {
    this.#doing = this.#doing.then(() => {
      this.#isRunning = false
      return this.#closeEndpoints()
    })
  }
  #up(next?: DemoVersion): void {
    this.#doing = this.#doing.then(async () => {
      if (this.#closed || this.#open.length > 0) return
      if (this.shared === null && !this.#isRunning) this.model.boot(next)
      try {
        await this.#openEndpoints()
        if (!this.#isRunning) this.#begin()
        this.log(`${this.name}: started`)
      } catch (error) {
        // While it was down, another process may have taken its port.
        await this.#closeEndpoints()
        this.log(`${this.name}: could not start (${String(error)}), tries again`)
        this.later(1_000, () => this.#up(next))
      }
    })
  }

  trouble(what: DemoTrouble): void {
    this.log(`${this.name}: ${what.kind}${'path' in what && what.path ? ` ${what.path}` : ''}`)
    switch (what.kind) {
      case 'die':
        this.#down()
        this.later(what.forMs, () => this.#up())
        return
      case 'restart':
      case 'upgrade':
        this.#down()
        this.later(what.downMs ?? 500, () => this.#up(what.kind === 'upgrade' ? what.version : undefined))
        return
      case 'unplugged':
        this.#doing = this.#doing.then(() => this.#closeEndpoints())
        this.later(what.forMs, () => this.#up())
        return
      case 'certificate':
        this.#certificate = createDemoCertificate(this.name, this.clock.now(), what.validForMs)
        for (const http of this.#open)
          if (http instanceof HttpsServer) {
            http.setSecureContext(this.#certificate)
            http.closeAllConnections()
          }
        return
      case 'clock':
        this.model.clockSkewMs = what.skewMs
        this.later(what.forMs, () => {
          this.model.clockSkewMs = this.options.clockSkewMs ?? 0
        })
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
        this.plight = what
        this.later(what.forMs, () => {
          if (this.plight === what) this.plight = null
        })
        return
      case 'wrongPassword':
        this.passwordChanged = true
        this.later(what.forMs, () => {
          this.passwordChanged = false
        })
        return
      case 'freeze':
        this.held ??= []
        for (const { name, live } of this.model.paths.values()) if (live) befall(this.model, { kind: 'stall', path: name, forMs: what.forMs, keep: true })
        this.later(what.forMs, () => {
          const waiting = this.held ?? []
          this.held = null
          for (const answer of waiting) answer()
        })
        return
      case 'clear':
        this.plight = null
        this.passwordChanged = false
        this.#up()
        break
      case 'configure': {
        const { add = [], remove = [], global, pathDefaults } = what
        this.pathOptions = [...this.pathOptions.filter(({ name }) => !remove.includes(name)), ...add]
        this.settings = { global: { ...this.settings.global, ...global }, pathDefaults: { ...this.settings.pathDefaults, ...pathDefaults } }
      }
    }
    befall(this.model, what)
  }
}
