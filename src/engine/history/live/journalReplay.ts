import type { Database } from '../../storage/openDatabase.ts'
import {
  BadBytesError,
  type ByteCursor,
  ChunkDamaged,
  createWideningRow,
  decodeRow,
  type JournalRecord,
  readNumbers,
  readRecord,
  recordKind,
} from '../codec/codec.ts'
import { dayOf, type OwnerKind, ownerLayouts } from '../protocol/protocol.ts'
import type { BlockPool } from './blockPool.ts'
import { type Journal, type JournalRow, readJournal } from './journal.ts'
import type { LayoutIds, NameTable } from './nameTable.ts'
import { isEmpty, type OwnerColumns, updateList } from './ownerColumns.ts'
import type { SampleIntake } from './sampleIntake.ts'

interface JournalReplayDeps {
  readonly db: Database
  readonly names: NameTable
  readonly intake: SampleIntake
  readonly journal: Journal
  readonly pool: BlockPool
  readonly layoutIds: Readonly<Record<OwnerKind, LayoutIds>>
  readonly close: (owner: OwnerColumns) => void
}

/** State of an owner during the replay. */
interface ReplayedOwner {
  readonly no: number
  readonly id: string
  readonly sealedRound: number
  /** Names of its paths by number; null until needed. */
  names: ReadonlyMap<number, string> | null
}

/**
 * Restores unsealed rounds from the journal into memory up to the first damage, which it returns: what follows it is lost. So are rounds
 * that a version with other columns wrote.
 */
export function replayJournal(deps: JournalReplayDeps): BadBytesError | null {
  const { db, names, journal } = deps
  const owners = db.prepare<[], Omit<ReplayedOwner, 'names'>>('SELECT no, id, sealed_round AS sealedRound FROM servers').all()
  const replayed = new Map(owners.map((owner): [number, ReplayedOwner] => [owner.no, { ...owner, names: null }]))
  const { rows, next } = readJournal(db)
  let damage: BadBytesError | null = null
  for (const row of rows) {
    // Rounds restored now begin in this journal row.
    journal.row = row.no
    try {
      replayRow(deps, replayed, row)
    } catch (error) {
      if (!(error instanceof BadBytesError)) throw error
      damage = error
    }
    journal.forget()
    if (damage !== null) break
  }
  journal.row = next
  for (const { lists } of names.owners.values()) for (const list of lists) list.inJournal = false
  return damage
}

function replayRow(deps: JournalReplayDeps, replayed: ReadonlyMap<number, ReplayedOwner>, row: JournalRow): void {
  const cursor: ByteCursor = { bytes: row.records, at: 0 }
  while (cursor.at < row.records.length) {
    const record = readRecord(cursor)
    const of = replayed.get(record.owner)
    if (of && record.round > of.sealedRound) replayRecord(deps, of, row, record, cursor)
    cursor.at = record.end
  }
}

/** Replays the record whose head was read. Throws `ChunkDamaged`. */
function replayRecord(
  { db, names, intake, pool, layoutIds, close }: JournalReplayDeps,
  of: ReplayedOwner,
  row: JournalRow,
  record: JournalRecord,
  cursor: ByteCursor,
): void {
  const { kind, round, at } = record
  const owner = names.ownerOf(of.id)
  const ours = layoutIds[owner.kind]
  if (row.path_layout !== ours.parts || row.server_layout !== ours.own) return
  if (kind === recordKind.closed && !isEmpty(owner)) close(owner)
  if (isEmpty(owner)) owner.open.firstRound = round
  if (kind === recordKind.closed) return
  if (kind === recordKind.gap) {
    intake.gap(of.id, at)
    return
  }
  let paths: readonly string[] | null = null
  if (kind === recordKind.batchOfPaths) {
    of.names ??= new Map(db.prepare<[number], [number, string]>('SELECT no, name FROM paths WHERE server = ?').raw().all(of.no))
    paths = readNumbers(cursor).map((no) => of.names?.get(no) ?? '')
  }
  const list = owner.lists[record.list]
  updateList(list, ownerLayouts[owner.kind], paths, null)
  names.setDay(dayOf(at))
  const slots = intake.slotsOf(owner, list)
  const roundNow = intake.roundOf(owner, at, slots)
  const { states, lastRound, chains } = owner.open
  for (const slot of slots) {
    const from = cursor.at
    // Of two names that are equal in the database (half a surrogate pair), the first one is used.
    decodeRow(cursor, slot < 0 ? createWideningRow() : states, Math.max(0, slot))
    if (slot < 0) continue
    if (cursor.at > record.end) throw new ChunkDamaged('a row ends beyond its record')
    lastRound[slot] = roundNow
    pool.append(chains, slot, row.records, from, cursor.at)
  }
}
