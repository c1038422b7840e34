import { type Clock, sleep } from '../../clock/clock.ts'
import type { Slice, Slices } from '../../clock/slices.ts'
import { createUnderWay } from '../../clock/underWay.ts'
import { type DailyFault, type DailyReport, type DailySettings, type DailySkip, dailyLimits } from '../../shared/dailyChecks.ts'
import type { Evidence } from '../../shared/media.ts'
import type { PictureReason } from '../../shared/previews.ts'
import { changedFaults, changeOf, dailyWatch, faultsOfLook, gradeFaults, isRefused, isUndecided, mayPass, measuredOf, sizeOf } from './cameraFaults.ts'
import type { Cameras, Look, ProbeRead, ToRead } from './cameras.ts'
import type { CameraName, NumberedCamera } from './dailyCamera.ts'
import type { DailyRows } from './dailyRows.ts'
import { createRoom, type Room } from './room.ts'

export interface RunDeps {
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
export interface RunTask {
  readonly report: DailyReport
  readonly settings: DailySettings
  /** There is no earlier report that ended. */
  readonly isFirst: boolean
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
  /** A longer look may find more. */
  readonly isUndecided: boolean
}
const nothingRead = { faults: [], skip: null, look: null, probe: null, isUndecided: false } satisfies Checked

/** State of a report in progress. */
interface Run extends RunTask {
  readonly deps: RunDeps
  readonly room: Room
  readonly refusals: Refusals
  /** The report has ended or an error occurred: no more work is started. */
  readonly over: AbortSignal
  /** Cameras waiting for their first attempt, and for the retry. */
  readonly queue: NumberedCamera[]
  readonly again: NumberedCamera[]
  /** Result of the first attempt for cameras waiting for the retry, by number. */
  readonly firstFound: Map<number, { readonly checked: Checked; readonly woken: boolean }>
  /** On-demand sources waiting to be started, by server. For each server listed, `wakeInTurn` is running. */
  readonly sleepers: Map<string, NumberedCamera[]>
  /** Adds concurrent work to this run. */
  readonly begin: (work: Promise<void>) => void
}

/**
 * Checks the waiting cameras of a report until `over` aborts. `whyOver` then returns why the rest is not checked; null: this console is shutting down, and
 * they are checked after its next start. On-demand sources are started one at a time per server, each after the previous one has stopped.
 * Rejects with the first error once all work has ended.
 */
export async function runReport(deps: RunDeps, task: RunTask, over: AbortSignal, whyOver: () => DailySkip | null): Promise<void> {
  const { settings, report } = task
  const broken = new AbortController()
  const work = createRunWork(() => broken.abort())
  const run: Run = {
    ...task,
    deps,
    room: createRoom({ most: settings.atOnce, mostBps: settings.megabitsPerSecond * 1e6 }),
    refusals: createRefusals(),
    over: AbortSignal.any([over, broken.signal]),
    queue: deps.rows.waiting(report.id),
    again: [],
    firstFound: new Map(),
    sleepers: new Map(),
    begin: work.begin,
  }
  for (let each = 0; each < settings.atOnce; each++) run.begin(readInTurn(run))
  await work.ended()
  const why = whyOver()
  if (why !== null) await saveRest(run, why)
}

/** Tracks concurrent work. `onFailure` is called when any of it fails. */
function createRunWork(onFailure: () => void) {
  const underWay = createUnderWay()
  let failure: { readonly error: unknown } | null = null
  return {
    begin: (work: Promise<void>): void => {
      const ended = work.catch((error: unknown) => {
        failure ??= { error }
        onFailure()
      })
      void underWay.track(ended)
    },
    /** Resolves when all work has ended, including work started meanwhile; rejects with the first failure. */
    ended: async (): Promise<void> => {
      await underWay.settled()
      if (failure !== null) throw failure.error
    },
  }
}

interface Refusals {
  readonly note: (camera: CameraName, checked: Checked) => void
  /** Whether its server must not be asked any more. */
  readonly isHalted: (camera: CameraName) => boolean
}
function createRefusals(): Refusals {
  const byServer = new Map<string, { refused: number; letsRead: boolean }>()
  return {
    note: ({ owner }, { faults, look }) => {
      const of = byServer.get(owner) ?? { refused: 0, letsRead: false }
      if (isRefused(faults)) of.refused++
      if (look !== null) of.letsRead = true
      byServer.set(owner, of)
    },
    isHalted: ({ owner, path }) => {
      const of = byServer.get(owner)
      return path !== '' && of !== undefined && !of.letsRead && of.refused >= mostRefused
    },
  }
}

/** One worker that takes cameras from the queue: first all of them, then those to retry. */
async function readInTurn(run: Run): Promise<void> {
  const { queue, again, over, deps } = run
  let slice = deps.slices.begin()
  for (let camera = queue.shift() ?? again.shift(); camera !== undefined && !over.aborted; camera = queue.shift() ?? again.shift()) {
    const plan = await decide(run, camera)
    if (plan === null) await yieldIfDue(deps, slice)
    else if (plan.wakes) wakeLater(run, camera)
    else {
      await check(run, camera, plan, again)
      slice = deps.slices.begin()
    }
  }
}

/** Returns how to read a camera, or saves what is known of it without reading, and returns null. */
async function decide(run: Run, camera: NumberedCamera): Promise<ToRead | null> {
  const decision = run.deps.cameras.decide(camera, run.report.wakes)
  switch (decision.kind) {
    case 'read':
      return decision
    case 'unread':
      run.begin(readLater(run, camera))
      return null
    case 'probeRead':
      await takeReading(run, camera, decision)
      return null
    case 'skip':
      if (decision.why.kind === 'noTools') run.deps.onTools(decision.why.why)
      await saveUnread(run, camera, { skip: decision.why })
      return null
    case 'fault':
      await saveUnread(run, camera, { faults: [decision.fault] })
      return null
  }
}

/** Takes it up again when its probe may have read it. */
async function readLater(run: Run, camera: NumberedCamera): Promise<void> {
  await sleep(run.deps.clock, unreadMs, run.over).catch(() => {})
  run.queue.push(camera)
  await readInTurn(run)
}

/** Saves what its probe has read, as that probe judges it. */
async function takeReading(run: Run, camera: NumberedCamera, probe: ProbeRead): Promise<void> {
  const { deps, over } = run
  const { reading, gradeReasons, differences } = probe
  const faults = [...gradeFaults(gradeReasons), ...changedFaults(reading, deps.rows.known(camera), differences)]
  const picture = await deps.cameras.pictureOf(camera, probe.id, over)
  deps.onTools(null)
  run.firstFound.delete(camera.no)
  await save(run, camera, { ...nothingRead, faults, look: { reading, picture }, probe }, false)
}

/** Saves a camera that is not read now. What a first attempt found takes precedence over `why`, unless it was that its server did not answer. */
async function saveUnread(run: Run, camera: NumberedCamera, why: Partial<Checked>): Promise<void> {
  const before = run.firstFound.get(camera.no)
  run.firstFound.delete(camera.no)
  const first = before?.checked
  const counts = first !== undefined && first.faults.length > 0 && (first.look !== null || !run.deps.cameras.isSilent(camera))
  await save(run, camera, counts ? first : { ...nothingRead, ...why }, before?.woken === true)
}

/** Reads one camera. `waits`: queue for a retry. */
async function check(run: Run, camera: NumberedCamera, plan: ToRead, waits: NumberedCamera[]): Promise<void> {
  const { room, over, refusals, firstFound, settings } = run
  const before = firstFound.get(camera.no)
  const rate = plan.bitrateBps ?? usualBps
  if (!(await room.enter(rate, over))) return
  let checked: Checked
  try {
    if (refusals.isHalted(camera)) return await saveUnread(run, camera, { skip: { kind: 'refusedBefore' } })
    const firstMs = settings.lookSeconds * 1_000
    const lookMs = before === undefined ? firstMs : Math.max(leastRetryMs, firstMs * retryFactor)
    checked = await read(run, camera, plan, Math.min(lookMs, dailyLimits.lookSeconds[1] * 1_000))
  } finally {
    room.leave(rate)
  }
  if (fellAsleep(checked)) {
    waits.push(camera)
    return
  }
  if (over.aborted && checked.look === null) return
  refusals.note(camera, checked)
  const woken = plan.wakes || before?.woken === true
  if (before === undefined && (checked.isUndecided || mayPass(checked.faults))) {
    firstFound.set(camera.no, { checked, woken })
    waits.push(camera)
  } else {
    firstFound.delete(camera.no)
    await save(run, camera, checked, woken)
  }
}

async function read({ deps, settings, over }: Run, camera: NumberedCamera, plan: ToRead, lookMs: number): Promise<Checked> {
  const { cameras, rows } = deps
  const checks = cameras.checks(camera, settings)
  const looked = await cameras.look(camera, { wake: plan.wakes, lookMs, content: dailyWatch(checks), signal: over })
  if (looked.ok) {
    deps.onTools(null)
    const { reading } = looked.value
    const faults = [...faultsOfLook(reading, checks, plan.wakes), ...changedFaults(reading, rows.known(camera), [])]
    return { ...nothingRead, faults, look: looked.value, isUndecided: isUndecided(reading, checks) }
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

/** Whether the on-demand stream was on air when its turn came, but no longer when it could be read. */
const fellAsleep = ({ faults }: Checked): boolean => faults.some((fault) => fault.kind === 'noPicture' && fault.why.kind === 'onDemand')

function wakeLater(run: Run, camera: NumberedCamera): void {
  const waits = run.sleepers.get(camera.owner)
  if (waits !== undefined) return void waits.push(camera)
  const begun = [camera]
  run.sleepers.set(camera.owner, begun)
  run.begin(wakeInTurn(run, camera.owner, begun))
}

/** Checks the on-demand sources of one server one after the other. */
async function wakeInTurn(run: Run, owner: string, waits: NumberedCamera[]): Promise<void> {
  for (let camera = waits.shift(); camera !== undefined && !run.over.aborted; camera = waits.shift()) {
    const plan = await decide(run, camera)
    if (plan === null) continue
    await check(run, camera, plan, waits)
    if (plan.wakes) await untilReleased(run, camera)
  }
  run.sleepers.delete(owner)
}

/** Waits until a source that was started for reading has stopped. */
async function untilReleased({ deps: { clock, cameras }, over }: Run, camera: NumberedCamera): Promise<void> {
  const readUntil = clock.now()
  for (let waitedMs = 0; waitedMs < releaseLimitMs && !over.aborted && cameras.isHeld(camera, readUntil); waitedMs += releaseCheckMs)
    await sleep(clock, releaseCheckMs, over).catch(() => {})
}

/** Saves the cameras that were not reached, and those that were still to be retried. */
async function saveRest(run: Run, skip: DailySkip): Promise<void> {
  const { rows, slices } = run.deps
  const slice = slices.begin()
  for (const camera of rows.waiting(run.report.id)) {
    await saveUnread(run, camera, { skip })
    await yieldIfDue(run.deps, slice)
  }
}

async function save({ deps, report, isFirst }: Run, camera: NumberedCamera, { faults, skip, look, probe }: Checked, woken: boolean): Promise<void> {
  const { clock, rows, keepPicture } = deps
  const known = rows.known(camera)
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
