import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Clock, Timer } from '../clock/clock.ts'
import type { Protocol, ServerInput } from '../shared/servers.ts'
import { createDemoRandom, type DemoRandom } from './demoFlow.ts'
import { type DemoMediaPorts, openListeners } from './demoListeners.ts'
import { DemoModel } from './demoModel.ts'
import { type DemoAuth, type DemoCertificate, type DemoServerOptions, type DemoTrouble, type DemoVersion, minorOf } from './demoOptions.ts'
import { befall } from './demoTroubles.ts'
import { everyKind, ordinaryPaths } from './demoWorkloads.ts'

type Endpoint = 'api' | 'hls' | 'webrtc' | 'playback' | 'metrics'
export type EndpointHandler = (server: DemoServer, request: IncomingMessage, response: ServerResponse, url: URL) => void
export type EndpointHandlers = Readonly<Partial<Record<Endpoint, EndpointHandler>>>

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

const portOf = (address: string) => Number(address.slice(address.lastIndexOf(':') + 1))

export type DemoServerSetup = Pick<DemoServer, 'clock' | 'options' | 'log' | 'seed'>

/** One media server: its API, its HLS endpoint, and what goes wrong with them. It listens on loopback from `open` on. */
export class DemoServer {
  readonly clock: Clock
  readonly log: (text: string) => void
  readonly options: DemoServerOptions
  readonly seed: string
  readonly random: DemoRandom
  readonly model: DemoModel
  readonly auth: DemoAuth
  /** Disabled protocols. */
  readonly off: readonly Protocol[]
  /** Configuration settings that differ from the defaults. */
  settings: { readonly global: Readonly<Record<string, unknown>>; readonly pathDefaults: Readonly<Record<string, unknown>> } = { global: {}, pathDefaults: {} }
  readonly edits = new Map<string, Readonly<Record<string, unknown>> | null>()
  /** Addresses of the endpoints that it has, as `127.0.0.1:9997`. */
  readonly endpoints: Partial<Record<Endpoint, string>> = {}
  /** Ports of RTSP, RTMP and SRT; 0: any, null: nothing listens there. */
  media: DemoMediaPorts
  /** Ready to be given to the engine, as it began; known once it listens. */
  input!: ServerInput
  /** null: it has no TLS. */
  protected certificate: DemoCertificate | null
  /** The API's server, where it has TLS. */
  protected https: HttpsServer | null = null
  #handlers: EndpointHandlers = {}
  /** All that listens; null: nothing does. */
  #opened: AsyncDisposableStack | null = null
  /** The id of its process on its machine; null while it does not run. */
  pid: number | null = null
  #lastPid = 811
  /** Queue of process starts and stops, which run sequentially. */
  #doing: Promise<void> = Promise.resolve()
  readonly #timers = new Set<Timer>()
  #closed = false

  constructor({ clock, options, log, seed }: DemoServerSetup) {
    const { version = '1.20', paths } = options
    this.clock = clock
    this.options = options
    this.log = log
    this.seed = seed
    this.random = createDemoRandom(seed)
    const pathOptions = typeof paths === 'number' ? ordinaryPaths(createDemoRandom(`${seed}/paths`), paths) : (paths ?? everyKind(minorOf(version)))
    this.model = this.modelOf(pathOptions.length, () => new DemoModel(clock, this.random, options, pathOptions))
    this.auth = options.auth ?? { kind: 'none' }
    this.certificate = options.tls ?? null
    this.off = options.off ?? (paths === undefined ? [] : ['rtsps', 'rtmps', 'moq'])
    const media = (protocol: Protocol) => (options.listens && !this.off.includes(protocol) ? 0 : null)
    this.media = { rtsp: media('rtsp'), rtmp: media('rtmp'), srt: media('srt') }
  }

  protected modelOf(_paths: number, make: () => DemoModel): DemoModel {
    return make()
  }
  get name(): string {
    return this.options.name
  }
  get minor(): number {
    return this.model.minor
  }
  get url(): string {
    return `${this.options.tls ? 'https' : 'http'}://${this.endpoints.api}`
  }
  get hlsUrl(): string | null {
    return this.endpoints.hls === undefined ? null : `http://${this.endpoints.hls}`
  }
  /** SHA-256 of the certificate that it shows now; null without TLS. */
  get fingerprint(): string | null {
    return this.certificate?.fingerprint ?? null
  }
  listening(): { readonly tcp: readonly number[]; readonly udp: readonly number[] } {
    if (this.#opened === null) return { tcp: [], udp: [] }
    const { rtsp, rtmp, srt } = this.media
    return { tcp: [...Object.values(this.endpoints).map(portOf), rtsp ?? [], rtmp ?? []].flat(), udp: [srt ?? []].flat() }
  }

  async open(handlers: EndpointHandlers): Promise<this> {
    this.#handlers = handlers
    await this.#openEndpoints()
    this.#begin()
    const { name, auth, fingerprint, url } = this
    const { intervalSeconds = 2, tags = [] } = this.options
    const inputAuth = auth.kind === 'bearer' ? { kind: auth.kind, token: `${auth.user}:${auth.password}` } : auth
    this.input = { name, url, auth: inputAuth, fingerprint, intervalSeconds, addresses: {}, tags: [...tags], paused: false }
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

  authorize({ headers: { authorization } }: IncomingMessage): 'yes' | 'missing' | 'wrong' {
    const { auth } = this
    if (auth.kind === 'none' || this.minor < 6) return 'yes'
    if (authorization === undefined) return 'missing'
    const [scheme, value = ''] = authorization.split(' ', 2)
    const pair = scheme === 'Basic' ? Buffer.from(value, 'base64').toString() : value
    const right = auth.kind !== 'jwt' ? pair === `${auth.user}:${auth.password}` : pair.slice(scheme === 'Basic' ? pair.indexOf(':') + 1 : 0) === auth.token
    return right ? 'yes' : 'wrong'
  }

  headersOf(type: string | null, length: number | null): Record<string, string | number> {
    return {
      ...(type !== null && { 'Content-Type': type }),
      ...(length !== null && { 'Content-Length': length }),
      Server: 'mediamtx',
      Date: new Date(this.clock.now() + this.model.clockSkewMs).toUTCString(),
    }
  }
  send(response: ServerResponse, { status, type, body }: Reply, more: Record<string, string> | false = {}): void {
    response.writeHead(status, { ...this.headersOf(type, Buffer.byteLength(body)), ...more })
    response.end(body)
  }
  fail(status: number, error: string): Reply {
    return json(status, this.minor >= 15 ? { status: 'error', error } : { error })
  }

  async #openEndpoints(): Promise<void> {
    await using opened = new AsyncDisposableStack()
    for (const [endpoint, run] of Object.entries(this.#handlers) as [Endpoint, EndpointHandler][]) {
      const guarded = (request: IncomingMessage, response: ServerResponse) => {
        try {
          run(this, request, response, new URL(request.url ?? '/', 'http://demo'))
        } catch {
          // Not a valid address.
          request.socket.destroy()
        }
      }
      const certificate = endpoint === 'api' ? this.certificate : null
      const http: Server = certificate === null ? createHttpServer(guarded) : createHttpsServer(certificate, guarded)
      if (http instanceof HttpsServer) this.https = http
      http.keepAliveTimeout = 30_000
      await once(http.listen(portOf(this.endpoints[endpoint] ?? ':0'), '127.0.0.1'), 'listening')
      http.on('clientError', (_, socket) => socket.destroy())
      this.endpoints[endpoint] = `127.0.0.1:${(http.address() as AddressInfo).port}`
      opened.defer(async () => {
        const closed = once(http, 'close')
        http.close()
        http.closeAllConnections()
        await closed
      })
    }
    this.media = await openListeners(opened, this.model, this.media)
    this.#opened = opened.move()
  }
  async #closeEndpoints(): Promise<void> {
    const opened = this.#opened
    this.#opened = null
    await opened?.disposeAsync()
  }

  #begin(): void {
    this.pid = ++this.#lastPid
    this.edits.clear()
  }
  protected down(isDead: boolean): void {
    this.#doing = this.#doing.then(() => {
      if (isDead) this.pid = null
      return this.#closeEndpoints()
    })
  }
  protected up(next?: DemoVersion): void {
    this.#doing = this.#doing.then(async () => {
      if (this.#closed || this.#opened !== null) return
      if (this.pid === null) this.model.boot(next)
      try {
        await this.#openEndpoints()
        if (this.pid === null) this.#begin()
        this.log(`${this.name}: started`)
      } catch (error) {
        // While it was down, another process may have taken its port.
        this.log(`${this.name}: could not start (${String(error)}), tries again`)
        this.later(1_000, () => this.up(next))
      }
    })
  }

  trouble(what: DemoTrouble): void {
    this.log(`${this.name}: ${what.kind}${'path' in what ? ` ${what.path}` : ''}`)
    if (what.kind !== 'die') return void befall(this.model, what)
    this.down(true)
    this.later(what.forMs, () => this.up(what.version))
  }
}
