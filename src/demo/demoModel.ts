import type { Clock } from '../clock/clock.ts'
import { changeFlow, createFlow, type Flow, type Meter, readMeter, runMeter, startMeter, stopMeter } from './demoFlow.ts'
import type { DemoPathOptions, DemoReader, DemoSource, DemoTrouble, DemoVersion } from './demoOptions.ts'
import type { DemoRandom } from './demoRandom.ts'
import { noTracks, slateTracks, type TracksText, tracksToText } from './demoTracks.ts'

/** Losses on the way, as fractions of packets; after the recorded series of an SRT stream at 3 % and 15 %. */
export interface LossPhase {
  readonly lost: number
  readonly dropped: number
  readonly belated: number
  /** Of a reader's packets, those sent again. */
  readonly sentAgain: number
  readonly nakPerLoss: number
  readonly rttFactor: number
}
const clean: LossPhase = { lost: 0, dropped: 0, belated: 0, sentAgain: 0, nakPerLoss: 0, rttFactor: 1 }
const mildLoss: LossPhase = { lost: 0.036, dropped: 0.0035, belated: 0, sentAgain: 0.065, nakPerLoss: 2.2, rttFactor: 1 }
const heavyLoss: LossPhase = { lost: 0.14, dropped: 0.02, belated: 0.02, sentAgain: 0.27, nakPerLoss: 1.8, rttFactor: 2 }
const mildMs = 20_000
const heavyMs = 16_000

/** MediaMTX closes a silent TCP publisher after this long (`readTimeout`). */
const readTimeoutMs = 10_000
/** An HLS session stays in the lists this long after its last request. */
export const hlsSessionMs = 36_000
/** `hlsMuxerCloseAfter`. */
const hlsMuxerMs = 60_000

export interface DemoSession {
  readonly type: DemoSource | DemoReader
  readonly id: string
  readonly created: string
  readonly state: 'publish' | 'read'
  readonly path: DemoPath
  readonly remoteAddr: string
  readonly query: string
  readonly userAgent: string
  readonly transport: 'TCP' | 'UDP'
  readonly connId: string
  readonly connCreated: string
  /** Media bytes; stands at 0 for a real HLS viewer, whose bytes are counted in `served`. */
  readonly meter: Meter
  readonly seed: number
  /** A viewer of our own HLS door: bytes that really went out, and when he asked last (monotonic). */
  served: number
  lastRequest: number | null
  loss: LossPhase
  lossFromPackets: number
  lost: number
  dropped: number
  belated: number
  sentAgain: number
  naks: number
}

export interface DemoPath {
  readonly options: DemoPathOptions
  readonly name: string
  readonly confName: string
  readonly mode: NonNullable<DemoPathOptions['mode']>
  readonly sourceType: DemoSource
  /** Media comes from its own source (a publisher or a pulled one). */
  live: boolean
  /** Monotonic start of the stream object that is in the list; null while not available. */
  since: number | null
  availableText: string
  onlineText: string | null
  /** Somebody wants to publish: he comes back after a restart. */
  wanted: boolean
  stalled: boolean
  tracks: TracksText
  flow: Flow
  meter: Meter
  source: DemoSession | null
  readonly readers: Set<DemoSession>
  /** Sent to readers who have left. */
  sentBefore: number
  loss: LossPhase
  /** When its HLS muxer began and was last asked; null: none runs. */
  muxer: { readonly created: string; lastRequest: number; served: number } | null
}

/** Numeric form of a version: 1.15 → 15. */
export const minorOf = (version: DemoVersion): number => Number(version.slice(2))

/** Bytes that a session carried. */
export const mediaOf = (session: DemoSession, t: number): number => readMeter(session.meter, t) + session.served

/** Bytes that came in and went out since the path became available. */
export function pathBytes(path: DemoPath, t: number, minor: number): readonly [number, number] {
  if (path.since === null) return [0, 0]
  let sent = path.sentBefore
  let hlsCounted = false
  for (const reader of path.readers) {
    // One muxer serves all HLS viewers: before 1.18 what it sends on is not in the path's count for each of them.
    if (reader.type === 'hlsSession' && minor < 18) {
      if (hlsCounted) continue
      hlsCounted = true
    }
    sent += mediaOf(reader, t)
  }
  return [readMeter(path.meter, t), sent]
}

/** Packets of the media of `bytes`: 1,316 bytes of payload each over SRT, about as many over RTP. */
export const packetsOf = (bytes: number): number => Math.floor(bytes / 1180)

const pulledTypes = new Set<DemoSource>(['rtspSource', 'rtmpSource', 'hlsSource', 'srtSource', 'webRTCSource', 'mpegtsSource', 'rtpSource', 'rpiCameraSource'])

/** True for sources that the server fetches: they have no session and no id. */
export const isPulled = (type: DemoSource): boolean => pulledTypes.has(type)

const userAgents: Partial<Record<DemoSource | DemoReader, readonly string[]>> = {
  rtspSession: ['Lavf59.27.100', 'LibVLC/3.0.20 (LIVE555 Streaming Media v2016.11.28)', 'gortsplib', 'GStreamer/1.22.5'],
  rtspsSession: ['Lavf61.7.100', 'gortsplib'],
  rtmpConn: ['FMLE/3.0 (compatible; Lavf59.27.100)', 'FMLE/3.0 (compatible; FMSc/1.0)'],
  rtmpsConn: ['FMLE/3.0 (compatible; FMSc/1.0)'],
  hlsSession: [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36',
    'Go-http-client/1.1',
    'AppleCoreMedia/1.0.0.22F76',
  ],
  webRTCSession: ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36'],
  moqSession: ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36'],
}

/** RFC 3339 with nanoseconds, as Go writes it. */
const toNanoText = (ms: number, random: DemoRandom): string => `${new Date(ms).toISOString().slice(0, -1)}${String(random.whole(100_000, 999_999))}Z`

/** The one state of a demo server. Everything due is done when somebody asks (`settle`): no timer runs for it. */
export interface DemoModel {
  readonly paths: ReadonlyMap<string, DemoPath>
  /** Grows whenever a path or session comes, goes or changes otherwise than in numbers. */
  readonly structure: () => number
  /** Does what is due; returns the monotonic time at which it is true. */
  readonly settle: () => number
  /** Paths in the list, sorted by name as the server sorts them. */
  readonly listed: () => readonly DemoPath[]
  readonly sessions: (type: DemoSource | DemoReader) => ReadonlySet<DemoSession>
  readonly startedText: () => string
  readonly version: () => DemoVersion
  /** Process start: all sessions are new; publishers come back within seconds. */
  readonly boot: (version?: DemoVersion) => void
  readonly trouble: (trouble: DemoTrouble) => void
  /** A real viewer came to the HLS door. Wakes an on-demand path. */
  readonly hlsViewer: (path: DemoPath, viewer: { readonly query: string; readonly userAgent: string; readonly remoteAddr: string }) => DemoSession
  readonly hlsServed: (session: DemoSession | null, path: DemoPath, bytes: number) => void
  readonly kick: (id: string, type: DemoSource | DemoReader) => boolean
}

export function createDemoModel(deps: {
  readonly clock: Clock
  readonly random: DemoRandom
  readonly version: DemoVersion
  readonly paths: readonly DemoPathOptions[]
  readonly upForMs: number
  /** Its clock minus ours, ms: all times that it tells are by its own. */
  readonly clockSkewMs: number
  readonly churnEveryMs: number
}): DemoModel {
  const { clock, random } = deps
  const timeText = (ms: number) => toNanoText(ms + deps.clockSkewMs, random)
  let version = deps.version
  let structure = 0
  let time = clock.monotonic()
  let startedText = timeText(clock.now() - deps.upForMs)
  const paths = new Map<string, DemoPath>()
  const sessionsByType = new Map<string, Set<DemoSession>>()
  let events: { readonly at: number; readonly run: () => void }[] = []
  let sorted: readonly DemoPath[] | null = null

  /** Wall time that belongs to the model's time, which may lie a little behind the clock's. */
  const wall = () => clock.now() - (clock.monotonic() - time)
  const after = (ms: number, run: () => void) => {
    const at = time + ms
    let index = events.length
    while (index > 0 && (events[index - 1]?.at ?? 0) > at) index--
    events.splice(index, 0, { at, run })
  }
  const changed = () => {
    structure++
    sorted = null
  }
  const ofType = (type: string) => {
    let found = sessionsByType.get(type)
    if (!found) {
      found = new Set()
      sessionsByType.set(type, found)
    }
    return found
  }
  const isSlateable = (path: DemoPath) => path.mode === 'alwaysAvailable' && minorOf(version) >= 17

  const openSession = (
    path: DemoPath,
    type: DemoSource | DemoReader,
    state: 'publish' | 'read',
    agoMs: number,
    viewer?: Pick<DemoSession, 'query' | 'userAgent' | 'remoteAddr'>,
  ): DemoSession => {
    const created = wall() - agoMs
    const session: DemoSession = {
      type,
      id: random.uuid(),
      created: timeText(created),
      state,
      path,
      remoteAddr: `10.${random.whole(0, 7)}.${random.whole(0, 31)}.${random.whole(2, 250)}:${random.whole(32_768, 60_999)}`,
      query: '',
      userAgent: random.pick(userAgents[type] ?? ['']),
      transport: type === 'rtspSession' && random.next() < 0.3 ? 'UDP' : 'TCP',
      connId: random.uuid(),
      connCreated: timeText(created - 40),
      meter: startMeter(path.meter.flow, time, Math.floor(path.meter.flow.mean * agoMs)),
      seed: random.whole(0, 10_000),
      served: 0,
      lastRequest: null,
      loss: clean,
      lossFromPackets: 0,
      lost: 0,
      dropped: 0,
      belated: 0,
      sentAgain: 0,
      naks: 0,
      ...viewer,
    }
    if (viewer) {
      stopMeter(session.meter, time)
      session.lastRequest = time
    } else if (path.stalled) stopMeter(session.meter, time)
    setLoss(session, path.loss)
    ofType(type).add(session)
    changed()
    return session
  }
  const closeSession = (session: DemoSession) => {
    ofType(session.type).delete(session)
    const { path } = session
    if (path.readers.has(session)) {
      // What the path has sent never jumps because somebody leaves.
      const [, sent] = pathBytes(path, time, minorOf(version))
      path.readers.delete(session)
      path.sentBefore += sent - pathBytes(path, time, minorOf(version))[1]
    }
    changed()
  }
  const setLoss = (session: DemoSession, phase: LossPhase) => {
    const counted = lossOf(session, time)
    session.lost = counted.lost
    session.dropped = counted.dropped
    session.belated = counted.belated
    session.sentAgain = counted.sentAgain
    session.naks = counted.naks
    session.lossFromPackets = packetsOf(readMeter(session.meter, time))
    session.loss = phase
  }

  /** The path becomes live; `agoMs` before now where the fleet starts with it. */
  const start = (path: DemoPath, agoMs = 0) => {
    if (path.live) return
    path.live = true
    path.stalled = false
    if (isSlateable(path) && path.since !== null) {
      // The stream object stays: its counters go on, only who feeds them changes.
      changeFlow(path.meter, time, path.flow)
      path.onlineText = timeText(wall() - agoMs)
    } else {
      path.since = time - agoMs
      path.meter = startMeter(path.flow, time, Math.floor(path.flow.mean * agoMs))
      path.availableText = timeText(wall() - agoMs)
      path.sentBefore = 0
      // A pulled source keeps the time of its first connection.
      if (!isPulled(path.sourceType) || path.onlineText === null || path.onlineText.startsWith('0001')) path.onlineText = path.availableText
    }
    path.tracks = tracksToText(path.options.tracks ?? 'h264Aac', path.options.width ?? 1280, path.options.height ?? 720)
    if (!isPulled(path.sourceType)) path.source = openSession(path, path.sourceType, 'publish', agoMs)
    const addReaders = () => {
      if (!path.live) return
      for (const type of path.options.readers ?? [])
        path.readers.add(openSession(path, type, 'read', agoMs === 0 ? 0 : Math.floor(random.between(0.02, 0.9) * agoMs)))
    }
    if (agoMs > 0) addReaders()
    else after(random.between(1_000, 3_000), addReaders)
    changed()
  }
  /** Its publisher or source is gone. */
  const stop = (path: DemoPath) => {
    if (!path.live) return
    if (path.source) closeSession(path.source)
    path.source = null
    path.live = false
    path.stalled = false
    path.loss = clean
    if (isSlateable(path)) showSlate(path)
    else {
      for (const reader of [...path.readers]) closeSession(reader)
      path.muxer = null
      path.since = null
      path.tracks = noTracks
    }
    changed()
  }
  const slateFlow = createFlow(random, 144_000)
  const showSlate = (path: DemoPath) => {
    path.onlineText = null
    path.tracks = slateTracks
    if (path.since === null) {
      path.since = time
      path.availableText = timeText(wall())
      path.meter = startMeter(slateFlow, time)
      path.sentBefore = 0
    } else {
      changeFlow(path.meter, time, slateFlow)
    }
    changed()
  }
  const freeze = (path: DemoPath) => {
    path.stalled = true
    for (const session of [path.source, ...path.readers]) if (session) stopMeter(session.meter, time)
    stopMeter(path.meter, time)
  }
  const thaw = (path: DemoPath, factor = 1) => {
    path.stalled = false
    for (const session of [path.source, ...path.readers]) if (session && session.lastRequest === null) runMeter(session.meter, time, factor)
    runMeter(path.meter, time, factor)
  }
  const setPathLoss = (path: DemoPath, phase: LossPhase) => {
    path.loss = phase
    for (const session of [path.source, ...path.readers]) if (session) setLoss(session, phase)
  }
  const wantedAtFirst = (options: DemoPathOptions) => options.live ?? (options.mode !== 'onDemand' && options.mode !== 'dead')

  const churn = () => {
    const live = [...paths.values()].filter((path) => path.live && !path.stalled)
    if (live.length > 0) {
      const path = random.pick(live)
      const readers = [...path.readers].filter((reader) => reader.lastRequest === null)
      if (readers.length > 0 && random.next() < 0.5) closeSession(random.pick(readers))
      else path.readers.add(openSession(path, random.pick(path.options.readers?.length ? path.options.readers : (['rtspSession'] as const)), 'read', 0))
    }
    after(deps.churnEveryMs * random.between(0.3, 1.7), churn)
  }
  /** Paths with a muxer that real viewers started. */
  const watched = new Set<DemoPath>()
  const forgetViewers = () => {
    if (watched.size === 0) return
    for (const session of [...ofType('hlsSession')]) if (session.lastRequest !== null && time - session.lastRequest >= hlsSessionMs) closeSession(session)
    for (const path of watched) {
      if (path.muxer && time - path.muxer.lastRequest < hlsMuxerMs) continue
      path.muxer = null
      if (path.mode === 'onDemand' && path.readers.size === 0) stop(path)
      watched.delete(path)
      changed()
    }
  }

  const boot = (next?: DemoVersion) => {
    for (const path of paths.values()) {
      stop(path)
      for (const reader of [...path.readers]) closeSession(reader)
      path.since = null
      path.onlineText = isPulled(path.sourceType) ? '0001-01-01T00:00:00Z' : null
      path.tracks = noTracks
      path.muxer = null
    }
    if (next) version = next
    startedText = timeText(wall())
    for (const path of paths.values()) {
      if (isSlateable(path)) showSlate(path)
      if (path.wanted) after(isPulled(path.sourceType) ? random.between(300, 1_500) : random.between(1_000, 6_000), () => path.wanted && start(path))
    }
    changed()
  }

  const addPath = (options: DemoPathOptions): DemoPath => {
    const mode = options.mode ?? 'publisher'
    const sourceType = options.source ?? (mode === 'pulled' || mode === 'onDemand' || mode === 'dead' ? 'rtspSource' : 'rtspSession')
    const flow = createFlow(random, options.bitrateBps ?? 4_000_000)
    const path: DemoPath = {
      options,
      name: options.name,
      confName: options.confName ?? (mode === 'dynamic' ? 'all_others' : options.name),
      mode,
      sourceType,
      live: false,
      since: null,
      availableText: '',
      onlineText: isPulled(sourceType) ? '0001-01-01T00:00:00Z' : null,
      wanted: wantedAtFirst(options),
      stalled: false,
      tracks: noTracks,
      flow,
      meter: startMeter(flow, time),
      source: null,
      readers: new Set(),
      sentBefore: 0,
      loss: clean,
      muxer: null,
    }
    paths.set(options.name, path)
    return path
  }
  for (const options of deps.paths) addPath(options)
  for (const path of paths.values()) {
    if (isSlateable(path)) showSlate(path)
    if (path.wanted) start(path, Math.min(path.options.liveForMs ?? deps.upForMs, deps.upForMs))
  }
  if (deps.churnEveryMs > 0) after(deps.churnEveryMs * random.between(0.3, 1.7), churn)

  const need = (name: string): DemoPath => {
    const path = paths.get(name)
    if (!path) throw new Error(`the demo has no path ${name}`)
    return path
  }
  const settle = () => {
    const now = clock.monotonic()
    for (let next = events[0]; next && next.at <= now; next = events[0]) {
      events.shift()
      time = Math.max(time, next.at)
      next.run()
    }
    time = now
    forgetViewers()
    return time
  }

  /** Grows when all troubles are called off: what they still had planned does not happen then. */
  let generation = 0
  const planned = (ms: number, run: () => void) => {
    const current = generation
    after(ms, () => current === generation && run())
  }
  const goAndReturn = (path: DemoPath, forMs: number | undefined) => {
    path.wanted = false
    stop(path)
    if (forMs !== undefined)
      planned(forMs, () => {
        path.wanted = true
        start(path)
      })
  }
  const flood = new Set<DemoSession>()
  const leave = (sessions: readonly DemoSession[]) => {
    for (const session of sessions) {
      flood.delete(session)
      if (session.path.readers.has(session)) closeSession(session)
    }
  }

  const trouble = (what: DemoTrouble) => {
    settle()
    switch (what.kind) {
      case 'publisherGone':
      case 'slate':
        goAndReturn(need(what.path), what.forMs)
        return
      case 'flap': {
        const path = need(what.path)
        const everyMs = what.everyMs ?? 8_000
        for (let i = 0; i < (what.times ?? 5); i++) planned(i * everyMs, () => goAndReturn(path, everyMs / 2))
        settle()
        return
      }
      case 'stall': {
        const path = need(what.path)
        if (!path.live) return
        freeze(path)
        const frozen = path.source
        const keep = what.keep ?? isPulled(path.sourceType)
        if (!keep)
          planned(readTimeoutMs, () => {
            if (path.stalled && path.source === frozen) stop(path)
          })
        if (what.forMs !== undefined)
          planned(what.forMs, () => {
            if (path.live && path.stalled) thaw(path)
            else if (path.wanted) start(path)
          })
        return
      }
      case 'srtLoss': {
        const hit = [...paths.values()].filter(
          (path) => (what.path === undefined || path.name === what.path) && [path.source, ...path.readers].some((session) => session?.type === 'srtConn'),
        )
        const scale = (what.forMs ?? mildMs + heavyMs) / (mildMs + heavyMs)
        for (const path of hit) {
          setPathLoss(path, mildLoss)
          planned(mildMs * scale, () => path.loss === mildLoss && setPathLoss(path, heavyLoss))
          planned((mildMs + heavyMs) * scale, () => setPathLoss(path, clean))
        }
        return
      }
      case 'readerFlood': {
        const path = need(what.path)
        if (!path.live) return
        const came: DemoSession[] = []
        for (let i = 0; i < what.readers; i++) {
          const session = openSession(path, random.pick(['rtspSession', 'hlsSession', 'webRTCSession'] as const), 'read', 0)
          path.readers.add(session)
          came.push(session)
          flood.add(session)
        }
        if (what.forMs !== undefined)
          planned(what.forMs, () => {
            leave(came)
          })
        return
      }
      case 'tracks': {
        const path = need(what.path)
        stop(path)
        planned(300, () => {
          start(path)
          path.tracks = tracksToText(what.tracks, what.width ?? path.options.width ?? 1280, what.height ?? path.options.height ?? 720)
          changed()
        })
        return
      }
      case 'bitrate': {
        const path = need(what.path)
        thaw(path, what.factor)
        if (what.forMs !== undefined) planned(what.forMs, () => path.live && thaw(path))
        return
      }
      case 'configure':
        for (const name of what.remove ?? []) {
          const path = need(name)
          path.wanted = false
          stop(path)
          paths.delete(name)
        }
        for (const options of what.add ?? []) {
          const path = addPath(options)
          if (path.wanted) start(path)
        }
        changed()
        return
      case 'clear':
        generation++
        leave([...flood])
        for (const path of paths.values()) {
          const usual = wantedAtFirst(path.options)
          path.wanted = usual
          if (path.live) {
            thaw(path)
            setPathLoss(path, clean)
          } else if (usual) start(path)
        }
        return
      case 'die':
      case 'restart':
      case 'upgrade':
      case 'noAnswer':
      case 'hang':
      case 'slow':
      case 'cut':
      case 'garbage':
      case 'html':
      case 'status':
      case 'huge':
      case 'wrongPassword':
      case 'freeze':
        throw new Error(`${what.kind} befalls the server, not its streams`)
    }
  }

  return {
    paths,
    structure: () => structure,
    settle,
    listed: () => {
      sorted ??= [...paths.values()]
        // Dynamic paths vanish with their publisher; so does a configured pattern's.
        .filter((path) => path.since !== null || path.mode !== 'dynamic')
        .sort((a, b) => (a.name < b.name ? -1 : 1))
      return sorted
    },
    sessions: (type) => ofType(type),
    startedText: () => startedText,
    version: () => version,
    boot: (next) => {
      settle()
      events = events.filter((event) => event.at > time)
      boot(next)
    },
    trouble,
    hlsViewer: (path, viewer) => {
      settle()
      if (path.mode === 'onDemand' && !path.live) start(path)
      path.muxer ??= { created: timeText(wall()), lastRequest: time, served: 0 }
      watched.add(path)
      const session = openSession(path, 'hlsSession', 'read', 0, viewer)
      path.readers.add(session)
      return session
    },
    hlsServed: (session, path, bytes) => {
      settle()
      if (path.muxer) {
        path.muxer.served += bytes
        path.muxer.lastRequest = time
      }
      if (session) {
        session.served += bytes
        session.lastRequest = time
      }
    },
    kick: (id, type) => {
      settle()
      for (const session of ofType(type)) {
        if (session.id !== id) continue
        if (session.state === 'publish') stop(session.path)
        else closeSession(session)
        return true
      }
      return false
    },
  }
}

/** Packets lost and repaired on a session's way until `t`. */
export function lossOf(session: DemoSession, t: number) {
  const since = packetsOf(readMeter(session.meter, t)) - session.lossFromPackets
  const lost = session.lost + since * session.loss.lost
  return {
    lost,
    dropped: session.dropped + since * session.loss.dropped,
    belated: session.belated + since * session.loss.belated,
    sentAgain: session.sentAgain + since * session.loss.sentAgain,
    naks: session.naks + since * session.loss.lost * session.loss.nakPerLoss,
  }
}
