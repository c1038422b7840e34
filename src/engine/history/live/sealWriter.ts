import { messageOf } from '../../../shared/messageOf.ts'
import type { Database } from '../../storage/openDatabase.ts'
import {
  assumedIntervalMs,
  bucketsOfSeal,
  createByteSink,
  createPacker,
  encodeBuckets,
  encodeChunk,
  encodeTimes,
  type Pack,
  packForm,
  sinkBytes,
  usualInterval,
  withCrc,
} from '../codec/codec.ts'
import { chunkId, dayMs, type OwnerKind } from '../protocol/protocol.ts'
import type { BlockPool } from './blockPool.ts'
import type { ClosedRounds } from './serverColumns.ts'

/**
 * Makes seals of closed rounds: a chunk of columns and the minutes of each path, packed, in slices. Chunks are written before
 * their seal: the seal's own row comes with the last slice, and what has no seal is nothing. An id is never used twice
 * within a run, and at start what lies beyond the last seal is removed.
 */
export interface SealWriter {
  /**
   * Encodes the next paths, about `rows` rows of them. What comes back writes them, inside a transaction, and after it
   * was committed `done` says so. Nothing is changed in between.
   */
  readonly slice: (closed: ClosedRounds, rows: number, withSamples: boolean) => SealSlice
  /** Its rounds were let go of before they were sealed. */
  readonly abandon: (closed: ClosedRounds) => void
  /** Inside a transaction: removes what was written of those; once it was committed `forgetAbandoned` says so. */
  readonly removeAbandoned: () => void
  readonly forgetAbandoned: () => void
  readonly lastSeal: () => number
}

export interface SealSlice {
  readonly write: () => void
  /** Whether the seal is complete with it. */
  readonly isLast: boolean
  /** Paths whose rows cannot be made into a chunk or minutes, and why. They are not in the seal. */
  readonly lost: readonly { readonly path: string; readonly because: string }[]
  readonly done: () => void
}

/** Of the layouts of a server's own rows and of those of its paths, as history.db knows them. */
export interface LayoutIds {
  readonly own: number
  readonly parts: number
}

const minuteMs = 60_000
const lengthOf = (packs: readonly Pack[]): number => packs.reduce((bytes, pack) => bytes + pack.bytes.length, 0)

export function createSealWriter(deps: {
  readonly db: Database
  readonly pool: BlockPool
  readonly layoutIds: Readonly<Record<OwnerKind, LayoutIds>>
}): SealWriter {
  const { db, pool } = deps
  const sql = {
    addSeal: db.prepare<[number, number, number, number, number, number | null, number, number, Uint8Array, string, number, number]>(
      `INSERT INTO seals(id, server, form, from_at, to_at, interval_ms, path_layout, server_layout, times, gaps, sample_bytes, minute_bytes)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    addChunk: db.prepare<[number, Uint8Array]>('INSERT INTO chunks(id, rows) VALUES (?, ?)'),
    addMinutes: db.prepare<[number, Uint8Array]>('INSERT INTO minutes(id, bytes) VALUES (?, ?)'),
    seenOn: db.prepare<[number, number, number]>('UPDATE paths SET day = max(day, ?) WHERE server = ? AND no = ?'),
    sealedRound: db.prepare<[number, number]>('UPDATE servers SET sealed_round = ? WHERE no = ?'),
    tally: db.prepare<[number]>("UPDATE tallies SET bytes = bytes + ? WHERE kept = 'minutes'"),
    lastSeal: db.prepare<[], number | undefined>("SELECT seq FROM sqlite_sequence WHERE name = 'seals'").pluck(),
    removeChunks: db.prepare<[number, number]>('DELETE FROM chunks WHERE id >= ? AND id < ?'),
    removeMinutes: db.prepare<[number, number]>('DELETE FROM minutes WHERE id >= ? AND id < ?'),
  }
  let lastSeal = sql.lastSeal.get() ?? 0
  let nextSeal = lastSeal + 1
  let abandoned: number[] = []

  const spanOf = (closed: ClosedRounds): readonly [number, number] => {
    let from = Number.POSITIVE_INFINITY
    let to = Number.NEGATIVE_INFINITY
    const put = (at: number): void => {
      if (at < from) from = at
      if (at > to) to = at
    }
    for (const at of closed.times) put(at)
    for (const [, at] of closed.gaps) put(at)
    return [from, to]
  }

  return {
    slice: (closed, rows, withSamples) => {
      const { server, order, nos, times, gaps } = closed
      closed.seal ??= nextSeal++
      // As it began: a seal has samples of all its paths or of none.
      closed.withSamples ??= withSamples
      const { seal } = closed
      const usualMs = usualInterval(times)
      const [from, to] = spanOf(closed)
      const day = Math.floor(from / dayMs)
      const until = Math.min(order.length, closed.written + Math.max(1, Math.ceil(rows / Math.max(1, times.length))))
      const chunks: Pack[] = []
      const minutes: Pack[] = []
      const minutesOf = bucketsOfSeal(times, gaps, usualMs ?? assumedIntervalMs, minuteMs)
      const chunkPacker = createPacker()
      const minutePacker = createPacker()
      const add = (packs: Pack[], pack: Pack | null): void => {
        if (pack) packs.push(pack)
      }
      /** Paths that are not known to be seen on this day. */
      const seen: number[] = []
      const lost: { path: string; because: string }[] = []
      for (let at = closed.written; at < until; at++) {
        const slot = order[at] as number
        const no = nos[slot] as number
        let chunk: Uint8Array
        let itsMinutes: Uint8Array
        try {
          chunk = encodeChunk(pool.read(closed.chains, slot), times.length)
          itsMinutes = encodeBuckets(minutesOf(chunk))
        } catch (error) {
          lost.push({ path: closed.names[slot] as string, because: messageOf(error) })
          continue
        }
        add(minutes, minutePacker.put(no, withCrc(itsMinutes)))
        if (closed.withSamples) add(chunks, chunkPacker.put(no, withCrc(chunk)))
        if (server.day !== day || !server.ofDay.has(no)) seen.push(no)
      }
      add(chunks, chunkPacker.rest())
      add(minutes, minutePacker.rest())
      const sampleBytes = closed.sampleBytes + lengthOf(chunks)
      const minuteBytes = closed.minuteBytes + lengthOf(minutes)
      const isLast = until === order.length
      return {
        isLast,
        lost,
        write: () => {
          for (const { no, bytes } of chunks) sql.addChunk.run(chunkId(seal, no), bytes)
          for (const { no, bytes } of minutes) sql.addMinutes.run(chunkId(seal, no), bytes)
          for (const no of seen) sql.seenOn.run(day, server.no, no)
          if (!isLast) return
          const sink = createByteSink(64 + times.length * 2)
          encodeTimes(sink, times)
          sql.addSeal.run(
            seal,
            server.no,
            packForm,
            from,
            to,
            usualMs,
            deps.layoutIds[server.kind].parts,
            deps.layoutIds[server.kind].own,
            withCrc(sinkBytes(sink)),
            JSON.stringify(gaps),
            sampleBytes,
            minuteBytes,
          )
          sql.sealedRound.run(closed.firstRound + times.length - 1, server.no)
          sql.tally.run(minuteBytes)
        },
        done: () => {
          closed.written = until
          closed.sampleBytes = sampleBytes
          closed.minuteBytes = minuteBytes
          if (server.day !== day) {
            server.day = day
            server.ofDay.clear()
          }
          for (const no of seen) server.ofDay.add(no)
          if (isLast) lastSeal = seal
        },
      }
    },
    abandon: ({ seal }) => {
      if (seal !== null) abandoned.push(seal)
    },
    removeAbandoned: () => {
      const remove = (from: number, to: number): void => {
        sql.removeChunks.run(from, to)
        sql.removeMinutes.run(from, to)
      }
      for (const seal of abandoned) remove(chunkId(seal, 0), chunkId(seal + 1, 0))
    },
    forgetAbandoned: () => {
      abandoned = []
    },
    lastSeal: () => lastSeal,
  }
}

/** At start: removes what a run that was killed had written of seals it did not finish. */
export function removeUnfinishedSeals(db: Database): void {
  const lastSeal = db.prepare<[], number | undefined>("SELECT seq FROM sqlite_sequence WHERE name = 'seals'").pluck().get() ?? 0
  db.transaction(() => {
    for (const table of ['chunks', 'minutes']) db.prepare<[number]>(`DELETE FROM ${table} WHERE id >= ?`).run(chunkId(lastSeal + 1, 0))
  }).immediate()
}
