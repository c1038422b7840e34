import type { StreamTrouble } from './demoOptions.ts'
import { beginRecording, clean, type DemoPath, type DemoSession, endRecording, isPulled, type LossPhase, minorOf, pathBytes } from './demoPaths.ts'
import {
  addPath,
  addReaders,
  after,
  changed,
  closeSession,
  freeze,
  type ModelState,
  openSession,
  setPathLoss,
  settle,
  someHost,
  start,
  stop,
  thaw,
  wall,
  wantedAtFirst,
} from './demoStreams.ts'

const mildLoss: LossPhase = { ...clean, lost: 0.036, dropped: 0.0035, belated: 0, sentAgain: 0.065, nakPerLoss: 2.2 }
const heavyLoss: LossPhase = { ...clean, lost: 0.14, dropped: 0.02, belated: 0.02, sentAgain: 0.27, nakPerLoss: 1.8, rttFactor: 2 }
const slowReaders: LossPhase = { ...clean, discarded: 0.02 }
const mildMs = 20_000
const heavyMs = 16_000

/** MediaMTX closes a silent TCP publisher after this long (`readTimeout`). */
const readTimeoutMs = 10_000

/** Does it later, unless all troubles are called off before. */
function planned(model: ModelState, ms: number, run: () => void): void {
  const { generation } = model
  after(model, ms, () => {
    if (generation === model.generation) run()
  })
}

function goAndReturn(model: ModelState, path: DemoPath, forMs: number | undefined): void {
  path.wanted = false
  stop(model, path)
  if (forMs !== undefined)
    planned(model, forMs, () => {
      path.wanted = true
      start(model, path)
    })
}

function leave(model: ModelState, sessions: readonly DemoSession[]): void {
  for (const session of sessions) {
    model.flood.delete(session)
    if (session.path.readers.has(session)) closeSession(model, session)
  }
}

/** Its sessions fare like this for a time. */
function fare(model: ModelState, path: DemoPath, phase: LossPhase, forMs: number | undefined): void {
  setPathLoss(model, path, phase)
  if (forMs !== undefined) planned(model, forMs, () => path.loss === phase && setPathLoss(model, path, clean))
}

function need({ paths }: ModelState, name: string): DemoPath {
  const path = paths.get(name)
  if (!path) throw new Error(`the demo has no path ${name}`)
  return path
}

type Befalling<Kind extends StreamTrouble['kind']> = (model: ModelState, what: Extract<StreamTrouble, { kind: Kind }>) => void

const publisherGone = (model: ModelState, what: { readonly path: string; readonly forMs?: number }): void =>
  goAndReturn(model, need(model, what.path), what.forMs)

const troubles: { readonly [Kind in StreamTrouble['kind']]: Befalling<Kind> } = {
  publisherGone,
  slate: publisherGone,
  flap: (model, what) => {
    const path = need(model, what.path)
    const everyMs = what.everyMs ?? 8_000
    for (let i = 0; i < (what.times ?? 5); i++) planned(model, i * everyMs, () => goAndReturn(model, path, everyMs / 2))
    settle(model)
  },
  stall: (model, what) => {
    const path = need(model, what.path)
    if (!path.live) return
    freeze(model, path)
    const frozen = path.source
    const keep = what.keep ?? isPulled(path.sourceType)
    if (!keep)
      planned(model, readTimeoutMs, () => {
        if (path.stalled && path.source === frozen) stop(model, path)
      })
    if (what.forMs !== undefined)
      planned(model, what.forMs, () => {
        if (path.live && path.stalled) thaw(model, path)
        else if (path.wanted) start(model, path)
      })
  },
  srtLoss: (model, what) => {
    const hit = [...model.paths.values()].filter(
      (path) => (what.path === undefined || path.name === what.path) && [path.source, ...path.readers].some((session) => session?.type === 'srtConn'),
    )
    const scale = (what.forMs ?? mildMs + heavyMs) / (mildMs + heavyMs)
    for (const path of hit) {
      setPathLoss(model, path, mildLoss)
      planned(model, mildMs * scale, () => path.loss === mildLoss && setPathLoss(model, path, heavyLoss))
      planned(model, (mildMs + heavyMs) * scale, () => setPathLoss(model, path, clean))
    }
  },
  readerFlood: (model, what) => {
    const path = need(model, what.path)
    if (!path.live) return
    const came: DemoSession[] = []
    for (let i = 0; i < what.readers; i++) {
      const session = openSession(model, path, model.random.pick(['rtspSession', 'hlsSession', 'webRTCSession'] as const), 'read', 0)
      path.readers.add(session)
      came.push(session)
      model.flood.add(session)
    }
    if (what.forMs !== undefined) planned(model, what.forMs, () => leave(model, came))
  },
  readersGone: (model, what) => {
    const path = need(model, what.path)
    for (const reader of [...path.readers]) closeSession(model, reader)
    if (what.forMs !== undefined) planned(model, what.forMs, () => path.live && addReaders(model, path))
  },
  readersSlow: (model, what) => fare(model, need(model, what.path), slowReaders, what.forMs),
  // It loses packets as well: without that, nobody would notice.
  roundTrip: (model, what) => fare(model, need(model, what.path), { ...mildLoss, rttFactor: what.factor }, what.forMs),
  otherPublisher: (model, what) => {
    const path = need(model, what.path)
    stop(model, path)
    if (path.publisher !== null) path.publisher = { ...path.publisher, host: someHost(model) }
    planned(model, 300, () => start(model, path))
  },
  tracks: (model, what) => {
    const path = need(model, what.path)
    path.sends = { tracks: what.tracks, width: what.width ?? path.options.width, height: what.height ?? path.options.height }
    stop(model, path)
    planned(model, 300, () => start(model, path))
  },
  forwardFails: (model, what) => {
    const path = need(model, what.path)
    const dest = what.dest ?? path.options.forward?.[0]
    if (dest === undefined) throw new Error(`the demo forwards ${what.path} nowhere`)
    const [bytes] = pathBytes(path, settle(model), minorOf(model.version))
    path.forwardErrors.set(dest, { said: what.said ?? 'dial tcp 10.9.0.4:1935: connect: connection refused', bytes, untried: what.untried })
    if (what.forMs !== undefined) planned(model, what.forMs, () => path.forwardErrors.delete(dest))
  },
  pictureFrozen: (model, what) => {
    const path = need(model, what.path)
    path.pictureFrozen = true
    if (what.forMs !== undefined)
      planned(model, what.forMs, () => {
        path.pictureFrozen = false
      })
  },
  bitrate: (model, what) => {
    const path = need(model, what.path)
    thaw(model, path, what.factor)
    if (what.forMs !== undefined) planned(model, what.forMs, () => path.live && thaw(model, path))
  },
  recordingStops: (model, what) => {
    const path = need(model, what.path)
    endRecording(path, wall(model))
    if (what.forMs !== undefined) planned(model, what.forMs, () => path.since !== null && beginRecording(path, wall(model)))
  },
  recordingsKept: (model, what) => {
    need(model, what.path).keepsRecordings = true
  },
  configure: (model, what) => {
    for (const name of what.remove ?? []) {
      const path = need(model, name)
      path.wanted = false
      stop(model, path)
      model.paths.delete(name)
    }
    for (const options of what.add ?? []) {
      const path = addPath(model, options)
      if (path.wanted) start(model, path)
    }
    changed(model)
  },
  clear: (model) => {
    model.generation++
    leave(model, [...model.flood])
    for (const path of model.paths.values()) {
      const usual = wantedAtFirst(path.options)
      path.wanted = usual
      path.forwardErrors.clear()
      path.pictureFrozen = false
      path.keepsRecordings = false
      if (path.since !== null) beginRecording(path, wall(model))
      if (path.live) {
        thaw(model, path)
        setPathLoss(model, path, clean)
      } else if (usual) start(model, path)
    }
  },
}

/** What befalls the streams of a server. */
export function befall(model: ModelState, what: StreamTrouble): void {
  settle(model)
  const run = troubles[what.kind] as Befalling<StreamTrouble['kind']>
  run(model, what)
}
