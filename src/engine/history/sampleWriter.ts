import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import type { NewEvent } from '../../shared/events.ts'
import { keptSchema, type StoreFigures } from '../../shared/history.ts'
import { classifyStorageError, type Database } from '../storage/openDatabase.ts'
import { type BlockPool, createBlockPool } from './blockPool.ts'
import { usualInterval } from './reduceSeries.ts'
import { decodeRow, encodeRow, encodeTimes, mostColumns, rowForm } from './rowCodec.ts'
import { chunkId, layoutToText, pathLayout, type SampleLayout, serverLayout, textToLayout } from './sampleLayout.ts'
import { createServerColumns, grown, growSlots, type PathList, type ServerColumns, takeList } from './serverColumns.ts'
import type { HotSamples, Space, StoredBatch, StoredGap, StoreLimits, Subject } from './storeProtocol.ts'
import { type ByteCursor, createByteSink, putFloat, putVarint, reserve, sinkBytes, takeFloat, takeVarint, unzigzag, zigzag } from './varint.ts'

/**
 * The only writer of history.db; lives on the store's thread.
 *
 * 1. A batch is encoded at once, row by row: the bytes go to the path's chain in memory and to the open journal record.
 * 2. A commit writes the open record, new names and events in one transaction: what was committed survives kill -9.
 * 3. A seal moves one server's chains to chunks and, in the same transaction, notes the last round that is sealed and
 *    drops the journal that no server needs any more. A path's columns start anew after a seal.
 * 4. At start the journal is read back; rounds that are sealed already are passed over.
 * 5. While samples can not be written (`journaling` is false) they live in memory only, until their seal is due, then
 *    they are let go. The first success seals everything at once, so that the journal never has a hole.
 */
export interface SampleWriter {
  /** Takes back what was committed but not sealed when the last writer ended. Once, before anything else. */
  readonly readJournal: () => void
  readonly batch: (batch: StoredBatch) => void
  readonly gap: (serverId: string, at: number) => void
  readonly events: (events: readonly NewEvent[]) => void
  readonly commit: (monotonic: number) => void
  /** Commits now where events wait, so that a reader finds them. */
  readonly flushEvents: () => void
  /** Seals what is due, keeps to the limits, looks at the disk. True where a next call would find more to do. */
  readonly maintain: (now: number, monotonic: number, space: Space | null) => boolean
  readonly hot: (subjects: readonly Subject[], to: number) => HotSamples
  readonly figures: () => StoreFigures
  readonly keep: (limits: StoreLimits, now: number) => void
  readonly trouble: () => string | null
  /** Commits what is pending. The database stays open. */
  readonly close: () => void
}

export interface SampleWriterOptions {
  readonly db: Database
  readonly limits: StoreLimits
  readonly onTrouble: (error: unknown, text: string) => void
  /** Most bytes of samples in memory; beyond them the oldest server is sealed early. */
  readonly hotBytes?: number
}

/** Chunks of ten minutes: 300 samples at 2 s. */
const sealAfterMs = 600_000
const mostRounds = 4000
/** 100,000 paths at 2 s fill them in about three minutes; they are half of what the store's thread takes. */
const usualHotBytes = 64 << 20
/** Events that wait while the disk is full. */
const mostWaitingEvents = 10_000
/** So many stay whatever the limit in bytes: they are small, and are what is looked for after an incident. */
const eventsToKeep = 100_000
const dayMs = 86_400_000

/**
 * A journal row is the records of one commit:
 *
 *     record = length as 4 bytes, varint(kind + 4 * list), varint(server's number), varint(round), time as a double,
 *              [varint(rows), for each: zigzag varint(path's number - the one before)] where the list is told, rows as in `rowCodec.ts`
 *
 * Rounds are counted for each server for ever. A gap's round is the one that has not come yet. A list that was told holds
 * until the server's next seal.
 */
const recordKind = { batchOfPaths: 1, batchOfSamePaths: 2, gap: 3 } as const

export const createSampleWriter = (options: SampleWriterOptions): SampleWriter => {
  const { db, onTrouble } = options
  const hotBytes = options.hotBytes ?? usualHotBytes
  let limits = options.limits
  const pool: BlockPool = createBlockPool()
  const servers = new Map<string, ServerColumns>()
  const journal = createByteSink(64 << 10)
  let journaling = true
  /** Rounds that the journal holds were let go of in memory since the trouble began. */
  let lostJournaled = false
  let lowSpace: string | null = null
  let failure: string | null = null
  let newServers: ServerColumns[] = []
  let newPaths: { server: number; no: number; name: string }[] = []
  let newEvents: NewEvent[] = []
  let monotonic = 0

  const sql = {
    layout: db.prepare<[string], { id: number }>('INSERT INTO layouts(columns) VALUES (?) ON CONFLICT DO UPDATE SET columns = excluded.columns RETURNING id'),
    serverById: db.prepare<[string], { no: number; sealed_round: number }>('SELECT no, sealed_round FROM servers WHERE id = ?'),
    lastServerNo: db.prepare<[], number | null>('SELECT max(no) FROM servers').pluck(),
    addServer: db.prepare<[number, string]>('INSERT INTO servers(no, id, sealed_round) VALUES (?, ?, -1)'),
    sealedRound: db.prepare<[number, number]>('UPDATE servers SET sealed_round = ? WHERE no = ?'),
    pathNo: db.prepare<[number, string], number>('SELECT no FROM paths WHERE server = ? AND name = ?').pluck(),
    lastPathNo: db.prepare<[number], number | null>('SELECT max(no) FROM paths WHERE server = ?').pluck(),
    addPath: db.prepare<[number, number, string]>('INSERT INTO paths(server, no, name) VALUES (?, ?, ?)'),
    addEvent: db.prepare<[number, string, string | null, string | null, string | null, string, string]>(
      'INSERT INTO events(at, kind, server_id, server_name, path, text, facts) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    addJournal: db.prepare<[number, number, number, number, Uint8Array]>(
      'INSERT INTO journal(id, form, path_layout, server_layout, records) VALUES (?, ?, ?, ?, ?)',
    ),
    trimJournal: db.prepare<[number]>('DELETE FROM journal WHERE id < ?'),
    addSeal: db.prepare<[number, number, number, number, number | null, number, number, Uint8Array, string]>(
      'INSERT INTO seals(server, form, from_at, to_at, interval_ms, path_layout, server_layout, times, gaps) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    addChunk: db.prepare<[number, Uint8Array]>('INSERT INTO chunks(id, rows) VALUES (?, ?)'),
    lastSeal: db.prepare<[], number | null>('SELECT max(id) FROM seals').pluck(),
    oldestSeal: db.prepare<[], { id: number; from_at: number; to_at: number }>('SELECT id, from_at, to_at FROM seals ORDER BY to_at LIMIT 1'),
    dropSeal: db.prepare<[number]>('DELETE FROM seals WHERE id = ?'),
    dropChunks: db.prepare<[number, number]>('DELETE FROM chunks WHERE id >= ? AND id < ?'),
    dropOldEvents: db.prepare<[number]>('DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < ? ORDER BY at LIMIT 1000)'),
    // A guess that costs nothing: ids are given one after another, and the oldest go first.
    eventCount: db.prepare<[], number>('SELECT coalesce(max(id) - min(id) + 1, 0) FROM events').pluck(),
    dropFirstEvents: db.prepare('DELETE FROM events WHERE id IN (SELECT id FROM events ORDER BY id LIMIT 1000)'),
  }
  const pathLayoutId = sql.layout.get(layoutToText(pathLayout))?.id as number
  const serverLayoutId = sql.layout.get(layoutToText(serverLayout))?.id as number
  let nextServerNo = (sql.lastServerNo.get() ?? 0) + 1
  let nextJournal = 1
  let lastSeal = sql.lastSeal.get() ?? 0

  const serverOf = (id: string): ServerColumns => {
    const there = servers.get(id)
    if (there) return there
    const stored = sql.serverById.get(id)
    const no = stored?.no ?? nextServerNo++
    const server = createServerColumns(id, no, stored?.sealed_round ?? -1)
    server.nextPathNo = ((stored && sql.lastPathNo.get(no)) ?? 0) + 1
    servers.set(id, server)
    if (!stored) newServers.push(server)
    return server
  }

  const pathNoOf = (server: ServerColumns, name: string): number => {
    let no = server.pathNos.get(name)
    if (no !== undefined) return no
    no = sql.pathNo.get(server.no, name)
    if (no === undefined) {
      no = server.nextPathNo++
      newPaths.push({ server: server.no, no, name })
    }
    server.pathNos.set(name, no)
    return no
  }

  const slotOf = (server: ServerColumns, name: string, atLeast: number): number => {
    const there = server.slots.get(name)
    if (there !== undefined) return there
    const slot = server.names.length
    server.slots.set(name, slot)
    server.names.push(name)
    server.nos.push(pathNoOf(server, name))
    if (slot >= server.lastRound.length) growSlots(server, Math.max(16, Math.ceil(atLeast * 1.1), Math.ceil(slot * 1.5)))
    return slot
  }

  const slotsOfRows = (server: ServerColumns, list: PathList): Int32Array => {
    if (list.rowSlots) return list.rowSlots
    const seen = new Set<number>()
    list.rowSlots = Int32Array.from(list.paths, (name) => {
      const slot = slotOf(server, name, list.paths.length)
      if (seen.has(slot)) return -1
      seen.add(slot)
      return slot
    })
    return list.rowSlots
  }

  const openJournal = (server: ServerColumns): void => {
    if (journaling) server.journalFrom ??= nextJournal
    // The first one after a start is early, each server's by another time.
    server.sealDue ??= monotonic + sealAfterMs * (server.sealed ? 1 : 0.5 + spread(server.id) / 2)
  }

  /** The round that a batch of these slots belongs to: a new one, or the last one where it is of the same moment. */
  const roundOf = (server: ServerColumns, at: number, slots: Int32Array): number => {
    // The server's own figures and its paths' may come as two batches of one moment: then they are one round.
    const current = server.times.length - 1
    const joins = current >= 0 && !server.inGap && server.times[current] === at && slots.every((slot) => slot < 0 || server.lastRound[slot] !== current)
    if (!joins) server.times.push(at)
    server.inGap = false
    openJournal(server)
    return server.times.length - 1
  }

  const ingest = (batch: StoredBatch): void => {
    const server = serverOf(batch.serverId)
    const list = server.lists[batch.list]
    takeList(list, batch.paths, batch.metrics)
    const slots = slotsOfRows(server, list)
    const width = list.metrics.length
    const at = Math.round(batch.at)
    const round = roundOf(server, at, slots)

    if (!journaling) journal.length = 0
    const start = journal.length
    reserve(journal, 64 + (list.listed ? 0 : slots.length * 8))
    journal.length += 4
    putVarint(journal, (list.listed ? recordKind.batchOfSamePaths : recordKind.batchOfPaths) + 4 * batch.list)
    putVarint(journal, server.no)
    putVarint(journal, server.firstRound + round)
    putFloat(journal, at)
    if (!list.listed) {
      putVarint(
        journal,
        slots.reduce((count, slot) => (slot < 0 ? count : count + 1), 0),
      )
      let before = 0
      for (const slot of slots) {
        if (slot < 0) continue
        const no = server.nos[slot] as number
        putVarint(journal, zigzag(no - before))
        before = no
      }
      list.listed = true
    }
    for (let row = 0; row < slots.length; row++) {
      const slot = slots[row] as number
      if (slot < 0) continue
      const isServer = list.paths[row] === ''
      const from = journal.length
      encodeRow(
        journal,
        server.states,
        slot,
        round - (server.lastRound[slot] as number) - 1,
        batch.values,
        row * width,
        isServer ? list.serverSource : list.pathSource,
        isServer ? serverLayout.scales : pathLayout.scales,
      )
      server.lastRound[slot] = round
      pool.append(server.chains, slot, journal.bytes, from, journal.length)
    }
    putLength(journal.bytes, start, journal.length - start)
    if (!journaling) journal.length = 0
  }

  const gap = (serverId: string, atExact: number): void => {
    const server = serverOf(serverId)
    if (server.inGap) return
    const at = Math.round(atExact)
    server.inGap = true
    server.gaps.push([server.times.length, at])
    openJournal(server)
    if (!journaling) return
    const start = journal.length
    reserve(journal, 64)
    journal.length += 4
    putVarint(journal, recordKind.gap)
    putVarint(journal, server.no)
    putVarint(journal, server.firstRound + server.times.length)
    putFloat(journal, at)
    putLength(journal.bytes, start, journal.length - start)
  }

  /** Inside a transaction. */
  const writePending = (): void => {
    for (const server of newServers) sql.addServer.run(server.no, server.id)
    for (const path of newPaths) sql.addPath.run(path.server, path.no, path.name)
    for (const event of newEvents) sql.addEvent.run(event.at, event.kind, event.serverId, event.serverName, event.path, event.text, JSON.stringify(event.facts))
    if (journaling && journal.length > 0) sql.addJournal.run(nextJournal, rowForm, pathLayoutId, serverLayoutId, journal.bytes.subarray(0, journal.length))
  }
  const forgetPending = (): void => {
    newServers = []
    newPaths = []
    newEvents = []
    if (journaling && journal.length > 0) nextJournal++
    journal.length = 0
  }

  /** Runs a transaction; a disk that is full or broken is no bug: samples are kept in memory until it works again. */
  const transact = (run: () => void): boolean => {
    try {
      db.transaction(run).immediate()
      return true
    } catch (error) {
      const kind = classifyStorageError(error)
      if (kind === null) throw error
      const dir = dirname(db.name)
      const words = {
        full: `The disk of ${dir} is full: samples are not stored. Free some space, or keep fewer days of history.`,
        notWritable: `${db.name} can not be written (${(error as Error).message}): samples are not stored. Check the disk and who owns the folder.`,
        damaged: `${db.name} is damaged (${(error as Error).message}): samples are not stored. Stop mtxdeck, move the file away and start again.`,
        busy: `${db.name} is held by another program: samples are not stored. Close what has it open.`,
      }[kind]
      if (failure === null) onTrouble(error, words)
      failure = words
      stopJournal()
      if (newEvents.length > mostWaitingEvents) newEvents = newEvents.slice(-mostWaitingEvents)
      return false
    }
  }

  const stopJournal = (): void => {
    if (!journaling) return
    journaling = false
    journal.length = 0
  }

  const commit = (nowMonotonic: number): void => {
    monotonic = nowMonotonic
    if (newServers.length + newPaths.length + newEvents.length + journal.length > 0 && transact(writePending)) {
      forgetPending()
      if (journaling) failure = null
    }
    while (pool.usedBytes() > hotBytes) {
      const oldest = oldestOpen()
      if (!oldest) break
      sealOrLetGo(oldest)
    }
  }

  const oldestOpen = (): ServerColumns | null => {
    let found: ServerColumns | null = null
    for (const server of servers.values())
      if (server.sealDue !== null && server.times.length > 0 && (found?.sealDue == null || server.sealDue < found.sealDue)) found = server
    return found
  }

  const sealOrLetGo = (server: ServerColumns): void => {
    if (!journaling) {
      if (server.journalFrom !== null) lostJournaled = true
      startAnew(server)
      return
    }
    const written = transact(() => {
      writePending()
      writeSeal(server)
      trimJournal(server)
    })
    if (!written) {
      server.sealDue = monotonic + sealAfterMs
      return
    }
    forgetPending()
    lastSeal = sql.lastSeal.get() ?? lastSeal
    startAnew(server)
  }

  const writeSeal = (server: ServerColumns): void => {
    const times = createByteSink(64 + server.times.length * 2)
    encodeTimes(times, server.times)
    let from = Number.POSITIVE_INFINITY
    let to = Number.NEGATIVE_INFINITY
    for (const at of server.times) {
      if (at < from) from = at
      if (at > to) to = at
    }
    for (const [, at] of server.gaps) {
      if (at < from) from = at
      if (at > to) to = at
    }
    const { lastInsertRowid } = sql.addSeal.run(
      server.no,
      rowForm,
      from,
      to,
      usualInterval(server.times),
      pathLayoutId,
      serverLayoutId,
      sinkBytes(times),
      JSON.stringify(server.gaps),
    )
    const seal = Number(lastInsertRowid)
    const order = server.nos.map((_, slot) => slot).sort((a, b) => (server.nos[a] as number) - (server.nos[b] as number))
    for (const slot of order) sql.addChunk.run(chunkId(seal, server.nos[slot] as number), pool.read(server.chains, slot))
    sql.sealedRound.run(server.firstRound + server.times.length - 1, server.no)
  }

  const trimJournal = (sealed: ServerColumns | 'all'): void => {
    let keepFrom = nextJournal + 1
    if (sealed !== 'all')
      for (const server of servers.values()) if (server !== sealed && server.journalFrom !== null) keepFrom = Math.min(keepFrom, server.journalFrom)
    sql.trimJournal.run(keepFrom)
  }

  const startAnew = (server: ServerColumns): void => {
    for (let slot = 0; slot < server.names.length; slot++) pool.free(server.chains, slot)
    // Names that did not appear in this seal are looked up again when they come back.
    server.pathNos.clear()
    server.names.forEach((name, slot) => void server.pathNos.set(name, server.nos[slot] as number))
    server.firstRound += server.times.length
    server.times = []
    server.gaps = []
    server.slots = new Map()
    const count = server.names.length
    server.names = []
    server.nos = []
    for (const list of server.lists) {
      list.rowSlots = null
      list.listed = false
    }
    server.journalFrom = null
    server.sealDue = null
    server.sealed = true
    if (count * 3 < server.lastRound.length) growSlots(server, 0)
    server.states.last.fill(0)
    server.states.known.fill(0)
    server.lastRound.fill(-1)
  }

  /** Tries to write again after a trouble: everything in memory at once, and the journal starts empty. */
  const resume = (): void => {
    if (lostJournaled) recallJournal()
    const open = [...servers.values()].filter((server) => server.times.length + server.gaps.length > 0)
    const written = transact(() => {
      writePending()
      for (const server of open) writeSeal(server)
      trimJournal('all')
    })
    if (!written) return
    journal.length = 0
    forgetPending()
    lastSeal = sql.lastSeal.get() ?? lastSeal
    for (const server of open) startAnew(server)
    journaling = true
    failure = null
  }

  /** Memory as it would be after a start now, but for the lists that the next batches refer to. */
  const recallJournal = (): void => {
    const known = [...servers.values()].map(({ id, lists }) => ({ id, lists }))
    for (const server of servers.values()) startAnew(server)
    servers.clear()
    newServers = []
    newPaths = []
    readJournal()
    for (const { id, lists } of known) for (const place of [0, 1] as const) takeList(serverOf(id).lists[place], lists[place].paths, lists[place].metrics)
    lostJournaled = false
  }

  const usedBytes = (): number => {
    const pages = (db.pragma('page_count', { simple: true }) as number) - (db.pragma('freelist_count', { simple: true }) as number)
    return pages * (db.pragma('page_size', { simple: true }) as number)
  }

  /** Drops what is too old, or the oldest where all is too much, a little at a time. True where more is left to do. */
  const keepToLimits = (now: number): boolean => {
    for (let round = 0; round < 20; round++) {
      const oldest = sql.oldestSeal.get()
      const tooOld = now - limits.samples.days * dayMs
      const tooMuch = usedBytes() > limits.samples.bytes
      if (oldest && (oldest.to_at < tooOld || tooMuch)) {
        const dropped = transact(() => {
          sql.dropChunks.run(chunkId(oldest.id, 0), chunkId(oldest.id + 1, 0))
          sql.dropSeal.run(oldest.id)
        })
        if (!dropped) return false
        continue
      }
      const manyEvents = tooMuch && (sql.eventCount.get() ?? 0) > eventsToKeep
      let events = 0
      const dropped = transact(() => {
        events = (manyEvents ? sql.dropFirstEvents.run() : sql.dropOldEvents.run(tooOld)).changes
      })
      if (!dropped) return false
      if (events === 0) {
        // Freed pages are used again by themselves. Where they are many, as after new limits, they go back to the disk in steps.
        const free = db.pragma('freelist_count', { simple: true }) as number
        const shrinks = free > Math.max(1000, (db.pragma('page_count', { simple: true }) as number) / 20)
        return shrinks && transact(() => void db.pragma('incremental_vacuum(500)'))
      }
    }
    return true
  }

  const watchSpace = (space: Space): void => {
    const least = Math.max(1e9, space.totalBytes * 0.02)
    if (space.freeBytes < least) {
      if (lowSpace === null) onTrouble(null, 'The disk is nearly full: samples are not stored.')
      lowSpace = `Only ${inGb(space.freeBytes)} are free on the disk of ${dirname(db.name)}: samples are not stored until it is more than ${inGb(least)}, events are. Free some space, or keep fewer days of history.`
      // There is still room for what the journal holds already.
      if (journaling) for (const server of servers.values()) if (server.sealDue !== null) sealOrLetGo(server)
      stopJournal()
    } else if (space.freeBytes > least * 1.1) lowSpace = null
  }

  const maintain = (now: number, nowMonotonic: number, space: Space | null): boolean => {
    monotonic = nowMonotonic
    if (space) watchSpace(space)
    if (!journaling && lowSpace === null) resume()
    for (const server of servers.values()) {
      if (server.sealDue === null) continue
      if (server.sealDue <= monotonic || server.times.length >= mostRounds) sealOrLetGo(server)
    }
    return keepToLimits(now)
  }

  /** What the next batches refer to must stand in the journal again. */
  const relistAll = (): void => {
    for (const { lists } of servers.values()) for (const list of lists) list.listed = false
  }

  const afterJournal = (): number => (db.prepare<[], number | null>('SELECT max(id) FROM journal').pluck().get() ?? 0) + 1

  const readJournal = (): void => {
    const rows = db.prepare<[], { id: number; path_layout: number; server_layout: number; records: Uint8Array }>(
      'SELECT id, path_layout, server_layout, records FROM journal ORDER BY id',
    )
    const layouts = new Map(
      db
        .prepare<[], { id: number; columns: string }>('SELECT id, columns FROM layouts')
        .all()
        .map(({ id, columns }) => [id, textToLayout(columns)]),
    )
    const serversByNo = new Map(
      db
        .prepare<[], { no: number; id: string; sealed_round: number }>('SELECT no, id, sealed_round FROM servers')
        .all()
        .map((row) => [
          row.no,
          {
            ...row,
            names: null as Map<number, string> | null,
            lists: [emptyNumberedList(), emptyNumberedList()] as const,
            states: emptyStates(),
          },
        ]),
    )
    const namesOf = (no: number): Map<number, string> =>
      new Map(
        db
          .prepare<[number], { no: number; name: string }>('SELECT no, name FROM paths WHERE server = ?')
          .all(no)
          .map((path) => [path.no, path.name]),
      )
    for (const row of rows.iterate()) {
      // What is read now lies in this row: openJournal notes it.
      nextJournal = row.id
      const paths = layouts.get(row.path_layout) as SampleLayout
      const server = layouts.get(row.server_layout) as SampleLayout
      const metrics = [...paths.metrics, ...server.metrics]
      const cursor: ByteCursor = { bytes: row.records, at: 0 }
      while (cursor.at < row.records.length) {
        const end = cursor.at + lengthAt(row.records, cursor.at)
        cursor.at += 4
        const written = takeVarint(cursor)
        const kind = written & 3
        const place = written >> 2 === 0 ? 0 : 1
        const of = serversByNo.get(takeVarint(cursor))
        if (!of) throw new Error('the journal names a server that is not there')
        const round = takeVarint(cursor)
        const at = takeFloat(cursor)
        if (round <= of.sealed_round) {
          cursor.at = end
          continue
        }
        if (kind === recordKind.gap) {
          gap(of.id, at)
          continue
        }
        const rowsOf = of.lists[place]
        if (kind === recordKind.batchOfPaths) {
          of.names ??= namesOf(of.no)
          rowsOf.nos = []
          for (let count = takeVarint(cursor), no = 0; count > 0; count--) {
            no += unzigzag(takeVarint(cursor))
            rowsOf.nos.push(no)
          }
          const names = of.names
          rowsOf.paths = rowsOf.nos.map((no) => names.get(no) ?? '')
        }
        if (row.path_layout === pathLayoutId && row.server_layout === serverLayoutId) {
          // The rows are as this version writes them: they are taken over as they are.
          const server = serverOf(of.id)
          const list = server.lists[place]
          takeList(list, kind === recordKind.batchOfPaths ? rowsOf.paths : null, null)
          const slots = slotsOfRows(server, list)
          const round = roundOf(server, at, slots)
          for (const slot of slots) {
            const from = cursor.at
            decodeRow(cursor, server.states, slot)
            // Two names that the database can not tell apart (half a surrogate pair): the first one counts.
            if (slot < 0) continue
            server.lastRound[slot] = round
            pool.append(server.chains, slot, row.records, from, cursor.at)
          }
          cursor.at = end
          continue
        }
        const values = new Float64Array(rowsOf.paths.length * metrics.length).fill(Number.NaN)
        rowsOf.paths.forEach((path, index) => {
          const no = rowsOf.nos[index] as number
          growStates(of.states, no + 1)
          decodeRow(cursor, of.states, no)
          const layout = path === '' ? server : paths
          const offset = index * metrics.length + (path === '' ? paths.metrics.length : 0)
          for (let c = 0; c < layout.metrics.length; c++)
            if (((of.states.known[no] as number) & (1 << c)) !== 0)
              values[offset + c] = (of.states.last[no * of.states.stride + c] as number) / (layout.scales[c] as number)
        })
        ingest({ serverId: of.id, at, list: place, paths: kind === recordKind.batchOfPaths ? rowsOf.paths : null, metrics, values })
        journal.length = 0
        cursor.at = end
      }
      journal.length = 0
    }
    nextJournal = afterJournal()
    relistAll()
  }

  return {
    readJournal: () => {
      try {
        readJournal()
      } catch (error) {
        // Never seen, and no reason not to watch on: what could be read is sealed, the rest is let go.
        onTrouble(error, 'A part of the history of the last minutes can not be read and is lost.')
        journal.length = 0
        nextJournal = afterJournal()
        relistAll()
        journaling = false
        resume()
      }
    },
    batch: ingest,
    gap,
    events: (events) => void newEvents.push(...events),
    commit,
    flushEvents: () => {
      if (newEvents.length > 0) commit(monotonic)
    },
    maintain,
    hot: (subjects, to) => {
      const found: { no: number; times: Float64Array; gaps: readonly StoredGap[] }[] = []
      const indexOf = new Map<string, number>()
      const out = subjects.map(({ serverId, path }) => {
        if (!servers.has(serverId) && !sql.serverById.get(serverId)) return { server: -1, no: -1, rows: null }
        const server = serverOf(serverId)
        let index = indexOf.get(serverId)
        // Mostly the first one tells; not where the clock was set back.
        const wanted = server.times.some((at) => at <= to) || server.gaps.some(([, at]) => at <= to)
        if (index === undefined) {
          index = found.length
          indexOf.set(serverId, index)
          found.push({ no: server.no, times: wanted ? Float64Array.from(server.times) : new Float64Array(0), gaps: wanted ? server.gaps.slice() : [] })
        }
        const slot = server.slots.get(path)
        const no = slot === undefined ? (server.pathNos.get(path) ?? sql.pathNo.get(server.no, path) ?? -1) : (server.nos[slot] as number)
        return { server: index, no, rows: slot === undefined || !wanted ? null : pool.read(server.chains, slot) }
      })
      return { lastSeal, servers: found, subjects: out }
    },
    figures: () => {
      let from: number | null = sql.oldestSeal.get()?.from_at ?? null
      for (const { times } of servers.values()) if (times[0] !== undefined && (from === null || times[0] < from)) from = times[0]
      const bytes = usedBytes()
      return {
        bytes,
        from,
        kept: keptSchema.options.map((kept) => ({
          kept,
          limit: limits[kept],
          bytes: kept === 'samples' ? bytes : 0,
          from: kept === 'samples' ? from : null,
          bytesPerDay: null,
        })),
        freeBytes: null,
        samplesStopped: false,
        setAside: [],
        trouble: failure ?? lowSpace,
      }
    },
    keep: (next, now) => {
      limits = next
      keepToLimits(now)
    },
    trouble: () => failure ?? lowSpace,
    close: () => commit(monotonic),
  }
}

/** 0 to 1, the same for the same id: servers are sealed one after another, not all at once. */
const spread = (id: string): number => createHash('sha256').update(id).digest().readUInt32LE(0) / 2 ** 32

/** A list as the journal names it. */
const emptyNumberedList = (): { paths: string[]; nos: number[] } => ({ paths: [], nos: [] })

const emptyStates = (): { last: Float64Array; stride: number; known: Int32Array } => ({
  last: new Float64Array(0),
  stride: mostColumns,
  known: new Int32Array(0),
})
const growStates = (states: ReturnType<typeof emptyStates>, count: number): void => {
  if (count <= states.known.length) return
  const size = Math.max(64, count * 2)
  states.last = grown(states.last, new Float64Array(size * states.stride))
  states.known = grown(states.known, new Int32Array(size))
}

const putLength = (bytes: Uint8Array, at: number, length: number): void => {
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, length, true)
}
const lengthAt = (bytes: Uint8Array, at: number): number => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true)

const inGb = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
