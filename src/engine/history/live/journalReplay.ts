import type { Database } from '../../storage/openDatabase.ts'
import {
  BadBytesError,
  type ByteCursor,
  ChunkDamaged,
  createRowStates,
  decodeRow,
  isColumnKnown,
  type JournalRecord,
  type RowStates,
  readNumbers,
  readRecord,
  recordKind,
  resizeRowStates,
} from '../codec/codec.ts'
import { isOwnName, type OwnerKind, type OwnerLayouts, type SampleLayout, strideOf, textToLayout } from '../protocol/protocol.ts'
import { type Journal, type JournalRow, readJournal } from './journal.ts'
import type { LayoutIds, NameTable } from './nameTable.ts'
import { isEmpty, type OwnerColumns } from './ownerColumns.ts'
import type { SampleIntake } from './sampleIntake.ts'

interface JournalReplayDeps {
  readonly db: Database
  readonly names: NameTable
  readonly intake: SampleIntake
  readonly journal: Journal
  readonly layoutIds: Readonly<Record<OwnerKind, LayoutIds>>
  readonly close: (owner: OwnerColumns) => void
}

/** Restores unsealed rounds from the journal into memory, up to the first damage, which it returns: what follows it is lost. */
export function replayJournal(deps: JournalReplayDeps): BadBytesError | null {
  const { db, names, journal, close } = deps
  const owners = replayedOwners(db)
  const decode = createJournalDecoder((no) => owners.get(no)?.sealedRound)
  const layoutOf = storedLayouts(db)
  let damage: BadBytesError | null = null
  const { rows, next } = readJournal(db)
  for (const row of rows) {
    // Rounds restored now begin in this journal row.
    journal.row = row.no
    try {
      const layouts = { own: layoutOf(row.server_layout), parts: layoutOf(row.path_layout) }
      decode(row.records, strideOf(layouts), (record) => replayRecord(deps, owners.get(record.owner) as ReplayedOwner, row, layouts, record))
    } catch (error) {
      if (!(error instanceof BadBytesError)) throw error
      damage = error
    }
    journal.forget()
    if (damage !== null) break
  }
  journal.row = next

  for (const { lists } of names.owners.values()) for (const list of lists) list.inJournal = false
  for (const { id, isOther } of owners.values()) if (isOther) close(names.ownerOf(id))
  return damage
}

interface ReplayedOwner {
  readonly no: number
  readonly id: string
  readonly sealedRound: number
  /** Names of its paths by number; null until needed. */
  names: ReadonlyMap<number, string> | null
  /** Paths of its two lists. */
  readonly lists: [readonly string[], readonly string[]]
  /** Its open rounds were encoded otherwise than the journal has them, so that none can follow there: they are closed in the end. */
  isOther: boolean
}

function replayedOwners(db: Database): Map<number, ReplayedOwner> {
  const rows = db.prepare<[], { no: number; id: string; sealedRound: number }>('SELECT no, id, sealed_round AS sealedRound FROM servers').all()
  return new Map(rows.map((row) => [row.no, { ...row, names: null, lists: [[], []], isOther: false }]))
}

function storedLayouts(db: Database): (id: number) => SampleLayout {
  const texts = new Map(db.prepare<[], [number, string]>('SELECT id, columns FROM layouts').raw().all())
  const layouts = new Map<number, SampleLayout>()
  return (id) => {
    const text = texts.get(id)
    if (text === undefined) throw new ChunkDamaged(`there is no layout ${id}`)
    const layout = layouts.get(id) ?? textToLayout(text)
    layouts.set(id, layout)
    return layout
  }
}

/** Gives a record to the intake as it came. */
function replayRecord(deps: JournalReplayDeps, of: ReplayedOwner, row: JournalRow, layouts: OwnerLayouts, record: DecodedRecord): void {
  const { db, names, intake, layoutIds, close } = deps
  const { kind, round, at, list } = record
  const owner = names.ownerOf(of.id)
  if (kind === recordKind.closed) {
    of.isOther = false
    if (!isEmpty(owner)) close(owner)
  }
  if (isEmpty(owner)) owner.open.firstRound = round
  if (kind === recordKind.closed) return
  if (kind === recordKind.gap) {
    intake.gap(of.id, at)
    return
  }
  const { own, parts } = layoutIds[owner.kind]
  if (row.path_layout !== parts || row.server_layout !== own) of.isOther = true
  const isListed = kind === recordKind.batchOfPaths
  if (isListed) {
    of.names ??= namesOf(db, of.no)
    of.lists[list] = record.nos.map((no) => of.names?.get(no) ?? '')
  }
  const paths = of.lists[list]
  const metrics = isListed ? [...layouts.parts.metrics, ...layouts.own.metrics] : null
  intake.batch({ ownerId: of.id, at, list, paths: isListed ? paths : null, metrics, values: valuesOf(record, paths, layouts) })
}

const namesOf = (db: Database, owner: number): Map<number, string> =>
  new Map(db.prepare<[number], [number, string]>('SELECT no, name FROM paths WHERE server = ?').raw().all(owner))

/** The values of a record's rows: a column for each metric of parts, then one for each of the owner itself. */
function valuesOf({ slots, states }: DecodedRecord, paths: readonly string[], { own, parts }: OwnerLayouts): Float64Array {
  const width = parts.metrics.length + own.metrics.length
  const values = new Float64Array(slots.length * width).fill(Number.NaN)
  for (const [index, slot] of slots.entries()) {
    if (slot < 0) continue
    const isOwn = isOwnName(paths[index] as string)
    const { metrics, scales } = isOwn ? own : parts
    const offset = index * width + (isOwn ? parts.metrics.length : 0)
    for (let c = 0; c < metrics.length; c++)
      if (isColumnKnown(states, slot, c)) values[offset + c] = (states.last[slot * states.stride + c] as number) / (scales[c] as number)
  }
  return values
}

/** A list of paths as the journal has it: their numbers, and where in `DecodedOwner.states` each is; -1: its number was there before in the list. */
interface NumberedList {
  readonly nos: readonly number[]
  readonly slots: readonly number[]
}
const noList: NumberedList = { nos: [], slots: [] }

/** A record with its rows decoded: one for each path of its list, or none. */
interface DecodedRecord extends JournalRecord, NumberedList {
  readonly states: RowStates
}

interface DecodedOwner {
  readonly lists: [NumberedList, NumberedList]
  states: RowStates
  /** Slots of `states` by path number: numbers may be far apart. */
  slots: Map<number, number>
}

/**
 * Decodes journal rows, which must come in order, and passes on each record that is not sealed yet. `sealedRoundOf`: an owner's last sealed round, by its
 * number. `columns`: the most that a layout of the row has. Throws `ChunkDamaged`.
 */
export function createJournalDecoder(sealedRoundOf: (owner: number) => number | undefined) {
  const owners = new Map<number, DecodedOwner>()
  return (records: Uint8Array, columns: number, take: (record: DecodedRecord) => void): void => {
    const cursor: ByteCursor = { bytes: records, at: 0 }
    while (cursor.at < records.length) {
      const record = readRecord(cursor)
      const sealedRound = sealedRoundOf(record.owner)
      if (sealedRound === undefined) throw new ChunkDamaged(`there is no server ${record.owner}`)
      if (record.round > sealedRound) {
        const of = owners.get(record.owner) ?? { lists: [noList, noList], states: createRowStates(columns, 0), slots: new Map() }
        owners.set(record.owner, of)
        take(decodeRecord(of, record, columns, cursor))
      }
      cursor.at = record.end
    }
  }
}

function decodeRecord(of: DecodedOwner, record: JournalRecord, columns: number, cursor: ByteCursor): DecodedRecord {
  const { kind, list, end } = record
  if (kind === recordKind.closed) Object.assign(of, { states: createRowStates(columns, 0), slots: new Map() })
  const { lists, states } = of
  if (kind === recordKind.closed || kind === recordKind.gap) return { ...record, ...noList, states }
  if (kind === recordKind.batchOfPaths) lists[list] = numberedList(of.slots, readNumbers(cursor))
  // The owner's rows before this one may have been written by a version with fewer columns.
  if (columns > states.stride) resizeRowStates(states, states.known.length / states.stride, columns)
  for (const slot of lists[list].slots) {
    if (slot >= states.known.length / states.stride) resizeRowStates(states, Math.max(64, slot * 2))
    decodeRow(cursor, slot < 0 ? createRowStates() : states, Math.max(0, slot))
  }
  if (cursor.at !== end) throw new ChunkDamaged('a record is longer or shorter than its rows')
  return { ...record, ...lists[list], states }
}

/** Two names that are equal in the database (half a surrogate pair) have one number: the first one is used. */
function numberedList(known: Map<number, number>, nos: readonly number[]): NumberedList {
  const seen = new Set<number>()
  const slots = nos.map((no) => {
    if (seen.has(no)) return -1
    seen.add(no)
    const slot = known.get(no) ?? known.size
    known.set(no, slot)
    return slot
  })
  return { nos, slots }
}
