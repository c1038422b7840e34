import { EventEmitter, once } from 'node:events'
import { type Clock, sleep } from '../../clock/clock.ts'
import type { Slices } from '../../clock/slices.ts'
import { type DailyReport, type DailySettings, dailyLimits } from '../../shared/dailyChecks.ts'
import type { Evidence } from '../../shared/media.ts'
import { isCredentialRefusal } from '../../shared/previews.ts'
import { type Cameras, changeOf, type Finding, type ProbeRead, skip } from './cameras.ts'
import type { CameraName, DailyRows, NumberedCamera } from './dailyRows.ts'

export interface RunDeps {
  readonly clock: Clock
  readonly slices: Slices
  readonly rows: DailyRows
  readonly cameras: Cameras
  /** Stores a picture of a camera; false: it could not be stored. */
  readonly keepPicture: (camera: CameraName, at: number, picture: Evidence) => Promise<boolean>
  readonly signal: AbortSignal
}

/** A server that refused this many streams and allowed none is not asked for further streams, because it logs each failed sign-in. */
const mostRefused = 2
/** Maximum time to wait for a started source to stop: an HLS muxer alone stays for a minute. */
const releaseLimitMs = 90_000
const releaseCheckMs = 1_000
/** The retry reads this many times as much, and at least so long: a stream may have only one key frame in 10 s, and is silent after 10 s. */
const retryFactor = 3
const leastRetryMs = 15_000
/** How often a probe is asked whether it has read by now. */
const unreadMs = 1_000
const usualBps = 4_000_000

interface Turn {
  readonly camera: NumberedCamera
  /** The first attempt, whose result is stored and counts unless the retry has another; null: this is the first. */
  readonly first: Finding | null
}

/**
 * Checks the waiting cameras of a report until `over` aborts with `stopped` or `noTime`, which is why the rest is not checked. On-demand sources are started
 * one at a time per server, each after the previous one has stopped. Rejects once all work has ended: with the first error, or because this console shuts
 * down, after whose next start the rest is checked.
 */
export async function runReport(
  { clock, slices, rows, cameras, keepPicture, signal }: RunDeps,
  report: DailyReport,
  settings: DailySettings,
  over: AbortSignal,
): Promise<void> {
  /** First attempts, and behind them retries. */
  const queue: Turn[] = rows.waiting(report.id).map((camera) => ({ camera, first: null }))
  /** Bit rates of the streams that are being read, as far as they are known. */
  const reading = new Map<NumberedCamera, number>()
  /** By server while a source is started for the check: those that wait until it has stopped. */
  const sleepers = new Map<string, Turn[]>()
  /** How many streams each server refused; none is counted for one that let a stream be read. */
  const refusals = new Map<string, number>()
  const isFirst = rows.isFirst(report.id)
  const broken = new AbortController()
  /** No more work is started. */
  const ended = AbortSignal.any([signal, over, broken.signal])
  /** Emits `change` when something was read, or some work has ended. */
  const works = new EventEmitter()
  let underWay = 0

  const begin = async (work: Promise<void>): Promise<void> => {
    underWay++
    await work.catch((error: unknown) => broken.abort(error))
    underWay--
    works.emit('change')
  }
  const pause = (ms: number) => sleep(clock, ms, ended).catch(() => {})

  const save = async (camera: NumberedCamera, finding: Finding): Promise<void> => {
    const { faults, why, measured, readAt, mayPass: _, ...found } = finding
    const before = rows.known(report.id, camera)
    const at = Math.round(clock.now())
    const picture = found.picture !== null && (await keepPicture(camera, at, found.picture)) ? found.picture : null
    const verdict = why !== null ? 'notChecked' : faults.length > 0 ? 'fault' : 'ok'
    const since = before?.faultSince ?? null
    rows.result(report.id, camera.no, {
      ...{ ...found, faults, why, measured, verdict, change: changeOf(verdict, before, isFirst) },
      faultSince: verdict === 'fault' ? (since ?? report.startedAt) : verdict === 'ok' ? null : since,
      checkedAt: why === null ? (readAt ?? at) : null,
      picture: picture && { at, widthPx: picture.widthPx, heightPx: picture.heightPx },
    })
  }

  /** Waits until a source that was started for reading has stopped, and then lets those go on that wait for it. */
  const release = async (camera: NumberedCamera): Promise<void> => {
    const readUntil = clock.now()
    for (let waitedMs = 0; waitedMs < releaseLimitMs && !ended.aborted && cameras.isHeld(camera, readUntil); waitedMs += releaseCheckMs)
      await pause(releaseCheckMs)
    queue.unshift(...(sleepers.get(camera.owner) ?? []))
    sleepers.delete(camera.owner)
  }
  /** Reads one camera, and puts it into the queue again where a retry may have another result. */
  const read = async ({ camera, first }: Turn, wakes: boolean): Promise<void> => {
    const firstMs = settings.lookSeconds * 1_000
    const checkMs = Math.min(first === null ? firstMs : Math.max(leastRetryMs, firstMs * retryFactor), dailyLimits.lookSeconds[1] * 1_000)
    const found = await cameras.read(camera, wakes, checkMs, settings, ended)
    const unread = found.faults.find((fault) => fault.kind === 'noPicture')?.why
    // An on-demand stream may have been on air when its turn came, but no longer when it could be read.
    if (unread?.kind === 'onDemand') void begin(readLater({ camera, first }))
    else if (found.measured !== null || !ended.aborted) {
      if (found.measured !== null) refusals.set(camera.owner, Number.NEGATIVE_INFINITY)
      else if (unread !== undefined && isCredentialRefusal(unread)) refusals.set(camera.owner, (refusals.get(camera.owner) ?? 0) + 1)
      await save(camera, { ...found, woken: wakes || first?.woken === true })
      // A source that was started stops before it is started again.
      if (first === null && found.mayPass) ((wakes ? sleepers.get(camera.owner) : undefined) ?? queue).push({ camera, first: found })
    }
    reading.delete(camera)
    works.emit('change')
    if (wakes) await release(camera)
  }
  const readByProbe = async (camera: NumberedCamera, plan: ProbeRead): Promise<void> => {
    await save(camera, await cameras.readByProbe(camera, plan, ended))
    reading.delete(camera)
  }
  /** Takes a camera up again after a while: when its probe may have read it, or its source may have stopped. */
  const readLater = async (turn: Turn): Promise<void> => {
    await pause(unreadMs)
    queue.push(turn)
  }

  /** Begins to read a camera, or saves what is known of it without reading. false: it has to wait until others were read. */
  const take = (turn: Turn): boolean => {
    const { camera, first } = turn
    const plan = cameras.decide(camera, report.wakes)
    const isRefusing = plan.kind === 'read' && (refusals.get(camera.owner) ?? 0) >= mostRefused
    // What was found first counts, unless it went off air since, or nothing could be read because the server did not answer.
    const isNews = plan.kind === 'known' && plan.found.faults.length > 0 && first?.faults.length === 0
    if (first !== null && !isNews && (plan.kind !== 'read' || isRefusing) && (first.measured !== null || !cameras.isSilent(camera.owner))) return true
    if (plan.kind === 'known' || isRefusing) void begin(save(camera, plan.kind === 'known' ? plan.found : skip('refusedBefore')))
    else if (plan.kind === 'unread') void begin(readLater(turn))
    else if (plan.kind === 'read' && plan.wakes && sleepers.has(camera.owner)) sleepers.get(camera.owner)?.push(turn)
    else {
      const rate = plan.kind === 'read' ? (plan.bitrateBps ?? usualBps) : 0
      const sumBps = [...reading.values()].reduce((sum, one) => sum + one, rate)
      // One is always read, whatever it has.
      if (reading.size > 0 && (reading.size >= settings.atOnce || sumBps > settings.megabitsPerSecond * 1e6)) return false
      reading.set(camera, rate)
      if (plan.kind === 'read') {
        if (plan.wakes) sleepers.set(camera.owner, [])
        void begin(read(turn, plan.wakes))
      } else void begin(readByProbe(camera, plan))
    }
    return true
  }

  const slice = slices.begin()
  try {
    while (!ended.aborted && (queue.length > 0 || underWay > 0)) {
      const turn = queue.shift()
      if (turn === undefined || !take(turn)) {
        if (turn !== undefined) queue.unshift(turn)
        await once(works, 'change', { signal: ended }).catch(() => {})
      }
      // Thousands of cameras may need no reading, or be read at once.
      if (slice.isOver()) await slice.next(signal)
    }
  } finally {
    while (underWay > 0) await once(works, 'change')
  }
  broken.signal.throwIfAborted()
  signal.throwIfAborted()
  for (const camera of rows.waiting(report.id)) {
    await save(camera, skip(over.reason === 'stopped' ? 'stopped' : 'noTime'))
    if (slice.isOver()) await slice.next(signal)
  }
}
