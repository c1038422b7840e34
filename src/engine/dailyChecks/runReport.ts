import { type Clock, sleep } from '../../clock/clock.ts'
import { type DailyFault, type DailyReport, type DailySettings, type DailySkip, dailyLimits } from '../../shared/dailyChecks.ts'
import type { Evidence } from '../../shared/media.ts'
import type { Cameras, Look, Standing } from './cameras.ts'
import type { CameraName, CameraResult, DailyRows, KnownCamera, NumberedCamera } from './dailyRows.ts'
import { changeOf, dailyWatch, isRefused, judgeReading, mayPass, sizeOf } from './judgeCamera.ts'
import { createRoom } from './room.ts'

export interface RunDeps {
  readonly clock: Clock
  readonly rows: DailyRows
  readonly cameras: Cameras
  /** Keeps a picture of a camera; false: it could not be stored. */
  readonly keepPicture: (camera: CameraName, at: number, picture: Evidence) => Promise<boolean>
}

/** After so many streams that a server refused, and none that it let be read, it is not asked for others: it logs each failed sign-in. */
const mostRefused = 2
/** A source that was started is waited for until it ends, so long at most: an HLS muxer alone stays for a minute. */
const releaseLimitMs = 90_000
const releaseLookMs = 1_000
/** The second try reads so many times as much: a stream may have a key frame in 10 s only. */
const secondLook = 3
const usualBps = 4_000_000

type Looking = Extract<Standing, { readonly kind: 'look' }>
interface Checked {
  readonly faults: DailyFault[]
  readonly skip: DailySkip | null
  readonly look: Look | null
  readonly measured: CameraResult['measured']
}

/**
 * Checks the cameras of a report that wait for their turn, until `over` aborts: then `whyOver` says why the rest is not checked; null: this console ends, and
 * they are checked when it runs again. Sources on demand are started one at a time on each server, each of which has to end before the next one.
 */
export async function runReport(
  deps: RunDeps,
  report: DailyReport,
  settings: DailySettings,
  isFirst: boolean,
  over: AbortSignal,
  whyOver: () => DailySkip | null,
): Promise<void> {
  const { clock, rows, cameras } = deps
  const content = dailyWatch(settings)
  const room = createRoom({ most: settings.atOnce, mostBps: settings.megabitsPerSecond * 1e6 })
  const queue = rows.waiting(report.id)
  /** Those that wait for a second try. */
  const again: NumberedCamera[] = []
  /** What the first try found of them. */
  const firstFound = new Map<number, { readonly checked: Checked; readonly woken: boolean }>()
  const sleepers = new Map<string, NumberedCamera[]>()
  const lanes = new Set<Promise<void>>()
  let failure: { readonly error: unknown } | null = null as { readonly error: unknown } | null
  const refusals = new Map<string, { refused: number; hasAnswered: boolean }>()

  const save = async (camera: NumberedCamera, { faults, skip, look, measured }: Checked, woken: boolean): Promise<void> => {
    const known = rows.known(camera)
    const at = Math.round(clock.now())
    const kept = look !== null && look.picture !== null && (await deps.keepPicture(camera, at, look.picture)) ? look.picture : null
    const verdict = skip !== null ? 'notChecked' : faults.length > 0 ? 'fault' : 'ok'
    const since = known?.faultSince ?? null
    const faultSince = verdict === 'fault' ? (since ?? report.startedAt) : verdict === 'ok' ? null : since
    const size = look === null ? null : sizeOf(look.reading)
    const keeps: Omit<KnownCamera, keyof CameraName | 'name' | 'place'> = {
      faultSince,
      widthPx: known?.widthPx ?? size?.widthPx ?? null,
      heightPx: known?.heightPx ?? size?.heightPx ?? null,
    }
    const picture = kept && { at, widthPx: kept.widthPx, heightPx: kept.heightPx }
    const checkedAt = skip === null ? at : null
    rows.result(
      report.id,
      camera,
      { verdict, faults, why: skip, change: changeOf(verdict, known, isFirst), faultSince, checkedAt, woken, measured, picture },
      keeps,
    )
  }
  const saveSkip = (camera: NumberedCamera, skip: DailySkip) => save(camera, { faults: [], skip, look: null, measured: null }, false)

  const read = async (camera: NumberedCamera, standing: Looking, lookMs: number): Promise<Checked> => {
    const looked = await cameras.look(camera, { wake: standing.wakes, lookMs, content, signal: over })
    const nothing = { look: null, measured: null }
    if (looked.ok) {
      const how = { checks: settings.checks, lookMs, known: rows.known(camera), contract: standing.contract }
      return { ...judgeReading(looked.value.reading, how), skip: null, look: looked.value }
    }
    const why = looked.error
    if (why.kind === 'noFfmpeg' || why.kind === 'unavailable') return { ...nothing, faults: [], skip: { kind: 'noTools', why } }
    if (cameras.isOffline()) return { ...nothing, faults: [], skip: { kind: 'offline' } }
    return { ...nothing, faults: [{ kind: 'noPicture', why }], skip: null }
  }
  const noteRefusal = ({ owner }: CameraName, { faults }: Checked): void => {
    const of = refusals.get(owner) ?? { refused: 0, hasAnswered: false }
    if (isRefused(faults)) of.refused++
    else of.hasAnswered = true
    refusals.set(owner, of)
  }
  const isHalted = ({ owner, path }: CameraName): boolean => {
    const of = refusals.get(owner)
    return path !== '' && of !== undefined && !of.hasAnswered && of.refused >= mostRefused
  }
  /** One camera that is to be read. */
  const check = async (camera: NumberedCamera, standing: Looking, waits: NumberedCamera[]): Promise<void> => {
    const before = firstFound.get(camera.no)
    const rate = standing.bitrateBps ?? usualBps
    if (!(await room.enter(rate, over))) return
    let checked: Checked
    try {
      if (isHalted(camera)) return await saveSkip(camera, { kind: 'refusedBefore' })
      const lookMs = settings.lookSeconds * 1_000 * (before === undefined ? 1 : secondLook)
      checked = await read(camera, standing, Math.min(lookMs, dailyLimits.lookSeconds[1] * 1_000))
    } finally {
      room.leave(rate)
    }
    if (over.aborted && checked.look === null) return
    noteRefusal(camera, checked)
    const woken = standing.wakes || before?.woken === true
    if (before === undefined && checked.skip === null && mayPass(checked.faults)) {
      firstFound.set(camera.no, { checked, woken })
      waits.push(camera)
    } else {
      firstFound.delete(camera.no)
      await save(camera, checked, woken)
    }
  }
  /** What needs no reading is settled; null: it was. */
  const settle = async (camera: NumberedCamera): Promise<Looking | null> => {
    const standing = cameras.standing(camera, report.wakes)
    if (standing.kind === 'look') return standing
    const before = firstFound.get(camera.no)
    firstFound.delete(camera.no)
    // What was found before it went is more than that it went.
    if (before !== undefined) await save(camera, before.checked, before.woken)
    else if (standing.kind === 'skip') await saveSkip(camera, standing.why)
    else await save(camera, { faults: [standing.fault], skip: null, look: null, measured: null }, false)
    return null
  }
  const released = async (camera: NumberedCamera): Promise<void> => {
    const readUntil = clock.now()
    for (let waitedMs = 0; waitedMs < releaseLimitMs && !over.aborted && cameras.isHeld(camera, readUntil); waitedMs += releaseLookMs)
      await sleep(clock, releaseLookMs, over).catch(() => {})
  }
  /** The sources on demand of one server. */
  const lane = async (owner: string, waits: NumberedCamera[]): Promise<void> => {
    for (let camera = waits.shift(); camera !== undefined && !over.aborted; camera = waits.shift()) {
      const standing = await settle(camera)
      if (standing === null) continue
      await check(camera, standing, waits)
      if (standing.wakes) await released(camera)
    }
    sleepers.delete(owner)
  }
  const wakeLater = (camera: NumberedCamera): void => {
    const waits = sleepers.get(camera.owner)
    if (waits !== undefined) return void waits.push(camera)
    const begun = [camera]
    sleepers.set(camera.owner, begun)
    const running = lane(camera.owner, begun)
    lanes.add(running)
    const ended = () => void lanes.delete(running)
    running.then(ended, (error: unknown) => {
      failure ??= { error }
      ended()
    })
  }
  const worker = async (): Promise<void> => {
    for (let camera = queue.shift() ?? again.shift(); camera !== undefined && !over.aborted; camera = queue.shift() ?? again.shift()) {
      const standing = await settle(camera)
      if (standing === null) continue
      if (standing.wakes) wakeLater(camera)
      else await check(camera, standing, again)
    }
  }

  await Promise.all(Array.from({ length: settings.atOnce }, worker))
  while (lanes.size > 0) await Promise.allSettled(lanes)
  if (failure !== null) throw failure.error
  const why = whyOver()
  if (why === null) return
  for (const camera of rows.waiting(report.id)) {
    const found = firstFound.get(camera.no)
    if (found === undefined) await saveSkip(camera, why)
    else await save(camera, found.checked, found.woken)
  }
}
