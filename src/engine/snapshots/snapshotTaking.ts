import { type Clock, TimeLimitError, timeLimit } from '../../clock/clock.ts'
import type { UnderWay } from '../../clock/underWay.ts'
import type { PictureReason } from '../../shared/previews.ts'
import type { Result } from '../../shared/result.ts'
import { snapshotWidthPx, type TakenSnapshot } from '../../shared/snapshots.ts'
import type { Log } from '../ports.ts'
import type { createSnapshotBudget } from './snapshotBudget.ts'
import type { SnapshotDisk } from './snapshotDisk.ts'
import type { SnapshotFiles } from './snapshotFiles.ts'
import type { createSnapshotHalts } from './snapshotHalts.ts'
import type { createSnapshotTurns, Turn, TurnsDeps } from './snapshotTurns.ts'

/** Reads one picture of a stream. Never rejects. `bytesRead`: from the network; null: not reported by the tool. */
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
  /** Why a stream can't be read now, without querying its server: off air, or no such stream; null: it can be read. */
  readonly whyNot: (serverId: string, path: string) => PictureReason | null
  readonly isSlate: (serverId: string, path: string) => boolean
  /** Incoming bit rate, bit/s; null: unknown. */
  readonly bitrateOf: (serverId: string, path: string) => number | null
  readonly signal: AbortSignal
}

/** Components that decide which stream is read, and when. */
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
export function createSnapshotTaking(deps: TakingDeps, { turns, budget, halts, disk, track }: TakingParts) {
  const { clock, log, read, signal } = deps
  /** Requested snapshots in progress, shared by all who request the same. */
  const byHand = new Map<string, Promise<TakenSnapshot>>()
  /** Why no picture can be read at all, and when to retry (monotonic). */
  let broken: { readonly why: PictureReason; readonly until: number } | null = null
  /** What ends the reads of a server with it, by its id. */
  const ends = new Map<string, { readonly controller: AbortController; readonly signal: AbortSignal }>()
  const endOf = (serverId: string) => {
    const known = ends.get(serverId)
    if (known !== undefined) return known
    const controller = new AbortController()
    const end = { controller, signal: AbortSignal.any([signal, controller.signal]) }
    ends.set(serverId, end)
    return end
  }

  /** Reads a stream and stores the picture. */
  const takeOne = async (
    { serverId, path }: StreamName,
    { lasts, isByHand }: { readonly lasts: boolean; readonly isByHand: boolean },
  ): Promise<TakenSnapshot> => {
    using limit = timeLimit(clock, readLimitMs, endOf(serverId).signal)
    const began = clock.monotonic()
    const isSlate = deps.isSlate(serverId, path)
    const taken = await read(serverId, path, { widthPx: snapshotWidthPx, wake: false, isLowPriority: !isByHand, signal: limit.signal })
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
    /** Takes a snapshot immediately. */
    take: async ({ serverId, path }: StreamName): Promise<TakenSnapshot> => {
      const why = deps.whyNot(serverId, path)
      if (why !== null) return { picture: null, why }
      const key = JSON.stringify([serverId, path])
      const taking = byHand.get(key) ?? track(takeByHand({ serverId, path }).finally(() => byHand.delete(key)))
      byHand.set(key, taking)
      return await taking
    },
    /** Its server was removed. */
    forget: (serverId: string): void => {
      ends.get(serverId)?.controller.abort()
      ends.delete(serverId)
    },
    /** Why no picture can be read at all; null: pictures can be read. */
    why: (): PictureReason | null => broken?.why ?? null,
  }
}

/** Whether a stream was read, although it yielded no picture. */
const hasRead = ({ kind }: PictureReason): boolean =>
  kind === 'timedOut' || kind === 'undecodable' || kind === 'decoderFailed' || kind === 'noVideo' || kind === 'crashed'
