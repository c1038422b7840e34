import type { Database } from '../../storage/openDatabase.ts'
import {
  assumedIntervalMs,
  bucketsOfSeal,
  encodeBuckets,
  encodeChunk,
  encodeRounds,
  type Packed,
  packsOf,
  recordKind,
  spanOf,
  usualInterval,
  withCrc,
} from '../codec/codec.ts'
import { chunkId, dayOf, type OwnerKind } from '../protocol/protocol.ts'
import type { BlockPool } from './blockPool.ts'
import type { Journal } from './journal.ts'
import type { LayoutIds } from './nameTable.ts'
import { type ClosedRounds, closeRounds, isEmpty, type OwnerColumns, type SealProgress } from './ownerColumns.ts'
import type { Tallies } from './pendingRows.ts'

/** Deletes seals or parts of them. Call inside a transaction. */
export type SealRemover = ReturnType<typeof createSealRemover>

export function createSealRemover(db: Database, tallies: Tallies) {
  const sql = {
    seal: db.prepare<[number]>('DELETE FROM seals WHERE id = ?'),
    chunks: db.prepare<[number, number]>('DELETE FROM chunks WHERE id >= ? AND id < ?'),
    minutes: db.prepare<[number, number]>('DELETE FROM minutes WHERE id >= ? AND id < ?'),
    withoutSamples: db.prepare<[number]>('UPDATE seals SET sample_bytes = 0 WHERE id = ?'),
    withoutMinutes: db.prepare<[number]>('UPDATE seals SET minute_bytes = 0 WHERE id = ?'),
  }
  const removeRows = (from: 'chunks' | 'minutes', seal: number): void => void sql[from].run(chunkId(seal, 0), chunkId(seal + 1, 0))
  const unfinished = (seal: number): void => {
    removeRows('chunks', seal)
    removeRows('minutes', seal)
  }
  return {
    samples: (seal: number): void => {
      removeRows('chunks', seal)
      sql.withoutSamples.run(seal)
    },
    minutes: (seal: number, bytes: number): void => {
      removeRows('minutes', seal)
      sql.withoutMinutes.run(seal)
      tallies.add('minutes', -bytes)
    },
    whole: (seal: number, minuteBytes: number): void => {
      unfinished(seal)
      sql.seal.run(seal)
      tallies.add('minutes', -minuteBytes)
    },
    /** Deletes the chunks of a seal that will not be finished. */
    unfinished,
  }
}

interface SealQueueDeps {
  readonly db: Database
  readonly pool: BlockPool
  readonly layoutIds: Readonly<Record<OwnerKind, LayoutIds>>
  readonly tallies: Tallies
  readonly remove: SealRemover
  readonly journal: Journal
  readonly owners: ReadonlyMap<string, OwnerColumns>
  /** Runs a transaction that also writes all pending rows; false: the disk can't be written. */
  readonly transact: (run: () => void) => boolean
  readonly withSamples: () => boolean
  readonly onTrouble: (error: unknown, text: string) => void
}

const minuteMs = 60_000

/**
 * Closed rounds of all owners waiting to be sealed, in the order in which they were closed. Seals them in slices: each path gets a chunk of columns and its
 * minutes, packed. The seal's own row is written with the last slice; chunks without it are ignored. An id is never used twice within a run, and chunks of
 * unfinished seals are removed at start.
 */
export function createSealQueue(deps: SealQueueDeps) {
  const { db, pool, tallies, remove, journal, owners, transact } = deps
  const sql = {
    addSeal: db.prepare<[number, number, number, number, Uint8Array, number, number]>(
      'INSERT INTO seals(id, server, from_at, to_at, rounds, sample_bytes, minute_bytes) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    addChunk: db.prepare<[number, Uint8Array]>('INSERT INTO chunks(id, rows) VALUES (?, ?)'),
    addMinutes: db.prepare<[number, Uint8Array]>('INSERT INTO minutes(id, bytes) VALUES (?, ?)'),
    seenOn: db.prepare<[{ day: number; owner: number; no: number }]>('UPDATE paths SET day = @day WHERE server = @owner AND no = @no AND day < @day'),
    sealedRound: db.prepare<[number, number]>('UPDATE servers SET sealed_round = ? WHERE no = ?'),
    lastSeal: db.prepare<[], number | undefined>("SELECT seq FROM sqlite_sequence WHERE name = 'seals'").pluck(),
  }
  let lastSeal = sql.lastSeal.get() ?? 0
  let nextSeal = lastSeal + 1
  /** Seals that will not be finished: the next slice removes what was already written. */
  let abandoned: number[] = []
  const queue: ClosedRounds[] = []
  let bytes = 0

  const leave = (closed: ClosedRounds): void => {
    queue.shift()
    bytes -= closed.bytes
    for (const slot of closed.nos.keys()) pool.free(closed.chains, slot)
    const { closed: waiting } = closed.owner
    waiting.splice(waiting.indexOf(closed), 1)
  }

  const close = (owner: OwnerColumns): void => {
    if (isEmpty(owner)) {
      owner.open.sealDue = null
      return
    }
    const closed = closeRounds(owner)
    queue.push(closed)
    bytes += closed.bytes
    journal.put(owner, recordKind.closed, 0)
  }

  const writeSeal = ({ owner, firstRound, times, gaps }: ClosedRounds, usualMs: number | null, { seal, sampleBytes, minuteBytes }: SealProgress): void => {
    const { parts, own } = deps.layoutIds[owner.kind]
    const { from, to } = spanOf({ times, gaps })
    const rounds = encodeRounds([{ usualMs, partLayout: parts, ownLayout: own, times, gaps }])
    sql.addSeal.run(seal, owner.no, from, to, withCrc(rounds), sampleBytes, minuteBytes)
    sql.sealedRound.run(firstRound + times.length - 1, owner.no)
    tallies.add('minutes', minuteBytes)
  }

  /** Encodes the next paths, with about `rows` rows in total, and writes them. false: the disk can't be written. */
  const seal = (closed: ClosedRounds, rows: number): boolean => {
    const progress = closed.progress ?? { seal: nextSeal++, withSamples: deps.withSamples(), written: 0, sampleBytes: 0, minuteBytes: 0 }
    closed.progress = progress
    const { owner, order, times } = closed
    const until = Math.min(order.length, progress.written + Math.max(1, Math.ceil(rows / Math.max(1, times.length))))
    const usualMs = usualInterval(times)
    const { chunks, minutes, nos } = encodePaths(closed, order.subarray(progress.written, until), usualMs, progress.withSamples, pool)
    const after: SealProgress = {
      ...progress,
      written: until,
      sampleBytes: progress.sampleBytes + lengthOf(chunks),
      minuteBytes: progress.minuteBytes + lengthOf(minutes),
    }
    const day = dayOf(spanOf(closed).from)
    const isLast = until === order.length
    const isWritten = transact(() => {
      for (const unfinished of abandoned) remove.unfinished(unfinished)
      for (const { no, bytes } of chunks) sql.addChunk.run(chunkId(after.seal, no), bytes)
      for (const { no, bytes } of minutes) sql.addMinutes.run(chunkId(after.seal, no), bytes)
      for (const no of nos) sql.seenOn.run({ day, owner: owner.no, no })
      if (!isLast) return
      writeSeal(closed, usualMs, after)
      journal.trim(owners.values(), closed)
    })
    if (!isWritten) return false
    abandoned = []
    closed.progress = after
    if (isLast) {
      lastSeal = after.seal
      leave(closed)
    }
    return true
  }

  return {
    isEmpty: (): boolean => queue.length === 0,
    bytes: (): number => bytes,
    /** Number of the newest seal that is complete. */
    lastSeal: (): number => lastSeal,
    /** Closes the owner's open rounds and queues them. */
    close,
    /** The same of all owners. */
    closeAll: (): void => {
      for (const owner of owners.values()) close(owner)
    },
    /** Seals the next slice of about `rows` rows. Returns false if the disk can't be written. */
    sealSlice: (rows: number): boolean => {
      const [closed] = queue
      if (!closed) return true
      try {
        return seal(closed, rows)
      } catch (error) {
        // One owner's bad rounds must not block the sealing of all others.
        deps.onTrouble(error, `${closed.times.length} rounds of ${closed.owner.id} could not be sealed, and are lost.`)
        if (closed.progress !== null) abandoned.push(closed.progress.seal)
        leave(closed)
        return true
      }
    },
  }
}

interface EncodedPaths {
  readonly chunks: readonly Packed[]
  readonly minutes: readonly Packed[]
  /** Numbers of the encoded paths. */
  readonly nos: readonly number[]
}

function encodePaths(
  { times, gaps, nos, chains }: ClosedRounds,
  slots: Int32Array,
  usualMs: number | null,
  withSamples: boolean,
  pool: BlockPool,
): EncodedPaths {
  const minutesOf = bucketsOfSeal(times, gaps, usualMs ?? assumedIntervalMs, minuteMs)
  const chunks: Packed[] = []
  const minutes: Packed[] = []
  for (const slot of slots) {
    const no = nos[slot] as number
    const chunk = encodeChunk(pool.read(chains, slot), times.length)
    minutes.push({ no, bytes: withCrc(encodeBuckets(minutesOf(chunk))) })
    if (withSamples) chunks.push({ no, bytes: withCrc(chunk) })
  }
  return { chunks: packsOf(chunks), minutes: packsOf(minutes), nos: minutes.map(({ no }) => no) }
}

const lengthOf = (packs: readonly Packed[]): number => packs.reduce((bytes, pack) => bytes + pack.bytes.length, 0)

/** At start: removes chunks of seals that a killed process did not finish. */
export function removeUnfinishedSeals(db: Database): void {
  const lastSeal = db.prepare<[], number | undefined>("SELECT seq FROM sqlite_sequence WHERE name = 'seals'").pluck().get() ?? 0
  db.transaction(() => {
    for (const table of ['chunks', 'minutes']) db.prepare<[number]>(`DELETE FROM ${table} WHERE id >= ?`).run(chunkId(lastSeal + 1, 0))
  }).immediate()
}
