import type { Clock } from '../clock/clock.ts'
import { createFlow, type DemoRandom, type Flow, Meter } from './demoFlow.ts'
import {
  type DemoPathOptions,
  type DemoReader,
  type DemoServerOptions,
  type DemoSource,
  type DemoVersion,
  minorOf,
  noTracks,
  tracksToText,
} from './demoOptions.ts'
import { clean, DemoPath, type DemoSession, hlsSessionMs, type LossPhase, lossOf, noLosses, packetsOf, streamedOf } from './demoPaths.ts'

/** `hlsMuxerCloseAfter`. */
const hlsMuxerMs = 60_000

const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36'
const userAgents: Partial<Record<DemoSource | DemoReader, readonly string[]>> = {
  rtspSession: ['Lavf59.27.100', 'LibVLC/3.0.20 (LIVE555 Streaming Media v2016.11.28)', 'gortsplib', 'GStreamer/1.22.5'],
  rtspsSession: ['Lavf61.7.100', 'gortsplib'],
  rtmpConn: ['FMLE/3.0 (compatible; Lavf59.27.100)', 'FMLE/3.0 (compatible; FMSc/1.0)'],
  rtmpsConn: ['FMLE/3.0 (compatible; FMSc/1.0)'],
  hlsSession: [chrome, 'Go-http-client/1.1', 'AppleCoreMedia/1.0.0.22F76'],
  webRTCSession: [chrome],
  moqSession: [chrome],
}

/** The streams of a demo server. Works without timers: everything due is done at the next request (`settle`). */
export class DemoModel {
  readonly #clock: Clock
  readonly #churnEveryMs: number
  readonly random: DemoRandom
  readonly paths = new Map<string, DemoPath>()
  version: DemoVersion
  /** Its clock minus ours, ms: all times that it sends are by its own. */
  clockSkewMs: number
  startedText: string
  /** Increases when a path or session is added, removed, or changes in anything but numbers. */
  structure = 0
  /** Monotonic time up to which everything due is done. */
  time: number
  readonly #sessions = new Map<string, Map<string, DemoSession>>()
  /** What is due later, the next one first. */
  #events: readonly { readonly at: number; readonly run: () => void; readonly isTrouble: boolean }[] = []
  /** Paths in the list; null: not sorted since the last change. */
  #sorted: readonly DemoPath[] | null = null
  readonly #slateFlow
  readonly #watched = new Set<DemoPath>()

  constructor(clock: Clock, random: DemoRandom, options: DemoServerOptions, paths: readonly DemoPathOptions[]) {
    const { version = '1.20', clockSkewMs = 0, upForMs = 60_000, churnEveryMs = 0 } = options
    this.#clock = clock
    this.#churnEveryMs = churnEveryMs
    this.random = random
    this.version = version
    this.clockSkewMs = clockSkewMs
    this.time = clock.monotonic()
    this.startedText = this.#timeText(clock.now() - upForMs)
    this.#slateFlow = createFlow(random, 144_000)
    for (const path of paths) this.addPath(path)
    for (const path of this.paths.values()) {
      if (this.#isSlateable(path)) this.#showSlate(path)
      if (path.wanted) this.start(path, Math.min(path.options.liveForMs ?? upForMs, upForMs))
    }
    if (churnEveryMs > 0) this.#churn(true)
  }

  get minor(): number {
    return minorOf(this.version)
  }

  /** Paths in the list, sorted by name as the server sorts them. Dynamic paths vanish with their publisher; so does a configured pattern's. */
  listed(): readonly DemoPath[] {
    this.#sorted ??= [...this.paths.values()].filter((path) => path.since !== null || path.mode !== 'dynamic').sort((a, b) => (a.name < b.name ? -1 : 1))
    return this.#sorted
  }

  sessions(type: string): Map<string, DemoSession> {
    const found = this.#sessions.get(type) ?? new Map()
    this.#sessions.set(type, found)
    return found
  }

  /** Does everything that is due; returns the monotonic time for which the state is valid. */
  settle(): number {
    const now = this.#clock.monotonic()
    for (let next = this.#events[0]; next && next.at <= now; next = this.#events[0]) {
      this.#events = this.#events.slice(1)
      this.time = Math.max(this.time, next.at)
      next.run()
    }
    this.time = now
    this.#forgetViewers()
    return now
  }

  #after(ms: number, run: () => void, isTrouble = false): void {
    this.#events = [...this.#events, { at: this.time + ms, run, isTrouble }].sort((a, b) => a.at - b.at)
  }
  /** Does it later, unless all troubles are called off before. */
  planned(ms: number, run: () => void): void {
    this.#after(ms, run, true)
  }
  callOff(): void {
    this.#events = this.#events.filter(({ isTrouble }) => !isTrouble)
  }

  changed(): void {
    this.structure++
    this.#sorted = null
  }

  /** Wall time that belongs to the model's time, which may lie a little behind the clock's. */
  wall(): number {
    return this.#clock.now() - (this.#clock.monotonic() - this.time)
  }
  /** RFC 3339 with nanoseconds, as Go writes it. */
  #timeText(ms: number): string {
    return `${new Date(ms + this.clockSkewMs).toISOString().slice(0, -1)}${this.random.whole(100_000, 999_999)}Z`
  }

  someHost(): string {
    return `10.${this.random.whole(0, 7)}.${this.random.whole(0, 31)}.${this.random.whole(2, 250)}`
  }

  addPath(options: DemoPathOptions): DemoPath {
    const flow = createFlow(this.random, options.bitrateBps ?? 4_000_000)
    const path = new DemoPath(options, flow, new Meter(flow, this.time))
    this.paths.set(options.name, path)
    return path
  }

  openSession(
    path: DemoPath,
    type: DemoSource | DemoReader,
    state: 'publish' | 'read',
    agoMs = 0,
    viewer?: Pick<DemoSession, 'query' | 'userAgent' | 'remoteAddr'>,
  ): DemoSession {
    const { random } = this
    const created = this.wall() - agoMs
    const id = random.uuid()
    const someone = {
      host: this.someHost(),
      port: random.whole(32_768, 60_999),
      userAgent: random.pick(userAgents[type] ?? ['']),
      transport: type === 'rtspSession' && random.next() < 0.3 ? ('UDP' as const) : ('TCP' as const),
    }
    if (state === 'publish') path.publisher ??= { ...someone, host: path.options.from ?? someone.host }
    const { host, userAgent, transport } = (state === 'publish' && path.publisher) || someone
    const session: DemoSession = {
      ...{ type, id, state, path, userAgent, transport },
      created: this.#timeText(created),
      remoteAddr: `${host}:${someone.port}`,
      query: '',
      connId: random.uuid(),
      connCreated: this.#timeText(created - 40),
      from: path.meter.read(this.time) - Math.floor(path.meter.rate * agoMs),
      seed: random.whole(0, 10_000),
      served: 0,
      lastRequest: viewer ? this.time : null,
      loss: clean,
      lostBefore: noLosses,
      lossFromPackets: 0,
      ...viewer,
    }
    this.#setLoss(session, path.loss)
    if (state === 'read') path.readers.add(session)
    this.sessions(type).set(id, session)
    this.changed()
    return session
  }

  closeSession(session: DemoSession): void {
    this.sessions(session.type).delete(session.id)
    const { path } = session
    if (path.readers.has(session)) {
      // What the path has sent does not jump when a reader leaves.
      const [, sent] = path.bytes(this.time, this.minor)
      path.readers.delete(session)
      path.sentBefore += sent - path.bytes(this.time, this.minor)[1]
    }
    this.changed()
  }

  #setLoss(session: DemoSession, phase: LossPhase): void {
    session.lostBefore = lossOf(session, this.time)
    session.lossFromPackets = packetsOf(streamedOf(session, this.time))
    session.loss = phase
  }
  setPathLoss(path: DemoPath, phase: LossPhase): void {
    path.loss = phase
    for (const session of path.sessions) this.#setLoss(session, phase)
  }

  /** The readers that it has usually, who came some time within the last `agoMs`. */
  addReaders(path: DemoPath, agoMs = 0): void {
    if (!path.live) return
    for (const type of path.options.readers ?? []) this.openSession(path, type, 'read', agoMs === 0 ? 0 : Math.floor(this.random.between(0.02, 0.9) * agoMs))
  }

  start(path: DemoPath, agoMs = 0): void {
    if (path.live) return
    path.live = true
    path.stalledAt = null
    const isNew = path.since === null
    this.#feed(path, path.flow, agoMs)
    // A pulled source keeps the time of its first connection.
    if (!path.isPulled || path.onlineText === null || path.onlineText.startsWith('0001'))
      path.onlineText = isNew ? path.availableText : this.#timeText(this.wall() - agoMs)
    path.tracks = tracksToText(path.sends.tracks ?? 'h264Aac', path.sends.width ?? 1280, path.sends.height ?? 720)
    if (!path.isPulled) path.source = this.openSession(path, path.sourceType, 'publish', agoMs)
    if (agoMs > 0) this.addReaders(path, agoMs)
    else this.#after(this.random.between(1_000, 3_000), () => this.addReaders(path))
    this.changed()
  }

  stop(path: DemoPath): void {
    if (!path.live) return
    if (path.source) this.closeSession(path.source)
    path.source = null
    path.live = false
    path.stalledAt = null
    path.loss = clean
    if (this.#isSlateable(path)) this.#showSlate(path)
    else {
      for (const reader of [...path.readers]) this.closeSession(reader)
      path.muxer = null
      path.since = null
      path.tracks = noTracks
      path.endRecording(this.wall())
    }
    this.changed()
  }

  #isSlateable(path: DemoPath): boolean {
    return path.mode === 'alwaysAvailable' && this.minor >= 17
  }
  #showSlate(path: DemoPath): void {
    path.onlineText = null
    path.tracks = tracksToText('h264Opus', 1920, 1080)
    this.#feed(path, this.#slateFlow)
    this.changed()
  }
  /** The path's stream object gets its bytes from this flow; it begins where there is none, else its counters go on. */
  #feed(path: DemoPath, flow: Flow, agoMs = 0): void {
    if (path.since === null) {
      path.since = this.time - agoMs
      path.availableText = this.#timeText(this.wall() - agoMs)
      path.meter = new Meter(flow, this.time, Math.floor(flow.mean * agoMs))
      path.sentBefore = 0
    } else path.meter.run(this.time, 1, flow)
    // Before `alwaysAvailableRecorded` a slate is recorded like anything else.
    path.beginRecording(this.wall() - agoMs)
  }

  freeze(path: DemoPath): void {
    path.stalledAt = this.wall()
    path.meter.run(this.time, 0)
  }
  /** Bytes come through again, at `factor` times the usual rate. */
  thaw(path: DemoPath, factor = 1): void {
    path.stalledAt = null
    path.meter.run(this.time, factor)
  }

  /** A reader comes or goes, again and again. */
  #churn(isFirst = false): void {
    const live = isFirst ? [] : [...this.paths.values()].filter((path) => path.live && path.stalledAt === null)
    if (live.length > 0) {
      const path = this.random.pick(live)
      const readers = [...path.readers].filter((reader) => reader.lastRequest === null)
      if (readers.length > 0 && this.random.next() < 0.5) this.closeSession(this.random.pick(readers))
      else this.openSession(path, this.random.pick(path.options.readers?.length ? path.options.readers : (['rtspSession'] as const)), 'read')
    }
    this.#after(this.#churnEveryMs * this.random.between(0.3, 1.7), () => this.#churn())
  }

  /** Starts the process: all sessions are new, and publishers come back within seconds. */
  boot(next: DemoVersion = this.version): void {
    this.settle()
    for (const path of this.paths.values()) {
      this.stop(path)
      for (const reader of [...path.readers]) this.closeSession(reader)
      path.since = null
      path.onlineText = path.isPulled ? '0001-01-01T00:00:00Z' : null
      path.tracks = noTracks
      path.muxer = null
    }
    this.version = next
    this.startedText = this.#timeText(this.wall())
    for (const path of this.paths.values()) {
      if (this.#isSlateable(path)) this.#showSlate(path)
      if (path.wanted) this.#after(path.isPulled ? this.random.between(300, 1_500) : this.random.between(1_000, 6_000), () => path.wanted && this.start(path))
    }
    this.changed()
  }

  /** Adds a real viewer at the HLS port. Wakes an on-demand path. */
  hlsViewer(path: DemoPath, viewer: Pick<DemoSession, 'query' | 'userAgent' | 'remoteAddr'>): DemoSession {
    this.settle()
    if (path.mode === 'onDemand' && !path.live) this.start(path)
    path.muxer ??= { created: this.#timeText(this.wall()), lastRequest: this.time, served: 0 }
    this.#watched.add(path)
    return this.openSession(path, 'hlsSession', 'read', 0, viewer)
  }
  hlsServed(session: DemoSession | null, path: DemoPath, bytes: number): void {
    this.settle()
    for (const one of [session, path.muxer])
      if (one) {
        one.served += bytes
        one.lastRequest = this.time
      }
  }
  #forgetViewers(): void {
    if (this.#watched.size === 0) return
    for (const session of [...this.sessions('hlsSession').values()])
      if (session.lastRequest !== null && this.time - session.lastRequest >= hlsSessionMs) this.closeSession(session)
    for (const path of this.#watched) {
      if (path.muxer && this.time - path.muxer.lastRequest < hlsMuxerMs) continue
      path.muxer = null
      if (path.mode === 'onDemand' && path.readers.size === 0) this.stop(path)
      this.#watched.delete(path)
      this.changed()
    }
  }

  kick(id: string, type: string): boolean {
    this.settle()
    const session = this.sessions(type).get(id)
    if (session?.state === 'publish') this.stop(session.path)
    else if (session) this.closeSession(session)
    return session !== undefined
  }
}
