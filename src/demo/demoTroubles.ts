import type { DemoModel } from './demoModel.ts'
import type { StreamTrouble } from './demoOptions.ts'
import { clean, type DemoPath, type LossPhase } from './demoPaths.ts'

const mildLoss: LossPhase = { ...clean, lost: 0.036, dropped: 0.0035, sentAgain: 0.065, naks: 0.08 }
const heavyLoss: LossPhase = { ...clean, lost: 0.14, dropped: 0.02, belated: 0.02, sentAgain: 0.27, naks: 0.25, rttFactor: 2 }
const slowReaders: LossPhase = { ...clean, discarded: 0.02 }
const mildMs = 20_000
const heavyMs = 16_000

/** MediaMTX closes a silent TCP publisher after this long (`readTimeout`). */
const readTimeoutMs = 10_000

/** What befalls the streams of a server. */
export function befall(model: DemoModel, what: StreamTrouble): void {
  model.settle()
  if (what.kind === 'clear') clear(model)
  else if (what.kind === 'configure') configure(model, what)
  else if (what.kind === 'srtLoss') {
    for (const path of model.paths.values())
      if ((what.path === undefined || path.name === what.path) && path.sessions.some(({ type }) => type === 'srtConn')) loseSrt(model, path, what.forMs)
  } else befallPath(model, what)
}

function befallPath(model: DemoModel, what: Exclude<StreamTrouble, { kind: 'clear' | 'configure' | 'srtLoss' }>): void {
  /** Ends what was begun, after `forMs` if the trouble has it. */
  const inTime = (end: () => void) => 'forMs' in what && what.forMs !== undefined && model.planned(what.forMs, end)
  const path = model.paths.get(what.path)
  if (!path) throw new Error(`the demo has no path ${what.path}`)
  switch (what.kind) {
    case 'publisherGone':
      path.wanted = false
      model.stop(path)
      inTime(() => {
        path.wanted = true
        model.start(path)
      })
      return
    case 'flap': {
      const { everyMs = 8_000, times = 5 } = what
      for (let turn = 0; turn < times; turn++) {
        model.planned(turn * everyMs, () => befallPath(model, { kind: 'publisherGone', path: path.name, forMs: everyMs / 2 }))
      }
      model.settle()
      return
    }
    case 'stall': {
      if (!path.live) return
      model.freeze(path)
      const frozen = path.source
      if (!(what.keep ?? path.isPulled)) model.planned(readTimeoutMs, () => path.stalledAt !== null && path.source === frozen && model.stop(path))
      inTime(() => (path.live && path.stalledAt !== null ? model.thaw(path) : path.wanted && model.start(path)))
      return
    }
    case 'readerFlood': {
      if (!path.live) return
      const type = () => model.random.pick(['rtspSession', 'hlsSession', 'webRTCSession'] as const)
      path.flood.push(...Array.from({ length: what.readers }, () => model.openSession(path, type(), 'read')))
      inTime(() => endFlood(model, path))
      return
    }
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
    case 'otherPublisher':
    case 'tracks':
      model.stop(path)
      if (what.kind === 'tracks') path.sends = { ...path.options, ...what }
      else if (path.publisher !== null) path.publisher = { ...path.publisher, host: model.someHost() }
      model.planned(300, () => model.start(path))
      return
    case 'forwardFails': {
      const dest = what.dest ?? path.options.forward?.[0]
      if (dest === undefined) throw new Error(`the demo forwards ${what.path} nowhere`)
      const [bytes] = path.bytes(model.time, model.minor)
      path.forwardErrors.set(dest, { said: what.said ?? 'dial tcp 10.9.0.4:1935: connect: connection refused', bytes, untried: what.untried })
      inTime(() => path.forwardErrors.delete(dest))
      return
    }
    case 'pictureFrozen':
      path.pictureFrozen = true
      inTime(() => {
        path.pictureFrozen = false
      })
      return
    case 'bitrate':
      model.thaw(path, what.factor)
      inTime(() => path.live && model.thaw(path))
      return
    case 'recordingStops':
      path.endRecording(model.wall())
      inTime(() => path.since !== null && path.beginRecording(model.wall()))
      return
    case 'recordingsKept':
      path.keepsRecordings = true
  }
}

function loseSrt(model: DemoModel, path: DemoPath, forMs = mildMs + heavyMs): void {
  const scale = forMs / (mildMs + heavyMs)
  model.setPathLoss(path, mildLoss)
  model.planned(mildMs * scale, () => path.loss === mildLoss && model.setPathLoss(path, heavyLoss))
  model.planned(forMs, () => model.setPathLoss(path, clean))
}

function endFlood(model: DemoModel, path: DemoPath): void {
  for (const session of path.flood.splice(0)) if (path.readers.has(session)) model.closeSession(session)
}

function configure(model: DemoModel, { add = [], remove = [] }: Extract<StreamTrouble, { kind: 'configure' }>): void {
  for (const name of remove) {
    const path = model.paths.get(name)
    if (!path) throw new Error(`the demo has no path ${name}`)
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
