import { type Clock, TimeLimitError, timeLimit } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import { createUnderWay, type UnderWay } from '../../clock/underWay.ts'
import type { Evidence } from '../../shared/media.ts'
import type { PictureReason } from '../../shared/previews.ts'
import { mostEvidence } from '../../shared/probes.ts'
import { messageOf, type Result } from '../../shared/result.ts'
import {
  type KeptPicture,
  type SnapshotSettings,
  type SnapshotStatus,
  snapshotSettingsSchema,
  snapshotWidthPx,
  type TakenSnapshot,
} from '../../shared/snapshots.ts'
import { api } from '../api.ts'
import type { Log } from '../ports.ts'
import { storedJson } from '../storage/storedJson.ts'
import type { SnapshotFiles } from './snapshotFiles.ts'
import { createSnapshotHalts, createSnapshotTurns, type StreamName, type Turn, type TurnsDeps } from './snapshotTurns.ts'

/** Period over which costs are reported, ms. */
const spanMs = 60_000
/** After a pause, the unused budget of at most this time may be spent at once, ms. */
const mostSavedMs = 5_000
/** Maximum time by which one reading delays the next, ms, however much it read. */
const mostOwedMs = 20_000

/** All readings since the console began. */
export interface SnapshotTotals {
  readonly taken: number
  readonly failed: number
}

/** Tracks what snapshots cost the servers, and whether another one may be read now. Times are monotonic, ms. */
function createSnapshotBudget(settings: () => Pick<SnapshotSettings, 'megabitsPerSecond' | 'atOnce'>) {
  let running = 0
  /** From this time on, everything read so far is within the budget. */
  let paidAt = Number.NEGATIVE_INFINITY
  let totals: SnapshotTotals = { taken: 0, failed: 0 }
  let spent: { readonly at: number; readonly tookMs: number; readonly bytes: number; readonly isTaken: boolean }[] = []
  return {
    mayBegin: (now: number): boolean => running < settings().atOnce && paidAt <= now,
    begun: (): void => void running++,
    ended: (): void => void running--,
    spent: (tookMs: number, bytes: number, isTaken: boolean, now: number): void => {
      const ms = Math.min(mostOwedMs, (bytes * 8) / (settings().megabitsPerSecond * 1_000))
      totals = { taken: totals.taken + Number(isTaken), failed: totals.failed + Number(!isTaken) }
      paidAt = Math.max(paidAt, now - mostSavedMs) + ms
      spent = [...spent.filter(({ at }) => at > now - spanMs), { at: now, tookMs, bytes, isTaken }]
    },
    totals: () => totals,
    cost: (now: number): SnapshotStatus['cost'] => {
      const recent = spent.filter(({ at }) => at > now - spanMs)
      const sum = (of: (one: (typeof recent)[number]) => number) => recent.reduce((all, one) => all + of(one), 0)
      return {
        readers: sum(({ tookMs }) => tookMs) / spanMs,
        bitsPerSecond: (sum(({ bytes }) => bytes) * 8_000) / spanMs,
        taken: sum(({ isTaken }) => Number(isTaken)),
      }
    },
  }
}

/** After a failure of the disk, nothing is written for this time, ms. */
const diskWaitMs = 30_000

/** Runs functions that write pictures. A failure of the disk is logged, and writing resumes later; pictures of that time are missing. */
function createSnapshotDisk({ clock, log }: { readonly clock: Pick<Clock, 'monotonic'>; readonly log: Log }) {
  /** Why pictures can't be stored, and when to try again (monotonic). */
  let trouble: { readonly words: string; readonly until: number } | null = null
  return {
    run: async (work: () => Promise<void>): Promise<void> => {
      try {
        await work()
        trouble = null
      } catch (error) {
        if (trouble === null) log.error({ error: messageOf(error) }, 'snapshots cannot be stored')
        trouble = { words: messageOf(error), until: clock.monotonic() + diskWaitMs }
      }
    },
    /** Whether nothing should be written now (monotonic). */
    isWaiting: (now: number): boolean => trouble !== null && now < trouble.until,
    /** Why pictures can't be stored; null: the last attempt succeeded. */
    trouble: (): string | null => trouble?.words ?? null,
  }
}
type SnapshotDisk = ReturnType<typeof createSnapshotDisk>

/** Reads one picture of a stream. Never rejects. `bytesRead`: from the network; null: not reported by the tool. */
export type ReadStream = (
  serverId: string,
  path: string,
  options: { readonly widthPx: number; readonly isLowPriority: boolean; readonly signal: AbortSignal },
) => Promise<Result<{ readonly jpeg: Uint8Array; readonly widthPx: number; readonly heightPx: number; readonly bytesRead: number | null }, PictureReason>>

interface TakingDeps extends Pick<TurnsDeps, 'server'> {
  readonly clock: Clock
  readonly log: Log
  readonly files: SnapshotFiles
  readonly read: ReadStream
  /** Why a stream can't be read now, without querying its server: off air, or no such stream; null: it can be read. */
  readonly whyNot: (serverId: string, path: string) => PictureReason | null
  readonly isSlate: (serverId: string, path: string) => boolean
  /** Incoming bit rate, bit/s; null: unknown. */
  readonly bitrateOf: (serverId: string, path: string) => number | null
  readonly signal: AbortSignal
}

interface TakingParts {
  readonly turns: ReturnType<typeof createSnapshotTurns>
  readonly budget: ReturnType<typeof createSnapshotBudget>
  readonly halts: ReturnType<typeof createSnapshotHalts>
  readonly disk: SnapshotDisk
  /** Registers work to be awaited on shutdown. */
  readonly track: UnderWay['track']
}

/** Longer than trying two ways to read a stream takes, ms. */
const readLimitMs = 20_000
/** If the tools to read pictures are missing, time until the next check for them, ms. */
const toolsWaitMs = 300_000

/** Reads streams and stores their pictures: in turns within the budget, and immediately on request. */
function createSnapshotTaking(deps: TakingDeps, { turns, budget, halts, disk, track }: TakingParts) {
  const { clock, log, read, signal } = deps
  /** Requested snapshots in progress, shared by all who request the same. */
  const byHand = new Map<string, Promise<TakenSnapshot>>()
  /** Why no picture can be read at all, and when to retry (monotonic). */
  let broken: { readonly why: PictureReason; readonly until: number } | null = null

  const takeOne = async (
    { serverId, path }: StreamName,
    { lasts, isByHand }: { readonly lasts: boolean; readonly isByHand: boolean },
  ): Promise<TakenSnapshot> => {
    using limit = timeLimit(clock, readLimitMs, signal)
    const began = clock.monotonic()
    const isSlate = deps.isSlate(serverId, path)
    const taken = await read(serverId, path, { widthPx: snapshotWidthPx, isLowPriority: !isByHand, signal: limit.signal })
    const tookMs = clock.monotonic() - began
    // If the number of bytes is unknown, assume the whole stream was read, or nothing if it was not even opened.
    const streamed = ((deps.bitrateOf(serverId, path) ?? 0) * tookMs) / 8_000
    const bytes = taken.ok ? (taken.value.bytesRead ?? streamed) : hasRead(taken.error) ? streamed : 0
    budget.spent(tookMs, bytes, taken.ok, clock.monotonic())
    if (!taken.ok) {
      const timedOut = taken.error.kind === 'cancelled' && limit.signal.reason instanceof TimeLimitError
      return { picture: null, why: timedOut ? { kind: 'timedOut', limitMs: readLimitMs } : taken.error }
    }
    const { jpeg, widthPx, heightPx } = taken.value
    const at = clock.now()
    // The server may have been removed meanwhile, with all its pictures.
    if (deps.server(serverId) !== null) await disk.run(() => deps.files.add({ ownerId: serverId, path, at, jpeg, widthPx, heightPx, isSlate, lasts }))
    return { picture: { at, bytes: jpeg.length, widthPx, heightPx, isSlate, jpeg: Buffer.from(jpeg).toString('base64') }, why: null }
  }
  const takeTurn = async (turn: Turn): Promise<void> => {
    if (deps.whyNot(turn.serverId, turn.path) !== null) return turns.done(turn, clock.monotonic(), true)
    const taken = await takeOne(turn, { lasts: turn.isUrgent, isByHand: false })
    turns.done(turn, clock.monotonic(), taken.picture !== null)
    if (signal.aborted || deps.server(turn.serverId) === null) return
    if (taken.picture !== null) {
      broken = null
      halts.taken(turn)
      return
    }
    const { why } = taken
    if (why.kind === 'noFfmpeg' || why.kind === 'unavailable') broken = { why, until: clock.monotonic() + toolsWaitMs }
    else halts.failed(turn, why, turn.dueAt)
  }
  const takeByHand = async (stream: StreamName): Promise<TakenSnapshot> => {
    const taken = await takeOne(stream, { lasts: false, isByHand: true })
    if (taken.picture !== null) {
      broken = null
      halts.taken(stream)
      turns.taken(stream.serverId, stream.path, clock.monotonic())
    }
    return taken
  }
  /** Starts as many turns as currently allowed. */
  const begin = (): void => {
    for (;;) {
      const now = clock.monotonic()
      if (signal.aborted || (broken !== null && now < broken.until) || disk.isWaiting(now)) return
      if (!budget.mayBegin(now)) return
      const turn = turns.next(now, halts.isHalted)
      if (turn === null) return
      budget.begun()
      void track(takeTurn(turn))
        .catch((error: unknown) => {
          turns.done(turn, clock.monotonic(), false)
          log.error({ error }, 'a snapshot failed through a bug')
        })
        .finally(() => {
          budget.ended()
          begin()
        })
    }
  }
  return {
    begin,
    take: async ({ serverId, path }: StreamName): Promise<TakenSnapshot> => {
      const why = deps.whyNot(serverId, path)
      if (why !== null) return { picture: null, why }
      const key = JSON.stringify([serverId, path])
      const taking = byHand.get(key) ?? track(takeByHand({ serverId, path }).finally(() => byHand.delete(key)))
      byHand.set(key, taking)
      return await taking
    },
    /** Why no picture can be read at all; null: pictures can be read. */
    why: (): PictureReason | null => broken?.why ?? null,
  }
}

/** Whether a stream was read, although it yielded no picture. */
const hasRead = ({ kind }: PictureReason): boolean =>
  kind === 'timedOut' || kind === 'undecodable' || kind === 'decoderFailed' || kind === 'noVideo' || kind === 'crashed'

export interface SnapshotsDeps extends Omit<TurnsDeps, 'settings' | 'ageOf'>, Omit<TakingDeps, 'read'> {
  /** null: this console can't read pictures; kept ones are shown. */
  readonly read: ReadStream | null
  /** The address and credentials of a server as one text, which changes with any of them. It stays in this process. */
  readonly accessKey: (serverId: string) => string
  readonly kept: { readonly read: (key: string) => string | null; readonly write: (key: string, value: string) => void }
  /** Settings of the configuration file; those entered in the console take precedence. */
  readonly configured: Partial<SnapshotSettings>
  /** A bundle is shown: nothing is deleted. */
  readonly isBundle: boolean
}

interface StreamSpan extends StreamName {
  readonly from: number
  readonly to: number
}

const settingsKey = 'snapshots'
const tickMs = 1_000
/** Maximum alarms waiting for their last picture to be marked; of further ones it is not kept longer than others. */
const mostOnsets = 10_000
const mostOnsetsATick = 500
const clearEveryMs = 600_000
const noReader: PictureReason = { kind: 'unavailable', because: 'noProcess' }

/** Still pictures of live streams, taken in turns and kept. */
export function createSnapshots(deps: SnapshotsDeps) {
  const { clock, log, files, read } = deps
  const ended = new AbortController()
  const signal = AbortSignal.any([ended.signal, deps.signal])
  let settings = snapshotSettingsSchema.safeParse(storedJson(deps.kept.read(settingsKey))).data ?? snapshotSettingsSchema.parse(deps.configured)
  const ageOf = (serverId: string, path: string) => {
    const at = files.newestAt(serverId, path)
    return at === null ? null : clock.now() - at
  }
  const turns = createSnapshotTurns({ ...deps, settings: () => settings, ageOf })
  const budget = createSnapshotBudget(() => settings)
  const halts = createSnapshotHalts({ clock, accessKey: deps.accessKey, nameOf: (id) => deps.server(id)?.name ?? '' })
  const disk = createSnapshotDisk({ clock, log })
  const { track, settled } = createUnderWay()
  /** Alarms whose last picture is still to be marked for keeping. */
  const onsets: { readonly serverId: string; readonly path: string; readonly at: number }[] = []

  const taking = read && createSnapshotTaking({ ...deps, read, signal }, { turns, budget, halts, disk, track })

  const loops: Promise<void>[] = []
  if (!deps.isBundle)
    loops.push(
      every(clock)(
        {
          intervalMs: clearEveryMs,
          timeoutMs: null,
          seed: 'snapshots kept',
          signal,
          onBug: (error) => log.error({ error }, 'old snapshots cannot be deleted'),
        },
        async () => {
          await track(
            disk.run(async () => {
              await files.clear(settings, clock.now(), signal)
              await files.sweep(clock.now())
            }),
          )
        },
      ),
    )
  if (taking !== null)
    loops.push(
      every(clock)(
        { intervalMs: tickMs, timeoutMs: null, seed: 'snapshots', signal, onBug: (error) => log.error({ error }, 'no snapshots are taken') },
        async () => {
          const now = onsets.splice(0, mostOnsetsATick)
          if (now.length > 0) await disk.run(async () => files.makeLast(now))
          taking.begin()
        },
      ),
    )

  const keepPicture = async (ownerId: string, path: string, at: number, { jpeg, widthPx, heightPx }: Evidence): Promise<boolean> => {
    let isKept = false
    const add = async () => {
      await files.add({ ownerId, path, at, jpeg, widthPx, heightPx, isSlate: false, lasts: true })
      isKept = true
    }
    await track(disk.run(add))
    return isKept
  }
  const why = () => (taking === null ? noReader : taking.why())
  const status = (): SnapshotStatus => {
    const now = clock.monotonic()
    return {
      settings,
      why: why(),
      ...turns.counts(),
      cost: budget.cost(now),
      halts: halts.list(now, ({ serverId, path }) => deps.whyNot(serverId, path) === null),
      kept: { ...files.kept(), trouble: disk.trouble() },
    }
  }
  return {
    /** Why no stream can be read; null: they can, or none is due. Does not access the disk. */
    cannotRead: (): PictureReason | null => (turns.counts().streams > 0 ? why() : null),
    list: ({ serverId, path, from, to, points }: StreamSpan & { readonly points: number }) => files.list(serverId, path, from, to, points),
    newest: ({ streams, at }: { readonly streams: readonly StreamName[]; readonly at?: number | undefined }) => {
      if (at === undefined) for (const { serverId, path } of streams) turns.viewed(serverId, path, clock.monotonic())
      return oneByOne(streams, ({ serverId, path }) => files.newest(serverId, path, at ?? clock.now()))
    },
    pictures: ({ serverId, path, at }: StreamName & { readonly at: readonly number[] }) => oneByOne(at, (one) => files.at(serverId, path, one)),
    around: async ({ serverId, path, at }: StreamName & { readonly at: number }) => ({
      before: await files.newest(serverId, path, at - 1),
      after: await files.first(serverId, path, at),
    }),
    take: async (stream: StreamName): Promise<TakenSnapshot> => taking?.take(stream) ?? { picture: null, why: noReader },
    status,
    totals: budget.totals,
    keep: (changed: SnapshotSettings): SnapshotStatus => {
      deps.kept.write(settingsKey, JSON.stringify(changed))
      settings = changed
      turns.settingsChanged()
      void track(disk.run(() => files.clear(settings, clock.now(), signal)))
      return status()
    },
    /** Call when an alarm of a stream begins: its last picture is kept with it, and the next one is taken at once. */
    alarmBegan: (serverId: string, path: string, at: number) => {
      if (onsets.length < mostOnsets) onsets.push({ serverId, path, at })
      turns.hurry(serverId, path, clock.monotonic())
    },
    /** Stores a picture in which a probe found something. */
    keepEvidence: (probeId: string, at: number, picture: Evidence): void => void keepPicture(probeId, '', at, picture),
    /** Stores a picture of a stream or probe for as long as those of alarms; false: the disk refused it. */
    keepPicture,
    pictureAt: (ownerId: string, path: string, at: number): Promise<KeptPicture | null> => files.at(ownerId, path, at),
    bundled: files.bundled,
    /** Pictures of a probe, newest first, at most `mostEvidence`. */
    evidence: ({ id, from, to }: { readonly id: string; readonly from: number; readonly to: number }) => evidenceOf(files, id, from, to),
    forget: (serverId: string) => {
      turns.forget(serverId)
      halts.forget(serverId)
      void track(disk.run(() => files.forget(serverId, signal)))
    },
    settled,
    [Symbol.asyncDispose]: async () => {
      ended.abort()
      await Promise.allSettled([...loops, settled()])
    },
  }
}
export type Snapshots = ReturnType<typeof createSnapshots>

/** One after the other, so that few files are open at once. */
async function oneByOne<Asked>(all: readonly Asked[], read: (one: Asked) => Promise<KeptPicture | null>): Promise<(KeptPicture | null)[]> {
  const found: (KeptPicture | null)[] = []
  for (const one of all) found.push(await read(one))
  return found
}

/** The newest pictures of a probe in a period. */
async function evidenceOf(files: SnapshotFiles, probeId: string, from: number, to: number): Promise<KeptPicture[]> {
  const found: KeptPicture[] = []
  for (let at = to; found.length < mostEvidence; ) {
    const picture = await files.newest(probeId, '', at)
    if (picture === null || picture.at < from) break
    found.push(picture)
    at = picture.at - 1
  }
  return found
}

export function snapshotsRouter(snapshots: Snapshots) {
  return {
    list: api.snapshots.list.handler(({ input }) => snapshots.list(input)),
    newest: api.snapshots.newest.handler(({ input }) => snapshots.newest(input)),
    pictures: api.snapshots.pictures.handler(({ input }) => snapshots.pictures(input)),
    around: api.snapshots.around.handler(({ input }) => snapshots.around(input)),
    take: api.snapshots.take.handler(({ input }) => snapshots.take(input)),
    status: api.snapshots.status.handler(() => snapshots.status()),
    keep: api.snapshots.keep.handler(({ input }) => snapshots.keep(input)),
  }
}
