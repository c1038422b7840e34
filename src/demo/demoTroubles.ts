import type { DemoModel } from './demoModel.ts'
import type { StreamTrouble } from './demoOptions.ts'
import { clean, type DemoPath, type LossPhase } from './demoPaths.ts'

export const mildLoss: LossPhase = { ...clean, lost: 0.036, dropped: 0.0035, sentAgain: 0.065, naks: 0.08 }
const heavyLoss: LossPhase = { ...clean, lost: 0.14, dropped: 0.02, belated: 0.02, sentAgain: 0.27, naks: 0.25, rttFactor: 2 }
const mildMs = 20_000
const heavyMs = 16_000

/** MediaMTX closes a silent TCP publisher after this long (`readTimeout`). */
const readTimeoutMs = 10_000

export function befall(model: DemoModel, what: StreamTrouble): void {
  model.settle()
  begin(model, what)
}

/** Also called while the model catches up with its plans, which must stay in their order. */
function begin(model: DemoModel, what: StreamTrouble): void {
  /** Ends what was begun, after `forMs` if the trouble has it. */
  const inTime = (end: () => void) => 'forMs' in what && what.forMs !== undefined && model.planned(what.forMs, end)
  const path = pathOf(model, what.path)
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
        model.planned(turn * everyMs, () => begin(model, { kind: 'publisherGone', path: path.name, forMs: everyMs / 2 }))
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
    case 'srtLoss': {
      const { forMs = mildMs + heavyMs } = what
      model.setPathLoss(path, mildLoss)
      model.planned((forMs * mildMs) / (mildMs + heavyMs), () => path.loss === mildLoss && model.setPathLoss(path, heavyLoss))
      model.planned(forMs, () => model.setPathLoss(path, clean))
      return
    }
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
  }
}

export function pathOf({ paths }: DemoModel, name: string): DemoPath {
  const path = paths.get(name)
  if (!path) throw new Error(`the demo has no path ${name}`)
  return path
}

export function endFlood(model: DemoModel, path: DemoPath): void {
  for (const session of path.flood.splice(0)) if (path.readers.has(session)) model.closeSession(session)
}
