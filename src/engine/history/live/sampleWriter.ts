import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import type { KeptEvent } from '../../../shared/events.ts'
import type { StoreFigures } from '../../../shared/history.ts'
import { messageOf } from '../../../shared/messageOf.ts'
import { damageText } from '../../storage/damageText.ts'
import type { Database } from '../../storage/openDatabase.ts'
import { classifyStorageError } from '../../storage/storageTrouble.ts'
import {
  BadBytesError,
  type ByteCursor,
  type ByteSink,
  beginRecord,
  ChunkDamaged,
  createByteSink,
  createRowStates,
  createWideningRow,
  decodeRow,
  encodeRow,
  endRecord,
  growStates,
  isColumnKnown,
  type JournalRecord,
  mostPathNos,
  putNumbers,
  type RowStates,
  recordKind,
  rowForm,
  takeNumbers,
  takeRecord,
  wordsOf,
} from '../codec/codec.ts'
import {
  type Description,
  dayMs,
  type HotMoment,
  type HotRounds,
  type HotSamples,
  isOwnName,
  layoutToText,
  type OwnerKind,
  ownerKindOf,
  ownerKinds,
  ownerLayouts,
  ownName,
  type SampleLayout,
  type Space,
  type StoredBatch,
  type StoredGap,
  type StoredSubject,
  type StoreLimits,
  type StoreReport,
  textToLayout,
} from '../protocol/protocol.ts'
import { type BlockPool, createBlockPool } from './blockPool.ts'
import { type EventRow, storedAbout } from './eventRow.ts'
import { createFactWriter } from './factWriter.ts'
import { createLiveFile, eventRowBytes, type LiveFile } from './liveFile.ts'
import { createSealWriter, type LayoutIds, removeUnfinishedSeals, type SealSlice } from './sealWriter.ts'
import { type ClosedRounds, closeRounds, createServerColumns, growSlots, type PathList, type ServerColumns, takeList } from './serverColumns.ts'

/**
 * The only writer of history.db; lives on the store's thread.
 *
 * 1. A batch is encoded at once, row by row: the bytes go to the path's chain in memory and to the open journal record.
 * 2. A commit writes the open record, new names, events and facts in one transaction: what was committed survives kill -9.
 * 3. Rounds that are due are closed, and sealed slice by slice (`sealWriter.ts`) while the server's next rounds come in.
 *    The last slice's transaction notes the last round that is sealed and drops the journal that no server needs any more.
 *    A path's columns start over with each closing.
 * 4. At start the journal is read back; rounds that are sealed already are passed over.
 * 5. While nothing can be written (`journaling` is false) rounds live in memory only, until they are due, then they are
 *    let go. When it works again all that is in memory is sealed before the journal goes on, so that it never has a hole.
 * 6. Where the disk is nearly full seals are made without samples: journal, minutes, facts and events go on.
 */
export interface SampleWriter {
  /** Takes back what was committed but not sealed when the last writer ended. Once, before anything else. */
  readonly readJournal: () => void
  readonly batch: (batch: StoredBatch) => void
  readonly gap: (ownerId: string, at: number) => void
  readonly events: (events: readonly KeptEvent[]) => void
  readonly describe: (description: Description) => void
  /** True where something is to be sealed soon. */
  readonly commit: (monotonic: number) => boolean
  /** Commits now where events or facts wait, so that a reader finds them. */
  readonly flush: () => void
  /** Seals what is due, keeps to the limits, looks at the disk: a step of some 20 ms. True where a next call would find more to do. */
  readonly maintain: (now: number, monotonic: number, space: Space | null) => boolean
  /** Has all that is in memory sealed, with the next steps. */
  readonly closeAll: () => void
  /** Seals the next slice. True where there are more. */
  readonly sealNext: () => boolean
  /** The oldest moment in memory. */
  readonly unsealedFrom: () => number | null
  readonly hot: (subjects: readonly StoredSubject[], to: number) => HotSamples
  readonly hotMoment: (to: number) => HotMoment
  readonly live: Pick<LiveFile, 'dropDay' | 'listArchive' | 'unlistArchive' | 'setAside' | 'knowSetAside' | 'oldestDay'>
  readonly figures: () => StoreFigures
  readonly keep: (limits: StoreLimits, now: number) => void
  readonly trouble: () => string | null
  /** What is to be said on the screen since the last call. */
  readonly takeReports: () => readonly StoreReport[]
  /** The lists that batches refer to, for a writer that takes over. */
  readonly lists: () => readonly RememberedLists[]
  readonly takeLists: (lists: readonly RememberedLists[]) => void
  /** The file turned out to be damaged: nothing can be written to it any more. */
  readonly isDamaged: () => boolean
  /** Commits what is pending. The database stays open. */
  readonly close: () => void
}

export interface SampleWriterOptions {
  readonly db: Database
  readonly limits: StoreLimits
  readonly onTrouble: (error: unknown, text: string) => void
  /** Most bytes of samples in memory; beyond them the oldest server is sealed early. */
  readonly hotBytes?: number
  /** Rows that are sealed in one step. */
  readonly sliceRows?: number
}

/** Chunks of ten minutes: 300 samples at 2 s. */
const sealAfterMs = 600_000
const mostRounds = 4000
/**
 * By the wall clock, which jumps when a machine wakes: no seal reaches further into the day after the one it began in.
 * That is where files of several days give way to those of one (`readSources.ts`), a quarter of an hour at least.
 */
const longestSealMs = 900_000
/** 100,000 paths at 2 s fill them in about three minutes; they are half of what the store's thread takes. */
const usualHotBytes = 64 << 20
/** Rows of one path each: about 15 ms. A seal of 100 paths is one slice, and so one transaction. */
const usualSliceRows = 32_000
/** That wait to be said. */
const mostReports = 100
/** Events that wait while the disk is full. */
const mostWaitingEvents = 10_000

export function createSampleWriter(options: SampleWriterOptions): SampleWriter {
  const { db, onTrouble } = options
  const hotBytes = options.hotBytes ?? usualHotBytes
  const sliceRows = options.sliceRows ?? usualSliceRows
  let limits = options.limits
  const pool: BlockPool = createBlockPool()
  const servers = new Map<string, ServerColumns>()
  /** A row of the journal is of servers of one kind, because it has their layouts. */
  const journals = { server: createByteSink(64 << 10), host: createByteSink() } as const satisfies Record<OwnerKind, ByteSink>
  let journaling = true
  /** Rounds that the journal holds were let go of in memory since the trouble began. */
  let lostJournaled = false
  let lowSpace: string | null = null
  let failure: string | null = null
  let damaged = false
  let newServers: ServerColumns[] = []
  /** By server and name, as the database will tell names apart. */
  let newPaths = new Map<string, { readonly server: number; readonly no: number; readonly name: string }>()
  let newEvents: KeptEvent[] = []
  let refused = 0
  let reports: StoreReport[] = []
  let monotonic = 0
  let space: Space | null = null
  /** Day of the newest batch, since 1970: names that appear are of it until they are sealed. */
  let today = 0
  /** Closed rounds, the first of which is being sealed. */
  const queue: ClosedRounds[] = []
  let queuedBytes = 0

  const sql = {
    layout: db.prepare<[string], { id: number }>('INSERT INTO layouts(columns) VALUES (?) ON CONFLICT DO UPDATE SET columns = excluded.columns RETURNING id'),
    serverById: db.prepare<[string], { no: number; sealed_round: number }>('SELECT no, sealed_round FROM servers WHERE id = ?'),
    lastServerNo: db.prepare<[], number | null>('SELECT max(no) FROM servers').pluck(),
    addServer: db.prepare<[number, string]>('INSERT INTO servers(no, id, sealed_round) VALUES (?, ?, -1)'),
    pathNo: db.prepare<[number, string], number>('SELECT no FROM paths WHERE server = ? AND name = ?').pluck(),
    lastPathNo: db.prepare<[number], number | null>('SELECT max(no) FROM paths WHERE server = ?').pluck(),
    addPath: db.prepare<[number, number, string, number]>('INSERT INTO paths(server, no, name, day) VALUES (?, ?, ?, ?)'),
    isPathNo: db.prepare<[number, number], number>('SELECT 1 FROM paths WHERE server = ? AND no = ?').pluck(),
    addEvent: db.prepare<[Omit<EventRow, 'id'>]>(
      'INSERT INTO events(at, kind, server_id, server_name, path, text, facts) VALUES (@at, @kind, @server_id, @server_name, @path, @text, @facts)',
    ),
    addJournal: db.prepare<[number, number, number, number, Uint8Array]>(
      'INSERT INTO journal(id, form, path_layout, server_layout, records) VALUES (?, ?, ?, ?, ?)',
    ),
    trimJournal: db.prepare<[number]>('DELETE FROM journal WHERE id < ?'),
    tally: db.prepare<[number]>("UPDATE tallies SET bytes = bytes + ? WHERE kept = 'events'"),
  }
  const layoutIdOf = (layout: SampleLayout): number => sql.layout.get(layoutToText(layout))?.id as number
  const layoutIds = Object.fromEntries(
    ownerKinds.map((kind): [OwnerKind, LayoutIds] => [kind, { own: layoutIdOf(ownerLayouts[kind].own), parts: layoutIdOf(ownerLayouts[kind].parts) }]),
  ) as Record<OwnerKind, LayoutIds>
  let nextServerNo = (sql.lastServerNo.get() ?? 0) + 1
  let nextJournal = 1
  removeUnfinishedSeals(db)
  const seals = createSealWriter({ db, pool, layoutIds })

  const report = (found: StoreReport): void => {
    if (reports.length < mostReports) reports.push(found)
  }

  const serverOf = (id: string): ServerColumns => {
    const there = servers.get(id)
    if (there) return there
    const stored = sql.serverById.get(id)
    const no = stored?.no ?? nextServerNo++
    const server = createServerColumns(id, no, stored?.sealed_round ?? -1)
    server.nextPathNo = ((stored && sql.lastPathNo.get(no)) ?? 0) + 1
    servers.set(id, server)
    if (!stored) {
      server.isNew = true
      newServers.push(server)
    }
    return server
  }

  const pathNoOf = (server: ServerColumns, name: string): number => {
    let no = server.pathNos.get(name)
    if (no !== undefined) return no
    // A hundred thousand names come at once where a large fleet is new: none of them is looked for in vain.
    // Half a surrogate pair is another letter in the database, and may be the name of another path there.
    if (!name.isWellFormed()) server.isNew = false
    const key = `${server.no} ${name.toWellFormed()}`
    if (!server.isNew) no = newPaths.get(key)?.no ?? sql.pathNo.get(server.no, name)
    if (no === undefined) {
      // Numbers of names that went are given again once all were given.
      do {
        if (server.nextPathNo >= mostPathNos) {
          server.nextPathNo = 1
          server.givesAgain = true
        }
        no = server.nextPathNo++
      } while (server.givesAgain && sql.isPathNo.get(server.no, no) !== undefined)
      newPaths.set(key, { server: server.no, no, name })
    }
    server.pathNos.set(name, no)
    return no
  }

  const facts = createFactWriter({ db, serverOf, pathNoOf })

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
    let joins = current >= 0 && !server.inGap && server.times[current] === at
    for (let row = 0; joins && row < slots.length; row++) joins = (slots[row] as number) < 0 || server.lastRound[slots[row] as number] !== current
    if (!joins) server.times.push(at)
    server.inGap = false
    openJournal(server)
    return server.times.length - 1
  }

  /** Where it begins in the journal; `round` counts from the first that the server holds. */
  const beginOwn = (kind: number, list: 0 | 1, server: ServerColumns, round: number, at: number): number =>
    beginRecord(journals[server.kind], { kind, list, owner: server.no, round: server.firstRound + round, at })

  const emptyJournals = (): void => {
    for (const kind of ownerKinds) journals[kind].length = 0
  }
  /** Those of which there is something to write. */
  const pendingJournals = (): OwnerKind[] => ownerKinds.filter((kind) => journals[kind].length > 0)

  /** When the rounds began that the server holds. */
  const beginOf = ({ times, gaps }: ServerColumns): number | undefined => (gaps[0]?.[0] === 0 ? gaps[0][1] : times[0])

  const ingest = (batch: StoredBatch): void => {
    const server = serverOf(batch.ownerId)
    const at = Math.round(batch.at)
    if (Math.abs(at - (beginOf(server) ?? at)) >= longestSealMs) close(server)
    const list = server.lists[batch.list]
    takeList(list, ownerLayouts[server.kind], batch.paths, batch.metrics)
    const slots = slotsOfRows(server, list)
    const width = list.metrics.length
    today = Math.floor(at / dayMs)
    const round = roundOf(server, at, slots)

    const journal = journals[server.kind]
    const { own, parts } = ownerLayouts[server.kind]
    if (!journaling) journal.length = 0
    const start = beginOwn(list.listed ? recordKind.batchOfSamePaths : recordKind.batchOfPaths, batch.list, server, round, at)
    if (!list.listed) {
      putNumbers(
        journal,
        Array.from(slots, (slot) => (slot < 0 ? -1 : (server.nos[slot] as number))),
      )
      list.listed = true
    }
    const { states, lastRound, chains } = server
    for (let row = 0; row < slots.length; row++) {
      const slot = slots[row] as number
      if (slot < 0) continue
      const isOwn = isOwnName(list.paths[row] as string)
      const from = journal.length
      const refused = encodeRow(
        journal,
        states,
        slot,
        round - (lastRound[slot] as number) - 1,
        batch.values,
        row * width,
        isOwn ? list.serverSource : list.pathSource,
        isOwn ? own.scales : parts.scales,
      )
      if (refused > 0) refuse(server, list.paths[row] as string, refused)
      lastRound[slot] = round
      pool.append(chains, slot, journal.bytes, from, journal.length)
    }
    endRecord(journal, start)
    if (!journaling) journal.length = 0
  }

  /** A server's first one since the start is reported. */
  const refuse = (server: ServerColumns, path: string, count: number): void => {
    refused += count
    if (server.refuses) return
    server.refuses = true
    report({ kind: 'valueRefused', of: { ownerId: server.id, path }, facts: {} })
  }

  const gap = (ownerId: string, atExact: number): void => {
    const server = serverOf(ownerId)
    if (server.inGap) return
    const at = Math.round(atExact)
    server.inGap = true
    server.gaps.push([server.times.length, at])
    openJournal(server)
    if (!journaling) return
    endRecord(journals[server.kind], beginOwn(recordKind.gap, 0, server, server.times.length, at))
  }

  /** Inside a transaction. */
  const writePending = (): void => {
    for (const server of newServers) sql.addServer.run(server.no, server.id)
    for (const path of newPaths.values()) sql.addPath.run(path.server, path.no, path.name, today)
    let eventBytes = 0
    for (const event of newEvents) {
      const eventFacts = JSON.stringify(event.facts)
      sql.addEvent.run({ ...storedAbout(event), at: event.at, kind: event.kind, text: event.text, facts: eventFacts })
      eventBytes += Buffer.byteLength(event.text) + Buffer.byteLength(eventFacts) + eventRowBytes
    }
    if (eventBytes > 0) sql.tally.run(eventBytes)
    facts.writePending()
    if (!journaling) return
    for (const [n, kind] of pendingJournals().entries()) {
      const { bytes, length } = journals[kind]
      sql.addJournal.run(nextJournal + n, rowForm, layoutIds[kind].parts, layoutIds[kind].own, bytes.subarray(0, length))
    }
  }
  const forgetPending = (): void => {
    newServers = []
    newPaths = new Map()
    newEvents = []
    facts.forgetPending()
    if (journaling) nextJournal += pendingJournals().length
    emptyJournals()
  }
  const isPending = (): boolean => newServers.length + newPaths.size + newEvents.length + pendingJournals().length + facts.pending() > 0

  /** Runs a transaction; a disk that is full or broken is no bug: samples are kept in memory until it works again. */
  const transact = (run: () => void): boolean => {
    try {
      db.transaction(run).immediate()
      return true
    } catch (error) {
      const kind = classifyStorageError(error)
      if (kind === null) throw error
      if (kind === 'damaged') damaged = true
      const dir = dirname(db.name)
      const words = {
        full: `The disk of ${dir} is full: samples are not stored. Free some space, or keep fewer days of history.`,
        notWritable: `${db.name} cannot be written (${(error as Error).message}): samples are not stored. Check the disk and who owns the folder.`,
        damaged: `${db.name} is damaged (${(error as Error).message}): it is set aside, and a new one is begun.`,
        busy: `${db.name} is held by another program: samples are not stored. Close what has it open.`,
      }[kind]
      if (failure === null) onTrouble(error, words)
      failure = words
      stopJournal()
      if (newEvents.length > mostWaitingEvents) newEvents = newEvents.slice(-mostWaitingEvents)
      return false
    }
  }

  const live = createLiveFile({
    db,
    servers,
    journalIsWhole: () => journaling,
    transact: (run) => {
      const written = transact(() => {
        writePending()
        run()
      })
      if (written) forgetPending()
      return written
    },
  })

  const stopJournal = (): void => {
    if (!journaling) return
    journaling = false
    emptyJournals()
  }

  const commitPending = (): boolean => {
    if (isPending()) {
      if (!transact(writePending)) return false
      forgetPending()
    }
    if (journaling) failure = null
    return true
  }

  const commit = (nowMonotonic: number): boolean => {
    monotonic = nowMonotonic
    commitPending()
    while (pool.usedBytes() - queuedBytes > hotBytes) {
      const oldest = oldestOpen()
      if (!oldest) break
      close(oldest)
    }
    // Sealing falls behind: rather a late commit than memory without end.
    while (pool.usedBytes() > hotBytes * 1.25 && queue.length > 0) if (!sealSlice(sliceRows)) letGo()
    return queue.length > 0
  }

  const oldestOpen = (): ServerColumns | null => {
    let found: ServerColumns | null = null
    for (const server of servers.values())
      if (server.sealDue !== null && server.times.length > 0 && (found?.sealDue == null || server.sealDue < found.sealDue)) found = server
    return found
  }

  /** Closes what the server holds; it waits to be sealed. */
  const close = (server: ServerColumns): void => {
    if (server.times.length + server.gaps.length === 0) {
      server.sealDue = null
      return
    }
    const closed = closeRounds(server)
    queue.push(closed)
    queuedBytes += closed.bytes
    tellAnew(server)
  }

  const tellAnew = (server: ServerColumns): void => {
    if (!journaling) return
    endRecord(journals[server.kind], beginOwn(recordKind.anew, 0, server, 0, 0))
  }

  const leaveQueue = (closed: ClosedRounds): void => {
    queue.shift()
    queuedBytes -= closed.bytes
    for (let slot = 0; slot < closed.names.length; slot++) pool.free(closed.chains, slot)
    const { server } = closed
    server.closed.splice(server.closed.indexOf(closed), 1)
  }

  /** Writes the next slice of what waits. False where the disk does not let it. */
  const sealSlice = (rows: number): boolean => {
    const closed = queue[0]
    if (!closed) return true
    let slice: SealSlice
    try {
      slice = seals.slice(closed, rows, lowSpace === null)
      const written = transact(() => {
        seals.removeAbandoned()
        writePending()
        slice.write()
        if (slice.isLast) trimJournal(closed)
      })
      if (!written) return false
    } catch (error) {
      // What one server's minutes do must not keep those of all others from being sealed.
      loseSeal(closed, error)
      return true
    }
    forgetPending()
    seals.forgetAbandoned()
    finishSlice(closed, slice)
    return true
  }

  /** After its transaction was committed. */
  const finishSlice = (closed: ClosedRounds, slice: SealSlice): void => {
    slice.done()
    for (const { path, because } of slice.lost)
      report({ kind: 'storeDamaged', of: { ownerId: closed.server.id, path }, facts: { ...lostSpan(closed, because), whole: false } })
    if (slice.isLast) leaveQueue(closed)
  }

  const loseSeal = (closed: ClosedRounds, error: unknown): void => {
    onTrouble(error, 'A seal could not be written.')
    report({ kind: 'storeDamaged', of: { ownerId: closed.server.id, path: ownName }, facts: { ...lostSpan(closed, messageOf(error)), whole: true } })
    seals.abandon(closed)
    leaveQueue(closed)
  }

  const lostSpan = ({ times, gaps }: ClosedRounds, because: string) => {
    const from = times[0] ?? gaps[0]?.[1] ?? 0
    return { damage: 'span', from, minutes: Math.max(1, Math.round(((times.at(-1) ?? from) - from) / 60_000)), because } as const
  }

  /** Gives up the oldest rounds in memory, while nothing can be written. */
  const letGo = (): void => {
    const oldest = oldestOpen()
    if (queue.length === 0 && oldest) close(oldest)
    const closed = queue[0]
    if (!closed) return
    if (closed.journalFrom !== null) lostJournaled = true
    seals.abandon(closed)
    leaveQueue(closed)
  }

  const trimJournal = (sealed: ClosedRounds | 'all'): void => {
    let keepFrom = nextJournal + 1
    if (sealed !== 'all')
      for (const server of servers.values()) {
        if (server.journalFrom !== null) keepFrom = Math.min(keepFrom, server.journalFrom)
        for (const closed of server.closed) if (closed !== sealed && closed.journalFrom !== null) keepFrom = Math.min(keepFrom, closed.journalFrom)
      }
    sql.trimJournal.run(keepFrom)
  }

  /** Tries to write again after a trouble: all that is in memory is sealed, then the journal starts empty. True where more is left to do. */
  const resume = (): boolean => {
    if (lostJournaled) recallJournal()
    let steps = 0
    for (; queue.length > 0 && steps < 4; steps++) if (!sealSlice(sliceRows)) return false
    if (queue.length > 0) return true
    const open = [...servers.values()].filter((server) => server.times.length + server.gaps.length > 0)
    for (const server of open) close(server)
    if (queue.reduce((rows, { times, nos }) => rows + times.length * nos.length, 0) > 4 * sliceRows) return true
    const slices = queue.map((closed) => ({ closed, slice: seals.slice(closed, Number.POSITIVE_INFINITY, lowSpace === null) }))
    try {
      const written = transact(() => {
        seals.removeAbandoned()
        writePending()
        for (const { slice } of slices) slice.write()
        trimJournal('all')
      })
      if (!written) return false
    } catch (error) {
      onTrouble(error, 'Not all that is in memory can be sealed at once.')
      // One by one the others are, and it is known whose it is.
      while (queue.length > 0) if (!sealSlice(Number.POSITIVE_INFINITY)) return false
      return true
    }
    emptyJournals()
    forgetPending()
    seals.forgetAbandoned()
    for (const { closed, slice } of slices) finishSlice(closed, slice)
    journaling = true
    failure = null
    for (const server of servers.values()) tellAnew(server)
    return false
  }

  /** Memory as it would be after a start now, but for the lists that the next batches refer to. */
  const recallJournal = (): void => {
    const known = rememberedLists()
    for (const server of servers.values()) if (server.times.length + server.gaps.length > 0) close(server)
    while (queue[0]) {
      seals.abandon(queue[0])
      leaveQueue(queue[0])
    }
    servers.clear()
    newServers = []
    newPaths = new Map()
    readJournal()
    takeLists(known)
    lostJournaled = false
  }

  const rememberedLists = (): RememberedLists[] => [...servers.values()].map(({ id, lists }) => ({ id, lists }))
  const takeLists = (remembered: readonly RememberedLists[]): void => {
    for (const { id, lists } of remembered)
      for (const place of [0, 1] as const) takeList(serverOf(id).lists[place], ownerLayouts[ownerKindOf(id)], lists[place].paths, lists[place].metrics)
  }

  const watchSpace = (found: Space): void => {
    space = found
    const least = Math.max(1e9, found.totalBytes * 0.02)
    if (found.freeBytes < least) {
      if (lowSpace === null) onTrouble(null, 'The disk is nearly full: samples are not stored any more, minutes are.')
      lowSpace = `Only ${inGb(found.freeBytes)} are free on the disk of ${dirname(db.name)}: samples are not stored until it is more than ${inGb(least)}; minutes, events and all coarser figures are. Free some space, or keep fewer days of history.`
    } else if (found.freeBytes > least * 1.1) lowSpace = null
  }

  const maintain = (now: number, nowMonotonic: number, found: Space | null): boolean => {
    monotonic = nowMonotonic
    if (found) watchSpace(found)
    let more = false
    if (!journaling) more = resume()
    const isStuck = !journaling && !more
    for (const server of servers.values()) {
      if (server.sealDue === null || (server.sealDue > monotonic && server.times.length < mostRounds)) continue
      close(server)
      if (isStuck) letGo()
    }
    if (journaling && queue.length > 0) {
      if (!sealSlice(sliceRows)) return false
      if (queue.length > 0) return true
    }
    if (!journaling) return more
    return live.keepToLimits(limits, now) || live.dropNames(now)
  }

  const closeAll = (): void => {
    for (const server of servers.values()) close(server)
  }

  /** What the next batches refer to must stand in the journal again. */
  const relistAll = (): void => {
    for (const { lists } of servers.values()) for (const list of lists) list.listed = false
  }

  const afterJournal = (): number => (db.prepare<[], number | null>('SELECT max(id) FROM journal').pluck().get() ?? 0) + 1

  /** False where some of it could not be read. */
  const readJournal = (): boolean => {
    const rows = db.prepare<[], JournalRow>('SELECT id, path_layout, server_layout, records FROM journal ORDER BY id')
    const layouts = new Map(
      db
        .prepare<[], { id: number; columns: string }>('SELECT id, columns FROM layouts')
        .all()
        .map(({ id, columns }) => [id, columns]),
    )
    const parsed = new Map<number, SampleLayout>()
    const layoutOf = (id: number): SampleLayout => {
      const text = layouts.get(id)
      if (text === undefined) throw new ChunkDamaged(`there is no layout ${id}`)
      const layout = parsed.get(id) ?? textToLayout(text)
      parsed.set(id, layout)
      return layout
    }
    const serversByNo = new Map<number, JournaledServer>(
      db
        .prepare<[], { no: number; id: string; sealed_round: number }>('SELECT no, id, sealed_round FROM servers')
        .all()
        .map((row) => [
          row.no,
          {
            ...row,
            names: null,
            lists: [emptyNumberedList(), emptyNumberedList()],
            states: createRowStates(0, 0),
            isTranslated: false,
            isCut: false,
            isLost: false,
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
    /** Takes one record; the cursor stands behind its head. Throws `ChunkDamaged`. */
    const take = (row: JournalRow, { kind, list: place, round, at, end }: JournalRecord, of: JournaledServer, cursor: ByteCursor): void => {
      const held = serverOf(of.id)
      if (kind === recordKind.anew) {
        of.states = createRowStates(0, 0)
        of.isCut = false
        if (held.times.length + held.gaps.length > 0) close(held)
        held.firstRound = round
        return
      }
      if (held.times.length + held.gaps.length === 0) held.firstRound = round
      if (kind === recordKind.gap) {
        gap(of.id, at)
        return
      }
      const rowsOf = of.lists[place]
      if (kind === recordKind.batchOfPaths) {
        of.names ??= namesOf(of.no)
        rowsOf.nos = takeNumbers(cursor)
        const names = of.names
        rowsOf.paths = rowsOf.nos.map((no) => names.get(no) ?? '')
      }
      const { own, parts } = layoutIds[held.kind]
      const isOurs = row.path_layout === parts && row.server_layout === own
      // A version that could not seal went on for hours: no seal becomes that long, and its next rows are not measured against this one's.
      if (!of.isCut && (held.times.length >= mostRounds || Math.abs(at - (beginOf(held) ?? at)) >= longestSealMs)) {
        if (isOurs) copyStates(held, of)
        of.isCut = true
        close(held)
      }
      if (!of.isCut && isOurs) {
        // The rows are as this version writes them: they are taken over as they are.
        const list = held.lists[place]
        takeList(list, ownerLayouts[held.kind], kind === recordKind.batchOfPaths ? rowsOf.paths : null, null)
        const slots = slotsOfRows(held, list)
        const round = roundOf(held, at, slots)
        for (const slot of slots) {
          const from = cursor.at
          // Two names that the database cannot tell apart (half a surrogate pair): the first one counts.
          if (slot < 0) {
            decodeRow(cursor, createWideningRow(), 0)
            continue
          }
          decodeRow(cursor, held.states, slot)
          if (cursor.at > end) throw new ChunkDamaged('a row ends beyond its record')
          held.lastRound[slot] = round
          pool.append(held.chains, slot, row.records, from, cursor.at)
        }
        return
      }
      const paths = layoutOf(row.path_layout)
      const server = layoutOf(row.server_layout)
      const metrics = [...paths.metrics, ...server.metrics]
      const columns = Math.max(paths.metrics.length, server.metrics.length)
      of.isTranslated ||= !isOurs
      const values = new Float64Array(rowsOf.paths.length * metrics.length).fill(Number.NaN)
      rowsOf.paths.forEach((path, index) => {
        const no = rowsOf.nos[index] as number
        growStates(of.states, no + 1, columns)
        decodeRow(cursor, of.states, no)
        const layout = isOwnName(path) ? server : paths
        const offset = index * metrics.length + (isOwnName(path) ? paths.metrics.length : 0)
        for (let c = 0; c < layout.metrics.length; c++)
          if (isColumnKnown(of.states, no, c)) values[offset + c] = (of.states.last[no * of.states.stride + c] as number) / (layout.scales[c] as number)
      })
      ingest({ ownerId: of.id, at, list: place, paths: kind === recordKind.batchOfPaths ? rowsOf.paths : null, metrics, values })
      emptyJournals()
    }

    /** What is wrong with a record costs its server what follows until its rounds were closed; nobody else anything. */
    const lose = (of: JournaledServer, error: unknown): void => {
      if (!(error instanceof BadBytesError)) throw error
      damage ??= error
      of.isLost = true
      const held = servers.get(of.id)
      if (held && held.times.length + held.gaps.length > 0) close(held)
    }

    let damage: BadBytesError | null = null
    for (const row of rows.iterate()) {
      // What is read now lies in this row: openJournal notes it.
      nextJournal = row.id
      const cursor: ByteCursor = { bytes: row.records, at: 0 }
      while (cursor.at < row.records.length) {
        let record: JournalRecord
        try {
          record = takeRecord(cursor)
        } catch (error) {
          // Whose the rest of it is cannot be told.
          for (const of of serversByNo.values()) lose(of, error)
          break
        }
        const of = serversByNo.get(record.owner)
        if (record.kind === recordKind.anew && of) of.isLost = false
        if (of && !of.isLost && record.round > of.sealed_round)
          try {
            take(row, record, of, cursor)
          } catch (error) {
            lose(of, error)
          }
        cursor.at = record.end
      }
      emptyJournals()
    }
    nextJournal = afterJournal()
    relistAll()
    // What comes is measured against columns that the journal does not have.
    for (const { id, isTranslated } of serversByNo.values()) {
      const held = isTranslated ? servers.get(id) : undefined
      if (held) close(held)
    }
    if (damage === null) return true
    const facts = { damage: 'lastMinutes' } as const
    onTrouble(damage, damageText(facts))
    report({ kind: 'storeDamaged', of: null, facts })
    return false
  }

  const isWanted = ({ times, gaps }: { readonly times: ArrayLike<number>; readonly gaps: readonly StoredGap[] }, to: number): boolean => {
    // Mostly the first one tells; not where the clock was set back.
    for (let i = 0; i < times.length; i++) if ((times[i] as number) <= to) return true
    return gaps.some(([, at]) => at <= to)
  }
  const roundsOf = (of: { readonly times: ArrayLike<number>; readonly gaps: readonly StoredGap[] }): HotRounds => ({
    times: Float64Array.from(of.times),
    gaps: of.gaps.slice(),
  })
  const noRounds: HotRounds = { times: new Float64Array(0), gaps: [] }

  const unsealedFrom = (): number | null => {
    let from: number | null = null
    const put = ({ times, gaps }: { readonly times: ArrayLike<number>; readonly gaps: readonly StoredGap[] }): void => {
      for (let i = 0; i < times.length; i++) if (from === null || (times[i] as number) < from) from = times[i] as number
      for (const [, at] of gaps) if (from === null || at < from) from = at
    }
    for (const server of servers.values()) {
      put(server)
      for (const closed of server.closed) put(closed)
    }
    return from
  }

  return {
    readJournal: () => {
      if (readJournal()) return
      // What could be read is sealed, and the journal begins empty.
      journaling = false
      resume()
    },
    batch: ingest,
    gap,
    events: (events) => void newEvents.push(...events),
    describe: facts.describe,
    commit,
    flush: () => {
      if (newEvents.length + facts.pending() > 0) commitPending()
    },
    maintain,
    closeAll,
    sealNext: () => journaling && sealSlice(sliceRows) && queue.length > 0,
    unsealedFrom,
    hot: (subjects, to) => {
      const found: HotSamples['owners'][number][] = []
      const indexOf = new Map<string, number>()
      const out = subjects.map(({ ownerId, path }) => {
        if (!servers.has(ownerId) && !sql.serverById.get(ownerId)) return { owner: -1, no: -1, rows: null, older: [] }
        const server = serverOf(ownerId)
        const older = server.closed.filter((closed) => isWanted(closed, to))
        const wanted = isWanted(server, to)
        let index = indexOf.get(ownerId)
        if (index === undefined) {
          index = found.push({ no: server.no, ...(wanted ? roundsOf(server) : noRounds), older: older.map(roundsOf) }) - 1
          indexOf.set(ownerId, index)
        }
        const slot = server.slots.get(path)
        const no = slot === undefined ? (server.pathNos.get(path) ?? sql.pathNo.get(server.no, path) ?? -1) : (server.nos[slot] as number)
        return {
          owner: index,
          no,
          rows: slot === undefined || !wanted ? null : pool.read(server.chains, slot),
          older: older.map((closed) => {
            const place = closed.slots.get(path)
            return place === undefined ? null : pool.read(closed.chains, place)
          }),
        }
      })
      return { lastSeal: seals.lastSeal(), owners: found, subjects: out }
    },
    hotMoment: (to) => {
      commitPending()
      const found: HotSamples['owners'][number][] = []
      const subjects: HotSamples['subjects'][number][] = []
      const ownerIds: string[] = []
      const paths: string[] = []
      for (const server of servers.values()) {
        if (server.kind === 'host') continue
        const older = server.closed.filter((closed) => isWanted(closed, to))
        const wanted = isWanted(server, to)
        if (!wanted && older.length === 0) continue
        const index = found.push({ no: server.no, ...(wanted ? roundsOf(server) : noRounds), older: older.map(roundsOf) }) - 1
        ownerIds.push(server.id)
        const names = new Map<string, number>()
        for (const closed of older) closed.names.forEach((name, slot) => void names.set(name, closed.nos[slot] as number))
        if (wanted) server.names.forEach((name, slot) => void names.set(name, server.nos[slot] as number))
        for (const [path, no] of names) {
          const slot = wanted ? server.slots.get(path) : undefined
          paths.push(path)
          subjects.push({
            owner: index,
            no,
            rows: slot === undefined ? null : pool.read(server.chains, slot),
            older: older.map((closed) => {
              const place = closed.slots.get(path)
              return place === undefined ? null : pool.read(closed.chains, place)
            }),
          })
        }
      }
      return { lastSeal: seals.lastSeal(), owners: found, subjects, ownerIds, paths }
    },
    live,
    figures: () => ({
      ...live.figures(limits, unsealedFrom()),
      refusedValues: refused,
      freeBytes: space?.freeBytes ?? null,
      samplesStopped: lowSpace !== null,
      trouble: failure ?? lowSpace,
    }),
    keep: (next, now) => {
      limits = next
      live.keepToLimits(limits, now)
    },
    trouble: () => failure ?? lowSpace,
    isDamaged: () => damaged,
    lists: rememberedLists,
    takeLists,
    takeReports: () => {
      const taken = reports
      reports = []
      return taken
    },
    close: () => void commitPending(),
  }
}

/** States of a server in memory, as those of its paths' numbers. */
function copyStates({ nos, states: from }: ServerColumns, { states: into }: JournaledServer): void {
  growStates(into, 1 + nos.reduce((most, no) => Math.max(most, no), 0), from.stride)
  const words = wordsOf(from.stride)
  for (const [slot, no] of nos.entries()) {
    into.last.set(from.last.subarray(slot * from.stride, (slot + 1) * from.stride), no * into.stride)
    into.known.set(from.known.subarray(slot * words, (slot + 1) * words), no * wordsOf(into.stride))
  }
}

/** 0 to 1, the same for the same id: servers are sealed one after another, not all at once. */
const spread = (id: string): number => createHash('sha256').update(id).digest().readUInt32LE(0) / 2 ** 32

/** What the next batches of a server refer to. */
export type RememberedLists = Pick<ServerColumns, 'id' | 'lists'>

interface JournalRow {
  readonly id: number
  readonly path_layout: number
  readonly server_layout: number
  readonly records: Uint8Array
}
/** A server while the journal is read. */
interface JournaledServer {
  readonly no: number
  readonly id: string
  readonly sealed_round: number
  names: Map<number, string> | null
  readonly lists: readonly [NumberedList, NumberedList]
  states: RowStates
  /** Some of its rows have other columns than this version writes. */
  isTranslated: boolean
  /** Its rounds were closed where the journal does not say so: rows that follow are still measured against what came before. */
  isCut: boolean
  /** What follows cannot be read, until its rounds were closed. */
  isLost: boolean
}
/** A list as the journal names it. */
interface NumberedList {
  paths: string[]
  nos: number[]
}
const emptyNumberedList = (): NumberedList => ({ paths: [], nos: [] })

/** Of a clock that is wrong, too: Date knows no year beyond 275,760. */

const inGb = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
