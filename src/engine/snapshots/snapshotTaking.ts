import { type Clock, TimeLimitError, timeLimit } from '../../clock/clock.ts'
import type { PictureReason } from '../../shared/previews.ts'
import type { Result } from '../../shared/result.ts'
import { snapshotWidthPx, type TakenSnapshot } from '../../shared/snapshots.ts'
import type { Log } from '../ports.ts'
import type { createSnapshotBudget } from './snapshotBudget.ts'
import type { SnapshotDisk } from './snapshotDisk.ts'
import type { SnapshotFiles } from './snapshotFiles.ts'
import type { createSnapshotHalts } from './snapshotHalts.ts'
import type { createSnapshotTurns, Turn, TurnsDeps } from './snapshotTurns.ts'

/** Reads one picture of a stream. Never rejects. `bytesRead`: from the network; null: the tool can't tell. */
export type ReadStream = (
  serverId: string,
  path: string,
  options: { readonly widthPx: number; readonly wake: false; readonly isLowPriority: boolean; readonly signal: AbortSignal },
) => Promise<Result<{ readonly jpeg: Uint8Array; readonly widthPx: number; readonly heightPx: number; readonly bytesRead: number | null }, PictureReason>>

export interface StreamName {
  readonly serverId: string
  readonly path: string
}

export interface TakingDeps extends Pick<TurnsDeps, 'server'> {
  readonly clock: Clock
  readonly log: Log
  readonly files: SnapshotFiles
  readonly read: ReadStream
  /** Why a stream can't be read now, without asking its server: it is off the air, or there is none; null: it can. */
  readonly whyNot: (serverId: string, path: string) => PictureReason | null
  readonly isSlate: (serverId: string, path: string) => boolean
  /** What its publisher sends, bit/s; null: not known. */
  readonly bitrateOf: (serverId: string, path: string) => number | null
  readonly signal: AbortSignal
}

/** What decides which stream is read, and when. */
interface TakingParts {
  readonly turns: ReturnType<typeof createSnapshotTurns>
  readonly budget: ReturnType<typeof createSnapshotBudget>
  readonly halts: ReturnType<typeof createSnapshotHalts>
  readonly disk: SnapshotDisk
  /** Has work waited for at the end. */
  readonly track: <T>(work: Promise<T>) => Promise<T>
}

/** Longer than two ways to read it take. */
const readLimitMs = 20_000
/** Without tools to read pictures, they are looked for again after this time, ms. */
const toolsWaitMs = 300_000

/** Reads streams and keeps their pictures: in turns as far as the budget allows, and at once where somebody asks. */
export function createSnapshotTaking(deps: TakingDeps, { turns, budget, halts, disk, track }: TakingParts) {
  const { clock, log, read, signal } = deps
  /** Those that are taken by hand now, for all who ask for the same. */
  const byHand = new Map<string, Promise<TakenSnapshot>>()
  /** Why none can be read at all, and when that is tried again (monotonic). */
  let broken: { readonly why: PictureReason; readonly until: number } | null = null

  /** Reads a stream and keeps the picture. */
  const takeOne = async (
    { serverId, path }: StreamName,
    { lasts, isByHand }: { readonly lasts: boolean; readonly isByHand: boolean },
  ): Promise<TakenSnapshot> => {
    using limit = timeLimit(clock, readLimitMs, signal)
    const began = clock.monotonic()
    const isSlate = deps.isSlate(serverId, path)
    const taken = await read(serverId, path, { widthPx: snapshotWidthPx, wake: false, isLowPriority: !isByHand, signal: limit.signal })
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
  /** Begins as many turns as may be read now. */
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
    /** Takes one at once. */
    take: async ({ serverId, path }: StreamName): Promise<TakenSnapshot> => {
      const why = deps.whyNot(serverId, path)
      if (why !== null) return { picture: null, why }
      const key = JSON.stringify([serverId, path])
      const taking = byHand.get(key) ?? track(takeByHand({ serverId, path }).finally(() => byHand.delete(key)))
      byHand.set(key, taking)
      return await taking
    },
    /** Why none can be read at all; null: they can. */
    why: (): PictureReason | null => broken?.why ?? null,
  }
}

/** Whether a stream was read that gave no picture. */
const hasRead = ({ kind }: PictureReason): boolean =>
  kind === 'timedOut' || kind === 'undecodable' || kind === 'decoderFailed' || kind === 'noVideo' || kind === 'crashed'
