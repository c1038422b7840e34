import { type Clock, sleep } from '../../clock/clock.ts'
import type { Slice, Slices } from '../../clock/slices.ts'
import { createUnderWay } from '../../clock/underWay.ts'
import { type DailyFault, type DailyReport, type DailySettings, type DailySkip, dailyLimits } from '../../shared/dailyChecks.ts'
import type { Evidence } from '../../shared/media.ts'
import type { PictureReason } from '../../shared/previews.ts'
import {
  type Cameras,
  changedFaults,
  changeOf,
  dailyWatch,
  faultsOfCheck,
  gradeFaults,
  isRefused,
  isUndecided,
  type Look,
  mayPass,
  measuredOf,
  type ProbeRead,
  sizeOf,
  type ToRead,
} from './cameras.ts'
import type { CameraName, DailyRows, KnownCamera, NumberedCamera } from './dailyRows.ts'

interface RunDeps {
  readonly clock: Clock
  readonly slices: Slices
  readonly rows: DailyRows
  readonly cameras: Cameras
  /** Stores a picture of a camera; false: it could not be stored. */
  readonly keepPicture: (camera: CameraName, at: number, picture: Evidence) => Promise<boolean>
  /** Called with the reason why no stream can be read at all; null: one was read. */
  readonly onTools: (why: PictureReason | null) => void
  /** Aborts when this console shuts down. */
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

interface Checked {
  readonly faults: DailyFault[]
  readonly skip: DailySkip | null
  readonly look: Look | null
  /** The probe that read it; null: none did. */
  readonly probe: Pick<ProbeRead, 'id' | 'name' | 'readAt'> | null
}
const nothingRead = { faults: [], skip: null, look: null, probe: null } satisfies Checked

/** A camera that is to be read. */
interface Turn {
  readonly camera: NumberedCamera
  /** The first attempt, whose result is stored and counts unless the retry has another, with what was known before; null: this is the first. */
  readonly first: (Checked & { readonly known: KnownCamera | null }) | null
  /** Its source was started for it. */
  readonly woken: boolean
}

/** State of a report in progress. */
interface Run {
  readonly deps: RunDeps
  readonly report: DailyReport
  readonly settings: DailySettings
  /** No earlier report has ended. */
  readonly isFirst: boolean
  readonly room: Room
  /** How many streams each server refused; none is counted for one that let a stream be read. */
  readonly refusals: Map<string, number>
  /** The report has ended or an error occurred: no more work is started. */
  readonly over: AbortSignal
  /** First attempts, and then retries. */
  readonly queue: Turn[]
  readonly again: Turn[]
  /** On-demand sources waiting to be started, by server. For each server listed, `wakeInTurn` is running. */
  readonly sleepers: Map<string, Turn[]>
  /** Adds concurrent work to this run. */
  readonly begin: (work: Promise<void>) => void
}

/**
 * Checks the waiting cameras of a report until `over` aborts. `whyOver` then returns why the rest is not checked; null: this console is shutting down, and
 * they are checked after its next start. On-demand sources are started one at a time per server, each after the previous one has stopped.
 * Rejects with the first error once all work has ended.
 */
export async function runReport(
  deps: RunDeps,
  report: DailyReport,
  settings: DailySettings,
  over: AbortSignal,
  whyOver: () => DailySkip | null,
): Promise<void> {
  const { rows, slices } = deps
  const broken = new AbortController()
  const errors: unknown[] = []
  const underWay = createUnderWay()
  const run: Run = {
    ...{ deps, report, settings },
    isFirst: rows.isFirst(report.id),
    room: new Room(settings.atOnce, settings.megabitsPerSecond * 1e6),
    refusals: new Map(),
    over: AbortSignal.any([over, broken.signal]),
    queue: rows.waiting(report.id).map((camera) => ({ camera, first: null, woken: false })),
    again: [],
    sleepers: new Map(),
    begin: (work) => {
      const ended = work.catch((error: unknown) => {
        errors.push(error)
        broken.abort()
      })
      void underWay.track(ended)
    },
  }
  for (let each = 0; each < settings.atOnce; each++) run.begin(readInTurn(run))
  await underWay.settled()
  if (errors.length > 0) throw errors[0]
  const skip = whyOver()
  if (skip === null) return
  const slice = slices.begin()
  for (const camera of rows.waiting(report.id)) {
    await save(run, { camera, first: null, woken: false }, { ...nothingRead, skip })
    await yieldIfDue(deps, slice)
  }
}

/** How many streams are read at once, and what they may have together. In order of arrival; one is always let in, whatever it has. */
class Room {
  readonly #most: number
  readonly #mostBps: number
  readonly #waiting = new Map<() => void, number>()
  #inside = 0
  #sumBps = 0

  constructor(most: number, mostBps: number) {
    this.#most = most
    this.#mostBps = mostBps
  }
  /** true: it may be read, and is to `leave` afterwards. false: the signal aborted first. `bitrateBps`: what it has, as far as is known. */
  enter(bitrateBps: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(false)
      const giveUp = () => {
        this.#waiting.delete(begin)
        resolve(false)
      }
      const begin = () => {
        signal.removeEventListener('abort', giveUp)
        resolve(true)
      }
      signal.addEventListener('abort', giveUp, { once: true })
      this.#waiting.set(begin, bitrateBps)
      this.#letIn()
    })
  }
  leave(bitrateBps: number): void {
    this.#inside--
    this.#sumBps -= bitrateBps
    this.#letIn()
  }
  #letIn(): void {
    for (const [begin, bitrateBps] of this.#waiting) {
      if (this.#inside > 0 && (this.#inside >= this.#most || this.#sumBps + bitrateBps > this.#mostBps)) return
      this.#waiting.delete(begin)
      this.#inside++
      this.#sumBps += bitrateBps
      begin()
    }
  }
}

/** One worker that takes cameras from the queue: first all of them, then those to retry. */
async function readInTurn(run: Run): Promise<void> {
  const { queue, again, over, deps } = run
  let slice = deps.slices.begin()
  for (let turn = queue.shift() ?? again.shift(); turn !== undefined && !over.aborted; turn = queue.shift() ?? again.shift()) {
    const plan = await decide(run, turn)
    if (plan === null) await yieldIfDue(deps, slice)
    else if (plan.wakes) wakeLater(run, turn)
    else {
      await check(run, turn, plan, again)
      slice = deps.slices.begin()
    }
  }
}

/** Returns how to read a camera, or saves what is known of it without reading, and returns null. */
async function decide(run: Run, turn: Turn): Promise<ToRead | null> {
  const { deps, over } = run
  const { camera, first } = turn
  const decision = deps.cameras.decide(camera, run.report.wakes)
  switch (decision.kind) {
    case 'read':
      return decision
    case 'unread':
      run.begin(readLater(run, turn))
      return null
    case 'probeRead': {
      const { reading, gradeReasons, differences } = decision
      const faults = [...gradeFaults(gradeReasons), ...changedFaults(reading, knownOf(run, turn), differences)]
      const picture = await deps.cameras.pictureOf(camera, decision.id, over)
      deps.onTools(null)
      await save(run, turn, { ...nothingRead, faults, look: { reading, picture }, probe: decision })
      return null
    }
    case 'skip':
      if (decision.why.kind === 'noTools') deps.onTools(decision.why.why)
      // What was found first counts, unless nothing could be read because the server did not answer.
      if (first === null || (first.look === null && deps.cameras.isSilent(camera))) await save(run, turn, { ...nothingRead, skip: decision.why })
      return null
    case 'fault':
      if (first === null || first.faults.length === 0) await save(run, turn, { ...nothingRead, faults: [decision.fault] })
      return null
  }
}

/** Takes it up again when its probe may have read it. */
async function readLater(run: Run, turn: Turn): Promise<void> {
  await sleep(run.deps.clock, unreadMs, run.over).catch(() => {})
  run.queue.push(turn)
  await readInTurn(run)
}

/** Reads one camera. `waits`: queue for a retry. */
async function check(run: Run, turn: Turn, plan: ToRead, waits: Turn[]): Promise<void> {
  const { room, over, refusals, settings } = run
  const { camera, first } = turn
  const rate = plan.bitrateBps ?? usualBps
  if (!(await room.enter(rate, over))) return
  let checked: Checked
  try {
    if (camera.path !== '' && (refusals.get(camera.owner) ?? 0) >= mostRefused) {
      if (first === null) await save(run, turn, { ...nothingRead, skip: { kind: 'refusedBefore' } })
      return
    }
    const firstMs = settings.lookSeconds * 1_000
    const checkMs = first === null ? firstMs : Math.max(leastRetryMs, firstMs * retryFactor)
    checked = await read(run, turn, plan, Math.min(checkMs, dailyLimits.lookSeconds[1] * 1_000))
  } finally {
    room.leave(rate)
  }
  const { faults, look } = checked
  // An on-demand stream may have been on air when its turn came, but no longer when it could be read.
  if (faults.some((fault) => fault.kind === 'noPicture' && fault.why.kind === 'onDemand')) return void waits.push(turn)
  if (over.aborted && look === null) return
  if (look !== null) refusals.set(camera.owner, Number.NEGATIVE_INFINITY)
  else if (isRefused(faults)) refusals.set(camera.owner, (refusals.get(camera.owner) ?? 0) + 1)
  const woken = plan.wakes || turn.woken
  const known = knownOf(run, turn)
  await save(run, { ...turn, woken }, checked)
  const mayChange = mayPass(faults) || (look !== null && isUndecided(look.reading, run.deps.cameras.checks(camera, settings)))
  if (first === null && mayChange) waits.push({ ...turn, first: { ...checked, known }, woken })
}

async function read(run: Run, turn: Turn, plan: ToRead, checkMs: number): Promise<Checked> {
  const { deps, settings, over } = run
  const { cameras } = deps
  const { camera } = turn
  const checks = cameras.checks(camera, settings)
  const looked = await cameras.look(camera, { wake: plan.wakes, checkMs, content: dailyWatch(checks), signal: over })
  if (looked.ok) {
    deps.onTools(null)
    const { reading } = looked.value
    return { ...nothingRead, faults: [...faultsOfCheck(reading, checks, plan.wakes), ...changedFaults(reading, knownOf(run, turn), [])], look: looked.value }
  }
  const why = looked.error
  if (why.kind === 'noFfmpeg' || why.kind === 'unavailable') {
    deps.onTools(why)
    return { ...nothingRead, skip: { kind: 'noTools', why } }
  }
  if (cameras.isOffline()) return { ...nothingRead, skip: { kind: 'offline' } }
  if (cameras.isSilent(camera)) return { ...nothingRead, skip: { kind: 'serverDown' } }
  return { ...nothingRead, faults: [{ kind: 'noPicture', why }] }
}

function wakeLater(run: Run, turn: Turn): void {
  const { owner } = turn.camera
  const waits = run.sleepers.get(owner)
  if (waits !== undefined) return void waits.push(turn)
  const begun = [turn]
  run.sleepers.set(owner, begun)
  run.begin(wakeInTurn(run, owner, begun))
}

/** Checks the on-demand sources of one server one after the other. */
async function wakeInTurn(run: Run, owner: string, waits: Turn[]): Promise<void> {
  for (let turn = waits.shift(); turn !== undefined && !run.over.aborted; turn = waits.shift()) {
    const plan = await decide(run, turn)
    if (plan === null) continue
    await check(run, turn, plan, waits)
    if (plan.wakes) await untilReleased(run, turn.camera)
  }
  run.sleepers.delete(owner)
}

/** Waits until a source that was started for reading has stopped. */
async function untilReleased({ deps: { clock, cameras }, over }: Run, camera: NumberedCamera): Promise<void> {
  const readUntil = clock.now()
  for (let waitedMs = 0; waitedMs < releaseLimitMs && !over.aborted && cameras.isHeld(camera, readUntil); waitedMs += releaseCheckMs)
    await sleep(clock, releaseCheckMs, over).catch(() => {})
}

/** What was known of a camera before this report. */
function knownOf({ deps }: Run, { camera, first }: Turn): KnownCamera | null {
  return first === null ? deps.rows.known(camera) : first.known
}

async function save(run: Run, turn: Turn, { faults, skip, look, probe }: Checked): Promise<void> {
  const { report, isFirst } = run
  const { clock, rows, keepPicture } = run.deps
  const { camera, woken } = turn
  const known = knownOf(run, turn)
  const at = Math.round(clock.now())
  const kept = look !== null && look.picture !== null && (await keepPicture(camera, at, look.picture)) ? look.picture : null
  const verdict = skip !== null ? 'notChecked' : faults.length > 0 ? 'fault' : 'ok'
  const since = known?.faultSince ?? null
  const faultSince = verdict === 'fault' ? (since ?? report.startedAt) : verdict === 'ok' ? null : since
  const size = look === null ? null : sizeOf(look.reading)
  const picture = kept && { at, widthPx: kept.widthPx, heightPx: kept.heightPx }
  const checkedAt = skip === null ? (probe?.readAt ?? at) : null
  const found = { faults, why: skip, woken, probe: probe?.name ?? null, measured: look && measuredOf(look.reading), picture }
  rows.result(
    report.id,
    camera,
    { ...found, verdict, change: changeOf(verdict, known, isFirst), faultSince, checkedAt },
    { faultSince, widthPx: known?.widthPx ?? size?.widthPx ?? null, heightPx: known?.heightPx ?? size?.heightPx ?? null },
  )
}

/** Yields to the engine's other work: thousands of cameras may need no reading at all. */
async function yieldIfDue({ signal }: RunDeps, slice: Slice): Promise<void> {
  if (slice.isOver()) await slice.next(signal)
}
