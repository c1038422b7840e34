import { type Clock, TimeLimitError, timeLimit } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import type { Evidence } from '../../shared/media.ts'
import { messageOf } from '../../shared/messageOf.ts'
import type { PictureReason } from '../../shared/previews.ts'
import { mostEvidence } from '../../shared/probes.ts'
import type { Result } from '../../shared/result.ts'
import {
  type KeptPicture,
  type SnapshotFacts,
  type SnapshotSettings,
  type SnapshotStatus,
  snapshotSettingsSchema,
  snapshotWidthPx,
  type TakenSnapshot,
} from '../../shared/snapshots.ts'
import type { Log } from '../ports.ts'
import { storedJson } from '../storage/storedJson.ts'
import { createSnapshotBudget, type SnapshotTotals } from './snapshotBudget.ts'
import type { SnapshotFiles } from './snapshotFiles.ts'
import { createSnapshotHalts } from './snapshotHalts.ts'
import { createSnapshotTurns, type Turn, type TurnsDeps } from './snapshotTurns.ts'

/** Reads one picture of a stream. Never rejects. `bytesRead`: from the network; null: the tool can't tell. */
export type ReadStream = (
  serverId: string,
  path: string,
  options: { readonly widthPx: number; readonly wake: false; readonly isLowPriority: boolean; readonly signal: AbortSignal },
) => Promise<Result<{ readonly jpeg: Uint8Array; readonly widthPx: number; readonly heightPx: number; readonly bytesRead: number | null }, PictureReason>>

export interface SnapshotsDeps extends Omit<TurnsDeps, 'settings' | 'ageOf'> {
  readonly clock: Clock
  readonly log: Log
  readonly files: SnapshotFiles
  /** null: this console can't read pictures; kept ones are shown. */
  readonly read: ReadStream | null
  /** Why a stream can't be read now, without asking its server: it is off the air, or there is none; null: it can. */
  readonly whyNot: (serverId: string, path: string) => PictureReason | null
  readonly isSlate: (serverId: string, path: string) => boolean
  /** What its publisher sends, bit/s; null: not known. */
  readonly bitrateOf: (serverId: string, path: string) => number | null
  /** The address and credentials of a server as one text, which changes with any of them. It stays in this process. */
  readonly accessKey: (serverId: string) => string
  readonly kept: { readonly read: (key: string) => string | null; readonly write: (key: string, value: string) => void }
  /** Those of the configuration file, unless others were entered in the console. */
  readonly configured: Partial<SnapshotSettings>
  /** None is deleted: a bundle is shown. */
  readonly isBundle: boolean
  readonly signal: AbortSignal
}

/** Still pictures of live streams, taken in turns and kept. */
export interface Snapshots {
  readonly list: (input: StreamSpan & { readonly points: number }) => { readonly snapshots: SnapshotFacts[]; readonly total: number }
  readonly newest: (input: { readonly streams: readonly StreamName[]; readonly at?: number | undefined }) => Promise<(KeptPicture | null)[]>
  readonly pictures: (input: StreamName & { readonly at: readonly number[] }) => Promise<(KeptPicture | null)[]>
  readonly around: (input: StreamName & { readonly at: number }) => Promise<{ readonly before: KeptPicture | null; readonly after: KeptPicture | null }>
  readonly take: (input: StreamName) => Promise<TakenSnapshot>
  readonly status: () => SnapshotStatus
  /** Why none of the streams that are due can be read; null: they can, or there are none. Asks no disk. */
  readonly cannotRead: () => PictureReason | null
  readonly totals: () => SnapshotTotals
  readonly keep: (settings: SnapshotSettings) => SnapshotStatus
  /** An alarm of a stream began: its last picture is kept with it, and the next is taken at once. */
  readonly alarmBegan: (serverId: string, path: string, at: number) => void
  /** Keeps a picture that a probe found something in. */
  readonly keepEvidence: (probeId: string, at: number, evidence: Evidence) => void
  /** Keeps a picture of a stream or probe for as long as those of alarms; false: the disk does not take it. */
  readonly keepPicture: (ownerId: string, path: string, at: number, picture: Evidence) => Promise<boolean>
  readonly pictureAt: (ownerId: string, path: string, at: number) => Promise<KeptPicture | null>
  /** Those of a probe, newest first, at most `mostEvidence`. */
  readonly evidence: (input: { readonly id: string; readonly from: number; readonly to: number }) => Promise<KeptPicture[]>
  readonly forget: (serverId: string) => void
  readonly settled: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}
interface StreamName {
  readonly serverId: string
  readonly path: string
}
interface StreamSpan extends StreamName {
  readonly from: number
  readonly to: number
}

const settingsKey = 'snapshots'
const tickMs = 1_000
/** Of more alarms at once than these, the last picture before is not kept for longer than others. */
const mostOnsets = 10_000
const mostOnsetsATick = 500
/** Longer than two ways to read it take. */
const readLimitMs = 20_000
const clearEveryMs = 600_000
/** What a full disk refused is tried again after this time, ms. */
const diskWaitMs = 30_000
/** Without tools to read pictures, they are looked for again after this time, ms. */
const toolsWaitMs = 300_000

export function createSnapshots(deps: SnapshotsDeps): Snapshots {
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
  const underWay = new Set<Promise<unknown>>()
  /** Alarms whose last picture before them is to be kept with them. */
  const onsets: { readonly serverId: string; readonly path: string; readonly at: number }[] = []
  /** Those that are taken by hand now, for all who ask for the same. */
  const byHand = new Map<string, Promise<TakenSnapshot>>()
  /** Why none can be read at all, and when that is tried again (monotonic). */
  let broken: { readonly why: PictureReason; readonly until: number } | null = null
  /** Why none can be stored, and when that is tried again (monotonic). */
  let trouble: { readonly words: string; readonly until: number } | null = null

  const track = <T>(work: Promise<T>): Promise<T> => {
    underWay.add(work)
    const done = () => void underWay.delete(work)
    work.then(done, done)
    return work
  }
  /** What fails of the disk is said and tried again later; the pictures of that time are missing. */
  const onDisk = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
      trouble = null
    } catch (error) {
      if (trouble === null) log.error({ error: messageOf(error) }, 'snapshots cannot be stored')
      trouble = { words: messageOf(error), until: clock.monotonic() + diskWaitMs }
    }
  }

  /** Reads a stream and keeps the picture. */
  const takeOne = async (
    reader: ReadStream,
    { serverId, path }: StreamName,
    { lasts, isByHand }: { readonly lasts: boolean; readonly isByHand: boolean },
  ): Promise<TakenSnapshot> => {
    using limit = timeLimit(clock, readLimitMs, signal)
    const began = clock.monotonic()
    const isSlate = deps.isSlate(serverId, path)
    const taken = await reader(serverId, path, { widthPx: snapshotWidthPx, wake: false, isLowPriority: !isByHand, signal: limit.signal })
    const tookMs = clock.monotonic() - began
    // Where that is not known, at most the whole stream was read; nothing where it was not even opened.
    const streamed = ((deps.bitrateOf(serverId, path) ?? 0) * tookMs) / 8_000
    const bytes = taken.ok ? (taken.value.bytesRead ?? streamed) : hasRead(taken.error) ? streamed : 0
    budget.spent(tookMs, bytes, taken.ok, clock.monotonic())
    if (!taken.ok) {
      const timedOut = taken.error.kind === 'cancelled' && limit.signal.reason instanceof TimeLimitError
      return { picture: null, why: timedOut ? { kind: 'timedOut', limitMs: readLimitMs } : taken.error }
    }
    const { jpeg, widthPx, heightPx } = taken.value
    const at = clock.now()
    // Its server may have been removed meanwhile, with all its pictures.
    if (deps.server(serverId) !== null) await onDisk(() => files.add({ ownerId: serverId, path, at, jpeg, widthPx, heightPx, isSlate, lasts }))
    return { picture: { at, bytes: jpeg.length, widthPx, heightPx, isSlate, jpeg: Buffer.from(jpeg).toString('base64') }, why: null }
  }
  const takeTurn = async (reader: ReadStream, turn: Turn): Promise<void> => {
    if (deps.whyNot(turn.serverId, turn.path) !== null) return turns.done(turn, clock.monotonic(), true)
    const taken = await takeOne(reader, turn, { lasts: turn.isUrgent, isByHand: false })
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
  const takeByHand = async (reader: ReadStream, stream: StreamName): Promise<TakenSnapshot> => {
    const taken = await takeOne(reader, stream, { lasts: false, isByHand: true })
    if (taken.picture !== null) {
      broken = null
      halts.taken(stream)
      turns.taken(stream.serverId, stream.path, clock.monotonic())
    }
    return taken
  }
  /** Begins as many as may be read now. */
  const begin = (reader: ReadStream): void => {
    for (;;) {
      const now = clock.monotonic()
      if (signal.aborted || (broken !== null && now < broken.until) || (trouble !== null && now < trouble.until)) return
      if (!budget.mayBegin(now)) return
      const turn = turns.next(now, halts.isHalted)
      if (turn === null) return
      budget.begun()
      void track(takeTurn(reader, turn))
        .catch((error: unknown) => {
          turns.done(turn, clock.monotonic(), false)
          log.error({ error }, 'a snapshot failed through a bug')
        })
        .finally(() => {
          budget.ended()
          begin(reader)
        })
    }
  }
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
            onDisk(async () => {
              await files.clear(settings, clock.now(), signal)
              await files.sweep(clock.now())
            }),
          )
        },
      ),
    )
  if (read !== null)
    loops.push(
      every(clock)(
        { intervalMs: tickMs, timeoutMs: null, seed: 'snapshots', signal, onBug: (error) => log.error({ error }, 'no snapshots are taken') },
        async () => {
          const now = onsets.splice(0, mostOnsetsATick)
          if (now.length > 0) await onDisk(async () => files.makeLast(now))
          begin(read)
        },
      ),
    )

  const keepPicture: Snapshots['keepPicture'] = async (ownerId, path, at, { jpeg, widthPx, heightPx }) => {
    let isKept = false
    const add = async () => {
      await files.add({ ownerId, path, at, jpeg, widthPx, heightPx, isSlate: false, lasts: true })
      isKept = true
    }
    await track(onDisk(add))
    return isKept
  }
  const why = (): PictureReason | null => (read === null ? { kind: 'unavailable', because: 'noProcess' } : (broken?.why ?? null))
  const status = (): SnapshotStatus => {
    const now = clock.monotonic()
    return {
      settings,
      why: why(),
      ...turns.counts(),
      cost: budget.cost(now),
      halts: halts.list(now, ({ serverId, path }) => deps.whyNot(serverId, path) === null),
      kept: { ...files.kept(), trouble: trouble?.words ?? null },
    }
  }
  return {
    cannotRead: () => (turns.counts().streams > 0 ? why() : null),
    list: ({ serverId, path, from, to, points }) => files.list(serverId, path, from, to, points),
    newest: ({ streams, at }) => {
      if (at === undefined) for (const { serverId, path } of streams) turns.lookedAt(serverId, path, clock.monotonic())
      return oneByOne(streams, ({ serverId, path }) => files.newest(serverId, path, at ?? clock.now()))
    },
    pictures: ({ serverId, path, at }) => oneByOne(at, (one) => files.at(serverId, path, one)),
    around: async ({ serverId, path, at }) => ({ before: await files.newest(serverId, path, at - 1), after: await files.first(serverId, path, at) }),
    take: async ({ serverId, path }) => {
      if (read === null) return { picture: null, why: { kind: 'unavailable', because: 'noProcess' } }
      const why = deps.whyNot(serverId, path)
      if (why !== null) return { picture: null, why }
      const key = JSON.stringify([serverId, path])
      const taking = byHand.get(key) ?? track(takeByHand(read, { serverId, path }).finally(() => byHand.delete(key)))
      byHand.set(key, taking)
      return await taking
    },
    status,
    totals: budget.totals,
    keep: (changed) => {
      deps.kept.write(settingsKey, JSON.stringify(changed))
      settings = changed
      turns.settingsChanged()
      void track(onDisk(() => files.clear(settings, clock.now(), signal)))
      return status()
    },
    alarmBegan: (serverId, path, at) => {
      if (onsets.length < mostOnsets) onsets.push({ serverId, path, at })
      turns.hurry(serverId, path, clock.monotonic())
    },
    keepEvidence: (probeId, at, picture) => void keepPicture(probeId, '', at, picture),
    keepPicture,
    pictureAt: (ownerId, path, at) => files.at(ownerId, path, at),
    evidence: async ({ id, from, to }) => {
      const found: KeptPicture[] = []
      for (let at = to; found.length < mostEvidence; ) {
        const picture = await files.newest(id, '', at)
        if (picture === null || picture.at < from) break
        found.push(picture)
        at = picture.at - 1
      }
      return found
    },
    forget: (serverId) => {
      turns.forget(serverId)
      halts.forget(serverId)
      void track(onDisk(() => files.forget(serverId, signal)))
    },
    settled: async () => {
      while (underWay.size > 0) await Promise.allSettled(underWay)
    },
    [Symbol.asyncDispose]: async () => {
      ended.abort()
      await Promise.allSettled([...loops, ...underWay])
    },
  }
}

/** Whether a stream was read that gave no picture. */
const hasRead = ({ kind }: PictureReason): boolean =>
  kind === 'timedOut' || kind === 'undecodable' || kind === 'decoderFailed' || kind === 'noVideo' || kind === 'crashed'

/** Few files are open at once, however many are asked for. */
async function oneByOne<Asked>(all: readonly Asked[], read: (one: Asked) => Promise<KeptPicture | null>): Promise<(KeptPicture | null)[]> {
  const found: (KeptPicture | null)[] = []
  for (const one of all) found.push(await read(one))
  return found
}
