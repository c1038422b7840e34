import type { Clock } from '../clock/clock.ts'
import { changeFlow, createFlow, type Flow, readMeter, runMeter, startMeter, stopMeter } from './demoFlow.ts'
import type { DemoPathOptions, DemoReader, DemoSource, DemoVersion } from './demoOptions.ts'
import {
  beginRecording,
  clean,
  type DemoPath,
  type DemoSession,
  endRecording,
  hlsSessionMs,
  isPulled,
  type LossPhase,
  lossOf,
  minorOf,
  packetsOf,
  pathBytes,
} from './demoPaths.ts'
import type { DemoRandom } from './demoRandom.ts'
import { noTracks, slateTracks, tracksToText } from './demoTracks.ts'

export interface ModelOptions {
  readonly clock: Clock
  readonly random: DemoRandom
  readonly version: DemoVersion
  readonly paths: readonly DemoPathOptions[]
  readonly upForMs: number
  /** Its clock minus ours at first, ms: all times that it sends are by its own. */
  readonly clockSkewMs: number
  readonly churnEveryMs: number
}

/** All that a demo server's streams are made of. */
export interface ModelState {
  readonly options: ModelOptions
  readonly random: DemoRandom
  version: DemoVersion
  /** Its clock minus ours, ms. */
  clockSkewMs: number
  /** Grows whenever a path or session comes, goes or changes otherwise than in numbers. */
  structure: number
  /** Monotonic time up to which everything due is done. */
  time: number
  startedText: string
  readonly paths: Map<string, DemoPath>
  readonly sessionsByType: Map<string, Set<DemoSession>>
  /** What is due later, the next one first. */
  events: { readonly at: number; readonly run: () => void }[]
  /** Paths in the list; null: not sorted since the last change. */
  sorted: readonly DemoPath[] | null
  readonly slateFlow: Flow
  /** Paths with a muxer that real viewers started. */
  readonly watched: Set<DemoPath>
  /** Grows when all troubles are called off: what they still had planned does not happen then. */
  generation: number
  /** Sessions of a flood of readers. */
  readonly flood: Set<DemoSession>
}

/** `hlsMuxerCloseAfter`. */
const hlsMuxerMs = 60_000

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
export function timeText({ random, clockSkewMs }: Pick<ModelState, 'random' | 'clockSkewMs'>, ms: number): string {
  return toNanoText(ms + clockSkewMs, random)
}

/** Wall time that belongs to the model's time, which may lie a little behind the clock's. */
export function wall({ time, options: { clock } }: ModelState): number {
  return clock.now() - (clock.monotonic() - time)
}

export function after({ time, events }: ModelState, ms: number, run: () => void): void {
  const at = time + ms
  let index = events.length
  while (index > 0 && (events[index - 1]?.at ?? 0) > at) index--
  events.splice(index, 0, { at, run })
}

/** Does what is due; returns the monotonic time at which it is true. */
export function settle(model: ModelState): number {
  const now = model.options.clock.monotonic()
  for (let next = model.events[0]; next && next.at <= now; next = model.events[0]) {
    model.events.shift()
    model.time = Math.max(model.time, next.at)
    next.run()
  }
  model.time = now
  forgetViewers(model)
  return now
}

export function changed(model: ModelState): void {
  model.structure++
  model.sorted = null
}

export function ofType({ sessionsByType }: ModelState, type: string): Set<DemoSession> {
  let found = sessionsByType.get(type)
  if (!found) {
    found = new Set()
    sessionsByType.set(type, found)
  }
  return found
}

export function isSlateable({ version }: ModelState, path: DemoPath): boolean {
  return path.mode === 'alwaysAvailable' && minorOf(version) >= 17
}

export function wantedAtFirst(options: DemoPathOptions): boolean {
  return options.live ?? (options.mode !== 'onDemand' && options.mode !== 'dead')
}

export function someHost({ random }: ModelState): string {
  return `10.${random.whole(0, 7)}.${random.whole(0, 31)}.${random.whole(2, 250)}`
}

export function openSession(
  model: ModelState,
  path: DemoPath,
  type: DemoSource | DemoReader,
  state: 'publish' | 'read',
  agoMs: number,
  viewer?: Pick<DemoSession, 'query' | 'userAgent' | 'remoteAddr'>,
): DemoSession {
  const created = wall(model) - agoMs
  const id = model.random.uuid()
  const someone = {
    host: someHost(model),
    port: model.random.whole(32_768, 60_999),
    userAgent: model.random.pick(userAgents[type] ?? ['']),
    transport: type === 'rtspSession' && model.random.next() < 0.3 ? ('UDP' as const) : ('TCP' as const),
  }
  if (state === 'publish') path.publisher ??= { ...someone, host: path.options.from ?? someone.host }
  const { host, userAgent, transport } = (state === 'publish' && path.publisher) || someone
  const session: DemoSession = {
    type,
    id,
    created: timeText(model, created),
    state,
    path,
    remoteAddr: `${host}:${someone.port}`,
    query: '',
    userAgent,
    transport,
    connId: model.random.uuid(),
    connCreated: timeText(model, created - 40),
    meter: startMeter(path.meter.flow, model.time, Math.floor(path.meter.flow.mean * agoMs)),
    seed: model.random.whole(0, 10_000),
    served: 0,
    lastRequest: null,
    loss: clean,
    lossFromPackets: 0,
    lost: 0,
    dropped: 0,
    belated: 0,
    sentAgain: 0,
    naks: 0,
    discarded: 0,
    ...viewer,
  }
  if (viewer) session.lastRequest = model.time
  if (path.stalled) stopMeter(session.meter, model.time)
  setLoss(model, session, path.loss)
  ofType(model, type).add(session)
  changed(model)
  return session
}

export function closeSession(model: ModelState, session: DemoSession): void {
  ofType(model, session.type).delete(session)
  const { path } = session
  if (path.readers.has(session)) {
    // What the path has sent does not jump when a reader leaves.
    const [, sent] = pathBytes(path, model.time, minorOf(model.version))
    path.readers.delete(session)
    path.sentBefore += sent - pathBytes(path, model.time, minorOf(model.version))[1]
  }
  changed(model)
}

function setLoss(model: ModelState, session: DemoSession, phase: LossPhase): void {
  const counted = lossOf(session, model.time)
  session.lost = counted.lost
  session.dropped = counted.dropped
  session.belated = counted.belated
  session.sentAgain = counted.sentAgain
  session.naks = counted.naks
  session.discarded = counted.discarded
  session.lossFromPackets = packetsOf(readMeter(session.meter, model.time))
  session.loss = phase
}

/** The readers that it has usually, who came some time within the last `agoMs`. */
export function addReaders(model: ModelState, path: DemoPath, agoMs = 0): void {
  if (!path.live) return
  for (const type of path.options.readers ?? [])
    path.readers.add(openSession(model, path, type, 'read', agoMs === 0 ? 0 : Math.floor(model.random.between(0.02, 0.9) * agoMs)))
}

/** The path becomes live; `agoMs` before now where the fleet starts with it. */
export function start(model: ModelState, path: DemoPath, agoMs = 0): void {
  if (path.live) return
  path.live = true
  path.stalled = false
  if (isSlateable(model, path) && path.since !== null) {
    // The stream object stays: its counters go on, only who feeds them changes.
    changeFlow(path.meter, model.time, path.flow)
    path.onlineText = timeText(model, wall(model) - agoMs)
  } else {
    path.since = model.time - agoMs
    path.meter = startMeter(path.flow, model.time, Math.floor(path.flow.mean * agoMs))
    path.availableText = timeText(model, wall(model) - agoMs)
    path.sentBefore = 0
    // A pulled source keeps the time of its first connection.
    if (!isPulled(path.sourceType) || path.onlineText === null || path.onlineText.startsWith('0001')) path.onlineText = path.availableText
  }
  beginRecording(path, wall(model) - agoMs)
  path.tracks = tracksToText(path.sends.tracks ?? 'h264Aac', path.sends.width ?? 1280, path.sends.height ?? 720)
  if (!isPulled(path.sourceType)) path.source = openSession(model, path, path.sourceType, 'publish', agoMs)
  if (agoMs > 0) addReaders(model, path, agoMs)
  else after(model, model.random.between(1_000, 3_000), () => addReaders(model, path))
  changed(model)
}

/** Its publisher or source is gone. */
export function stop(model: ModelState, path: DemoPath): void {
  if (!path.live) return
  if (path.source) closeSession(model, path.source)
  path.source = null
  path.live = false
  path.stalled = false
  path.loss = clean
  if (isSlateable(model, path)) showSlate(model, path)
  else {
    for (const reader of [...path.readers]) closeSession(model, reader)
    path.muxer = null
    path.since = null
    path.tracks = noTracks
    endRecording(path, wall(model))
  }
  changed(model)
}

export function showSlate(model: ModelState, path: DemoPath): void {
  path.onlineText = null
  path.tracks = slateTracks
  // Before `alwaysAvailableRecorded` a slate is recorded like anything else.
  beginRecording(path, wall(model))
  if (path.since === null) {
    path.since = model.time
    path.availableText = timeText(model, wall(model))
    path.meter = startMeter(model.slateFlow, model.time)
    path.sentBefore = 0
  } else {
    changeFlow(path.meter, model.time, model.slateFlow)
  }
  changed(model)
}

export function freeze(model: ModelState, path: DemoPath): void {
  path.stalled = true
  for (const session of [path.source, ...path.readers]) if (session) stopMeter(session.meter, model.time)
  stopMeter(path.meter, model.time)
}

export function thaw(model: ModelState, path: DemoPath, factor = 1): void {
  path.stalled = false
  for (const session of [path.source, ...path.readers]) if (session && session.lastRequest === null) runMeter(session.meter, model.time, factor)
  runMeter(path.meter, model.time, factor)
}

export function setPathLoss(model: ModelState, path: DemoPath, phase: LossPhase): void {
  path.loss = phase
  for (const session of [path.source, ...path.readers]) if (session) setLoss(model, session, phase)
}

export function churn(model: ModelState): void {
  const live = [...model.paths.values()].filter((path) => path.live && !path.stalled)
  if (live.length > 0) {
    const path = model.random.pick(live)
    const readers = [...path.readers].filter((reader) => reader.lastRequest === null)
    if (readers.length > 0 && model.random.next() < 0.5) closeSession(model, model.random.pick(readers))
    else
      path.readers.add(openSession(model, path, model.random.pick(path.options.readers?.length ? path.options.readers : (['rtspSession'] as const)), 'read', 0))
  }
  after(model, model.options.churnEveryMs * model.random.between(0.3, 1.7), () => churn(model))
}

function forgetViewers(model: ModelState): void {
  if (model.watched.size === 0) return
  for (const session of [...ofType(model, 'hlsSession')])
    if (session.lastRequest !== null && model.time - session.lastRequest >= hlsSessionMs) closeSession(model, session)
  for (const path of model.watched) {
    if (path.muxer && model.time - path.muxer.lastRequest < hlsMuxerMs) continue
    path.muxer = null
    if (path.mode === 'onDemand' && path.readers.size === 0) stop(model, path)
    model.watched.delete(path)
    changed(model)
  }
}

export function boot(model: ModelState, next?: DemoVersion): void {
  for (const path of model.paths.values()) {
    stop(model, path)
    for (const reader of [...path.readers]) closeSession(model, reader)
    path.since = null
    path.onlineText = isPulled(path.sourceType) ? '0001-01-01T00:00:00Z' : null
    path.tracks = noTracks
    path.muxer = null
  }
  if (next) model.version = next
  model.startedText = timeText(model, wall(model))
  for (const path of model.paths.values()) {
    if (isSlateable(model, path)) showSlate(model, path)
    if (path.wanted)
      after(model, isPulled(path.sourceType) ? model.random.between(300, 1_500) : model.random.between(1_000, 6_000), () => path.wanted && start(model, path))
  }
  changed(model)
}

export function addPath(model: ModelState, options: DemoPathOptions): DemoPath {
  const mode = options.mode ?? 'publisher'
  const sourceType = options.source ?? (mode === 'pulled' || mode === 'onDemand' || mode === 'dead' ? 'rtspSource' : 'rtspSession')
  const flow = createFlow(model.random, options.bitrateBps ?? 4_000_000)
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
    pictureFrozen: false,
    tracks: noTracks,
    sends: options,
    flow,
    meter: startMeter(flow, model.time),
    source: null,
    publisher: null,
    readers: new Set(),
    sentBefore: 0,
    loss: clean,
    forwardErrors: new Map(),
    recordings: [],
    removedSegments: new Set(),
    keepsRecordings: false,
    muxer: null,
  }
  model.paths.set(options.name, path)
  return path
}
