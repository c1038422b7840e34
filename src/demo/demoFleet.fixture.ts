import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { answerApi, onApi } from './demoApi.ts'
import { createFleet, type DemoFleetDeps } from './demoFleet.ts'
import type { DemoModel } from './demoModel.ts'
import type { DemoCertificate, DemoPathOptions, DemoTrouble, TracksName } from './demoOptions.ts'
import { clean, type LossPhase } from './demoPaths.ts'
import { DemoServer, type EndpointHandlers, jsonType } from './demoServer.ts'
import { befall, endFlood, mildLoss, pathOf } from './demoTroubles.ts'

/** The demo's fleet, of servers that far more may befall, and that remember what they were asked. */
export function createDemoFleet(deps: DemoFleetDeps) {
  return createFleet(deps, TroubledServer)
}
export type DemoFleet = Awaited<ReturnType<typeof createDemoFleet>>

/** Troubles that affect every response of a server. */
type AnswerTrouble =
  /**
   * noAnswer: connections are accepted but never answered. reset: they are cut at the first request. hang: headers and half of the body are sent, then
   * nothing. cut: as hang, then the connection is cut. garbage: no JSON. html: a web page. wrongPassword: the server's credentials changed, so the
   * console's are wrong.
   */
  | { readonly kind: 'noAnswer' | 'reset' | 'hang' | 'cut' | 'garbage' | 'html' | 'wrongPassword'; readonly forMs?: number }
  | { readonly kind: 'slow'; readonly delayMs: number; readonly forMs?: number }
  | { readonly kind: 'status'; readonly status: number; readonly forMs?: number }
  /** A body of this size (default 100 MB), streamed with backpressure. */
  | { readonly kind: 'huge'; readonly bytes?: number; readonly forMs?: number }

/** Troubles of a server's process. */
type ProcessTrouble =
  /** Its port refuses connections, but its streams continue. */
  | { readonly kind: 'unplugged'; readonly forMs?: number }
  /** Its API presents another certificate; existing connections are closed. */
  | { readonly kind: 'certificate'; readonly shows: DemoCertificate }
  /** Its clock is set to differ from ours by `skewMs`. */
  | { readonly kind: 'clock'; readonly skewMs: number; readonly forMs?: number }
  /** The process and its media are frozen for a while (SIGSTOP). Requests in that time are answered when it continues. */
  | { readonly kind: 'freeze'; readonly forMs: number }

/** Troubles of streams that the demo does not show. */
type PathTrouble =
  /** readersGone: all of its readers leave. readersSlow: they are too slow for the data sent to them (1.17 and later; not readers over RTSP or HLS). */
  | { readonly kind: 'readersGone' | 'readersSlow'; readonly path: string; readonly forMs?: number }
  /** The round-trip time of its SRT sessions is multiplied by `factor`. */
  | { readonly kind: 'roundTrip'; readonly path: string; readonly factor: number; readonly forMs?: number }
  /** otherPublisher: its publisher is replaced by one at another address. recordingsKept: its recordings can't be deleted, as their disk is read-only. */
  | { readonly kind: 'otherPublisher' | 'recordingsKept'; readonly path: string }
  /** The publisher comes back with another codec or size. */
  | { readonly kind: 'tracks'; readonly path: string; readonly tracks: TracksName; readonly width?: number; readonly height?: number }

/** Its configuration changes: paths are added, others are closed and removed, and the reported settings change. */
interface Configure {
  readonly kind: 'configure'
  readonly add?: readonly DemoPathOptions[]
  readonly remove?: readonly string[]
  readonly global?: Readonly<Record<string, unknown>>
  readonly pathDefaults?: Readonly<Record<string, unknown>>
}

/** `clear` ends all troubles. */
export type TestTrouble = DemoTrouble | ProcessTrouble | AnswerTrouble | PathTrouble | Configure | { readonly kind: 'clear' }

/** A request received by a demo server. */
interface DemoRequest {
  readonly at: number
  readonly endpoint: keyof EndpointHandlers
  readonly method: string
  /** Path and query as asked. */
  readonly url: string
  readonly userAgent: string
  readonly authorized: boolean
}

class TroubledServer extends DemoServer {
  readonly #asked: DemoRequest[] = []
  /** Fault simulated on every response; null: none. */
  #plight: AnswerTrouble | null = null
  /** Requests queued while the process is paused; null: it is not paused. */
  #held: (() => void)[] | null = null

  /** Heard since the start; the newest 5,000. */
  asked(): readonly DemoRequest[] {
    return this.#asked
  }
  override open(handlers: EndpointHandlers): Promise<this> {
    const heard = Object.entries({ ...handlers, api: this.#onApi }).map(([name, run]) => {
      const endpoint = name as keyof EndpointHandlers
      const handler: typeof run = (server, request, response, url) => {
        this.#remember(endpoint, request)
        if (endpoint !== 'hls' || this.#plight?.kind !== 'noAnswer') run(server, request, response, url)
      }
      return [endpoint, handler]
    })
    return super.open(Object.fromEntries(heard))
  }
  #remember(endpoint: keyof EndpointHandlers, request: IncomingMessage): void {
    const { method = '', url = '', headers } = request
    if (this.#asked.length >= 5_000) this.#asked.shift()
    this.#asked.push({ at: this.clock.now(), endpoint, method, url, userAgent: headers['user-agent'] ?? '', authorized: this.authorize(request) === 'yes' })
  }
  override authorize(request: IncomingMessage): 'yes' | 'missing' | 'wrong' {
    const allowed = super.authorize(request)
    const isOpen = this.auth.kind === 'none' || this.minor < 6
    return allowed === 'yes' && !isOpen && this.#plight?.kind === 'wrongPassword' ? 'wrong' : allowed
  }

  readonly #onApi = (_: DemoServer, request: IncomingMessage, response: ServerResponse, url: URL): void => {
    if (this.#held !== null) {
      this.#held.push(() => this.#onApi(this, request, response, url))
      return
    }
    const plight = this.#plight
    if (plight?.kind === 'noAnswer') return
    if (plight?.kind === 'reset') request.socket.destroy()
    else if (plight === null || this.authorize(request) !== 'yes') onApi(this, request, response, url)
    else this.#answer(plight, request, response, url).catch(() => response.destroy())
  }
  async #answer(plight: AnswerTrouble, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    switch (plight.kind) {
      case 'huge':
        return sendHuge(this, response, plight.bytes ?? 100_000_000)
      case 'html':
        return this.send(response, { status: 200, type: 'text/html; charset=utf-8', body: '<!doctype html><h1>It works!</h1>' })
      case 'garbage':
        return this.send(response, { status: 200, type: jsonType, body: `{"itemCount":3,"pageCount":1,"items":[{"name":"ca\u0000\ufffd${'#'.repeat(200)}` })
      case 'status':
        return this.send(response, this.fail(plight.status, 'the demo was told to answer so'))
    }
    const reply = await answerApi(this, request, url)
    if (plight.kind === 'slow') return this.later(plight.delayMs, () => this.send(response, reply))
    if (plight.kind !== 'cut' && plight.kind !== 'hang') return this.send(response, reply)
    const body = Buffer.from(reply.body)
    response.writeHead(reply.status, this.headersOf(reply.type, body.length))
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => plight.kind === 'cut' && request.socket.destroy())
  }

  override trouble(what: TestTrouble): void {
    switch (what.kind) {
      case 'unplugged':
        this.down(false)
        this.later(what.forMs, () => this.up())
        return
      case 'certificate':
        this.certificate = what.shows
        this.https?.setSecureContext(what.shows)
        this.https?.closeAllConnections()
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
      case 'wrongPassword':
        this.#plight = what
        this.later(what.forMs, () => {
          if (this.#plight === what) this.#plight = null
        })
        return
      case 'freeze':
        this.#held ??= []
        for (const { name, live } of this.model.paths.values()) if (live) befall(this.model, { kind: 'stall', path: name, forMs: what.forMs, keep: true })
        this.later(what.forMs, () => {
          const waiting = this.#held ?? []
          this.#held = null
          for (const answer of waiting) answer()
        })
        return
      case 'clear':
        this.#plight = null
        this.up()
        return void clear(this.model)
      case 'configure': {
        const { global, pathDefaults } = this.settings
        this.settings = { global: { ...global, ...what.global }, pathDefaults: { ...pathDefaults, ...what.pathDefaults } }
        return void configure(this.model, what)
      }
      case 'readersGone':
      case 'readersSlow':
      case 'roundTrip':
      case 'otherPublisher':
      case 'recordingsKept':
      case 'tracks':
        return void befallPath(this.model, what)
      default:
        super.trouble(what)
    }
  }
}

function sendHuge(server: DemoServer, response: ServerResponse, bytes: number): Promise<void> {
  response.writeHead(200, server.headersOf(jsonType, null))
  const filler = Buffer.alloc(65_536, '{"name":"x"},')
  return pipeline(function* () {
    yield '{"itemCount":1,"pageCount":1,"items":['
    for (let sent = 0; sent < bytes; sent += filler.length) yield filler
  }, response)
}

const slowReaders: LossPhase = { ...clean, discarded: 0.02 }

function befallPath(model: DemoModel, what: PathTrouble): void {
  model.settle()
  const path = pathOf(model, what.path)
  const inTime = (end: () => void) => 'forMs' in what && what.forMs !== undefined && model.planned(what.forMs, end)
  switch (what.kind) {
    case 'readersGone':
      for (const reader of [...path.readers]) model.closeSession(reader)
      inTime(() => model.addReaders(path))
      return
    case 'readersSlow':
    case 'roundTrip': {
      // With another round trip it loses packets as well: without that, nobody would notice.
      const phase = 'factor' in what ? { ...mildLoss, rttFactor: what.factor } : slowReaders
      model.setPathLoss(path, phase)
      inTime(() => path.loss === phase && model.setPathLoss(path, clean))
      return
    }
    case 'recordingsKept':
      path.keepsRecordings = true
      return
    default:
      model.stop(path)
      if (what.kind === 'tracks') path.sends = { ...path.options, ...what }
      else if (path.publisher !== null) path.publisher = { ...path.publisher, host: model.someHost() }
      model.planned(300, () => model.start(path))
  }
}

function configure(model: DemoModel, { add = [], remove = [] }: Configure): void {
  model.settle()
  for (const name of remove) {
    const path = pathOf(model, name)
    path.wanted = false
    model.stop(path)
    model.paths.delete(name)
  }
  for (const options of add) {
    const path = model.addPath(options)
    if (path.wanted) model.start(path)
  }
  model.changed()
}

function clear(model: DemoModel): void {
  model.settle()
  model.callOff()
  for (const path of model.paths.values()) {
    endFlood(model, path)
    path.wanted = path.wantedAtFirst
    path.forwardErrors.clear()
    path.pictureFrozen = false
    path.keepsRecordings = false
    if (path.since !== null) path.beginRecording(model.wall())
    if (path.live) {
      model.thaw(path)
      model.setPathLoss(path, clean)
    } else if (path.wanted) model.start(path)
  }
}
