import type { Database } from '../../storage/openDatabase.ts'
import {
  BadBytesError,
  type ByteCursor,
  ChunkDamaged,
  createRowStates,
  createWideningRow,
  decodeRow,
  growStates,
  isColumnKnown,
  type JournalRecord,
  type RowStates,
  readNumbers,
  readRecord,
  recordKind,
  wordsOf,
} from '../codec/codec.ts'
import { isOwnName, type OwnerKind, ownerLayouts, type SampleLayout, type StoreReport, textToLayout } from '../protocol/protocol.ts'
import type { BlockPool } from './blockPool.ts'
import { type Journal, type JournalRow, readJournal } from './journal.ts'
import type { LayoutIds, NameTable } from './nameTable.ts'
import {
  isEmpty,
  mostRounds,
  type OpenRounds,
  type OwnerColumns,
  oldestOpen,
  rememberedLists,
  restoreLists,
  updateList,
  wouldBeTooLong,
} from './ownerColumns.ts'
import type { SampleIntake } from './sampleIntake.ts'
import type { SealQueue } from './sealWriter.ts'

interface JournalReplayDeps {
  readonly db: Database
  readonly names: NameTable
  readonly intake: SampleIntake
  readonly journal: Journal
  readonly pool: BlockPool
  readonly layoutIds: Readonly<Record<OwnerKind, LayoutIds>>
  readonly close: (owner: OwnerColumns) => void
}

/** Restores unsealed rounds from the journal into memory, up to the first damage, which it returns: what follows it is lost. */
export function replayJournal(deps: JournalReplayDeps): BadBytesError | null {
  const { db, names, journal, close } = deps
  const replayed = replayedOwners(db)
  const layouts = storedLayouts(db)
  let damage: BadBytesError | null = null
  const { rows, next } = readJournal(db)
  for (const row of rows) {
    // Rounds restored now begin in this journal row.
    journal.row = row.no
    try {
      replayRow(deps, replayed, layouts, row)
    } catch (error) {
      if (!(error instanceof BadBytesError)) throw error
      damage = error
    }
    journal.forget()
    if (damage !== null) break
  }
  journal.row = next

  for (const { lists } of names.owners.values()) for (const list of lists) list.inJournal = false
  // New rows would be deltas against translated columns, which the journal does not contain.
  for (const { id, isTranslated } of replayed.values()) {
    const owner = isTranslated ? names.owners.get(id) : undefined
    if (owner) close(owner)
  }
  return damage
}

function replayRow(deps: JournalReplayDeps, replayed: ReadonlyMap<number, ReplayedOwner>, layouts: LayoutOf, row: JournalRow): void {
  const cursor: ByteCursor = { bytes: row.records, at: 0 }
  while (cursor.at < row.records.length) {
    const record = readRecord(cursor)
    const of = replayed.get(record.owner)
    if (of && record.round > of.sealedRound) replayRecord(deps, layouts, of, row, record, cursor)
    cursor.at = record.end
  }
}

/** State of an owner during the replay. */
interface ReplayedOwner {
  readonly no: number
  readonly id: string
  readonly sealedRound: number
  /** Names of its paths by number; null until needed. */
  names: ReadonlyMap<number, string> | null
  readonly lists: readonly [NumberedList, NumberedList]
  /** Row states of translated rows, by path number. */
  states: RowStates
  /** Some of its rows have a different layout than this version writes. */
  isTranslated: boolean
  /** Its rounds were closed here without a record in the journal: following rows are still deltas against the earlier ones. */
  isCut: boolean
}

/** A list of paths with their numbers, as in the journal. */
interface NumberedList {
  paths: readonly string[]
  nos: readonly number[]
}

function replayedOwners(db: Database): Map<number, ReplayedOwner> {
  const rows = db.prepare<[], { no: number; id: string; sealedRound: number }>('SELECT no, id, sealed_round AS sealedRound FROM servers').all()
  return new Map(
    rows.map((row) => [
      row.no,
      {
        ...row,
        names: null,
        lists: [
          { paths: [], nos: [] },
          { paths: [], nos: [] },
        ],
        states: createRowStates(0, 0),
        isTranslated: false,
        isCut: false,
      },
    ]),
  )
}

type LayoutOf = (id: number) => SampleLayout

function storedLayouts(db: Database): LayoutOf {
  const texts = new Map(db.prepare<[], [number, string]>('SELECT id, columns FROM layouts').raw().all())
  const layouts = new Map<number, SampleLayout>()
  return (id) => {
    const known = layouts.get(id)
    if (known) return known
    const text = texts.get(id)
    if (text === undefined) throw new ChunkDamaged(`there is no layout ${id}`)
    const layout = textToLayout(text)
    layouts.set(id, layout)
    return layout
  }
}

/** Replays the record whose head was read. Throws `ChunkDamaged`. */
function replayRecord(deps: JournalReplayDeps, layouts: LayoutOf, of: ReplayedOwner, row: JournalRow, record: JournalRecord, cursor: ByteCursor): void {
  const { names, intake, layoutIds, close } = deps
  const { kind, round, at } = record
  const owner = names.ownerOf(of.id)
  if (kind === recordKind.closed) {
    of.states = createRowStates(0, 0)
    of.isCut = false
    if (!isEmpty(owner)) close(owner)
  }
  if (isEmpty(owner)) owner.open.firstRound = round
  if (kind === recordKind.closed) return
  if (kind === recordKind.gap) {
    intake.gap(of.id, at)
    return
  }
  const list = of.lists[record.list]
  const isListed = kind === recordKind.batchOfPaths
  if (isListed) {
    of.names ??= namesOf(deps.db, of.no)
    list.nos = readNumbers(cursor)
    list.paths = list.nos.map((no) => of.names?.get(no) ?? '')
  }
  const { own, parts } = layoutIds[owner.kind]
  const isOurs = row.path_layout === parts && row.server_layout === own
  // A version that could not seal may have written hours of rounds; no seal may be that long.
  if (!of.isCut && (owner.open.times.length >= mostRounds || wouldBeTooLong(owner, at))) {
    if (isOurs) copyStates(owner.open, of.states)
    of.isCut = true
    close(owner)
  }
  const paths = isListed ? list.paths : null
  if (isOurs && !of.isCut) {
    replayRows(deps, owner, row, record, paths, cursor)
    return
  }
  of.isTranslated ||= !isOurs
  const { metrics, values } = translatedRows(layouts(row.path_layout), layouts(row.server_layout), of.states, list, cursor)
  intake.batch({ ownerId: of.id, at, list: record.list, paths, metrics, values })
}

const namesOf = (db: Database, owner: number): Map<number, string> =>
  new Map(db.prepare<[number], [number, string]>('SELECT no, name FROM paths WHERE server = ?').raw().all(owner))

/** Restores rows in this version's layout without decoding their values. */
function replayRows(
  deps: JournalReplayDeps,
  owner: OwnerColumns,
  row: JournalRow,
  record: JournalRecord,
  paths: readonly string[] | null,
  cursor: ByteCursor,
): void {
  const { intake, pool } = deps
  const list = owner.lists[record.list]
  updateList(list, ownerLayouts[owner.kind], paths, null)
  const slots = intake.slotsOf(owner, list)
  const round = intake.roundOf(owner, record.at, slots)
  const { states, lastRound, chains } = owner.open
  for (const slot of slots) {
    const from = cursor.at
    // Of two names that are equal in the database (half a surrogate pair), the first one is used.
    decodeRow(cursor, slot < 0 ? createWideningRow() : states, Math.max(0, slot))
    if (slot < 0) continue
    if (cursor.at > record.end) throw new ChunkDamaged('a row ends beyond its record')
    lastRound[slot] = round
    pool.append(chains, slot, row.records, from, cursor.at)
  }
}

/** Decodes the values of rows with any layout. */
function translatedRows(partLayout: SampleLayout, ownLayout: SampleLayout, states: RowStates, { paths, nos }: NumberedList, cursor: ByteCursor) {
  const metrics = [...partLayout.metrics, ...ownLayout.metrics]
  const columns = Math.max(partLayout.metrics.length, ownLayout.metrics.length)
  const values = new Float64Array(paths.length * metrics.length).fill(Number.NaN)
  for (const [index, path] of paths.entries()) {
    const no = nos[index] as number
    growStates(states, no + 1, columns)
    decodeRow(cursor, states, no)
    const layout = isOwnName(path) ? ownLayout : partLayout
    const offset = index * metrics.length + (isOwnName(path) ? partLayout.metrics.length : 0)
    for (let c = 0; c < layout.metrics.length; c++)
      if (isColumnKnown(states, no, c)) values[offset + c] = (states.last[no * states.stride + c] as number) / (layout.scales[c] as number)
  }
  return { metrics, values }
}

/** Copies the row states of open rounds, indexed by path number instead of slot. */
function copyStates({ nos, states: from }: OpenRounds, into: RowStates): void {
  growStates(into, 1 + nos.reduce((most, no) => Math.max(most, no), 0), from.stride)
  const words = wordsOf(from.stride)
  for (const [slot, no] of nos.entries()) {
    into.last.set(from.last.subarray(slot * from.stride, (slot + 1) * from.stride), no * into.stride)
    into.known.set(from.known.subarray(slot * words, (slot + 1) * words), no * wordsOf(into.stride))
  }
}

interface JournalRecoveryDeps {
  readonly names: NameTable
  readonly journal: Journal
  readonly queue: SealQueue
  readonly disk: { readonly recovered: () => void }
  /** Runs a transaction that also writes all pending rows; false: the disk can't be written. */
  readonly transact: (run: () => void) => boolean
  /** Replays the journal into memory; returns the first damage found. */
  readonly replay: () => BadBytesError | null
  readonly onTrouble: (error: unknown, text: string) => void
  readonly report: (report: StoreReport) => void
  /** Rows sealed in one step. */
  readonly sliceRows: number
}

/** Brings memory and journal together again: at a start, and once a disk that could not be written works again. */
export function createJournalRecovery(deps: JournalRecoveryDeps) {
  const { names, journal, queue, disk, transact, sliceRows } = deps
  const { owners } = names
  /** The journal still has rounds that were discarded from memory. */
  let journalHasMore = false

  /** Replays the journal; false: part of it could not be read. */
  const replay = (): boolean => {
    const damage = deps.replay()
    if (damage === null) return true
    deps.onTrouble(damage, 'Part of the last minutes of history can’t be read and is lost.')
    deps.report({ kind: 'storeDamaged', of: null, facts: { damage: 'partUnreadable', file: 'history.db' } })
    return false
  }

  /** Restores memory from the journal as a start would, but keeps the lists that the next batches refer to. */
  const recallJournal = (): void => {
    const lists = rememberedLists(owners.values())
    queue.closeAll()
    while (queue.discardFirst());
    names.clear()
    // Open while replaying, so that the rounds remember their journal rows, which must stay until the rounds are sealed.
    journal.isOpen = true
    try {
      replay()
    } finally {
      journal.close()
    }
    restoreLists(lists, names.ownerOf)
    journalHasMore = false
  }

  const recover = (): boolean => {
    if (journalHasMore) recallJournal()
    for (let slices = 0; !queue.isEmpty(); slices++) {
      if (slices === 4) return true
      if (!queue.sealSlice(sliceRows)) return false
    }
    queue.closeAll()
    if (queue.rows() > 4 * sliceRows) return true
    while (!queue.isEmpty()) if (!queue.sealSlice(Number.POSITIVE_INFINITY)) return false
    if (!transact(() => journal.trim([], null))) return false
    disk.recovered()
    journal.reopen(owners.values())
    return false
  }

  return {
    /** Restores rounds that were committed but not sealed when the last writer ended. */
    readJournal: (): void => {
      if (replay()) return
      // Seals the rounds that could be read, and starts with an empty journal.
      journal.close()
      recover()
    },
    /** Discards the oldest rounds in memory. */
    discardOldest: (): void => {
      const oldest = oldestOpen(owners.values())
      if (queue.isEmpty() && oldest) queue.close(oldest)
      const discarded = queue.discardFirst()
      if (discarded !== null && discarded.journalFrom !== null) journalHasMore = true
    },
    /** One step of recovery after a disk failure: seals everything in memory, then reopens the journal. Returns true if there is more to do. */
    recover,
  }
}
