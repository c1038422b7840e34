import type { Database } from '../../storage/openDatabase.ts'
import { DamageFound, damageOf } from '../../storage/storageTrouble.ts'
import { type ByteSink, beginRecord, createByteSink, endRecord } from '../codec/codec.ts'
import { type OwnerKind, ownerKinds } from '../protocol/protocol.ts'
import type { LayoutIds } from './nameTable.ts'
import type { ClosedRounds, OwnerColumns } from './ownerColumns.ts'

export interface JournalRow {
  /** Rows were written in the order of these numbers. */
  readonly no: number
  readonly path_layout: number
  readonly server_layout: number
  readonly records: Uint8Array
}

interface StoredJournal {
  /** Rows that some owner may need, in the order in which they were written. */
  readonly rows: Iterable<JournalRow>
  /** Number of the next row. */
  readonly next: number
}

/** Reads the journal. Throws `DamageFound`. */
export function readJournal(db: Database): StoredJournal {
  const all = db
    .prepare<[], { id: number; no: number; bytes: number }>('SELECT id, no, bytes FROM journal')
    .all()
    .sort((a, b) => a.no - b.no)
  const start = readStart(db)
  return { rows: storedRows(db, all, start), next: Math.max(start, (all.at(-1)?.no ?? 0) + 1) }
}

function readStart(db: Database): number {
  const start = db.prepare<[], number>('SELECT no FROM journal_start').pluck().get()
  if (start === undefined) throw new DamageFound(damageOf('journal_start'))
  return start
}

/** A row is not where its key says, or shorter than it says. */
const rowFault = () => new DamageFound(damageOf('a row of the journal'))

/** Reads one at a time: the journal of a large fleet has a hundred megabytes. */
function* storedRows(db: Database, all: readonly { readonly id: number; readonly no: number; readonly bytes: number }[], start: number): Iterable<JournalRow> {
  const read = db.prepare<[number], Omit<JournalRow, 'no'>>('SELECT path_layout, server_layout, records FROM journal WHERE id = ?')
  for (const { id, no, bytes } of all) {
    if (no < start) continue
    const row = read.get(id)
    if (row === undefined || bytes > row.records.length) throw rowFault()
    yield { ...row, no, records: row.records.subarray(0, bytes) }
  }
}

interface NewJournalRow {
  readonly partLayout: number
  readonly ownLayout: number
  readonly records: Uint8Array
}

/** Sizes of rows are multiples of this, so that one fits into the place of another. */
const sizeStep = 500
/** A free row that was not overwritten while so many were written is deleted: an hour of commits of a fleet with hosts and probes. */
const deletedAfter = 10_000

interface RowPlace {
  readonly id: number
  readonly no: number
  readonly size: number
}

interface RowPlaces {
  readonly rows: RowPlace[]
  /** Rows with smaller numbers are free. */
  start: number
}

/**
 * Writes the journal's tables; call inside transactions. A row that no owner needs any more is free: a later commit overwrites it. SQLite then
 * writes only the pages that hold it, where deleting it and adding another one would also write the list of free pages and the pages above
 * (docs/adr/0025 has the figures).
 */
function createJournalRows(db: Database) {
  const sql = {
    all: db.prepare<[], RowPlace>('SELECT id, no, length(records) AS size FROM journal ORDER BY no'),
    add: db.prepare<[number, number, number, number, Uint8Array]>('INSERT INTO journal(no, bytes, path_layout, server_layout, records) VALUES (?, ?, ?, ?, ?)'),
    overwrite: db.prepare<[number, number, number, number, Uint8Array, number]>(
      'UPDATE journal SET no = ?, bytes = ?, path_layout = ?, server_layout = ?, records = ? WHERE id = ?',
    ),
    delete: db.prepare<[number]>('DELETE FROM journal WHERE id = ?'),
    setStart: db.prepare<[number]>('UPDATE journal_start SET no = ?'),
  }
  /** null: to be read from the file. */
  let known: RowPlaces | null = null
  const places = (): RowPlaces => {
    known ??= { rows: sql.all.all(), start: readStart(db) }
    return known
  }

  /** Takes a free row of about this size from the list. Of several the one that was written last, so that those not needed grow old. */
  const takeFree = ({ rows, start }: RowPlaces, size: number): RowPlace | null => {
    const index = rows.findLastIndex((row) => row.no < start && row.size >= size && row.size <= 2 * size)
    return rows.splice(index, index < 0 ? 0 : 1)[0] ?? null
  }

  return {
    write: (no: number, { partLayout, ownLayout, records }: NewJournalRow): void => {
      const now = places()
      const least = Math.ceil(records.length / sizeStep) * sizeStep
      const free = takeFree(now, least)
      const size = free?.size ?? least
      const blob = new Uint8Array(size)
      blob.set(records)
      if (free && sql.overwrite.run(no, records.length, partLayout, ownLayout, blob, free.id).changes !== 1) throw rowFault()
      const id = free?.id ?? Number(sql.add.run(no, records.length, partLayout, ownLayout, blob).lastInsertRowid)
      now.rows.push({ id, no, size })
    },
    /** Frees the rows with smaller numbers. All rows written from now on must have this number or a greater one. */
    freeBefore: (no: number): void => {
      const now = places()
      if (no !== now.start) sql.setStart.run(no)
      now.start = no
      while (now.rows[0] !== undefined && now.rows[0].no < no - deletedAfter) sql.delete.run((now.rows.shift() as RowPlace).id)
    },
    freeBytes: (): number => {
      const { rows, start } = places()
      return rows.reduce((sum, { no, size }) => (no < start ? sum + size : sum), 0)
    },
    /** Call after a transaction was rolled back. */
    rolledBack: (): void => {
      known = null
    },
  }
}

/**
 * Writes unsealed rounds to history.db as records in order of arrival, so that a kill loses no committed ones. A commit writes
 * one row per kind of owner, because a row names the layouts of its records.
 */
export type Journal = ReturnType<typeof createJournal>

export function createJournal(db: Database, layoutIds: Readonly<Record<OwnerKind, LayoutIds>>) {
  const rows = createJournalRows(db)
  const sinks = { server: createByteSink(64 << 10), host: createByteSink(), probe: createByteSink() } as const satisfies Record<OwnerKind, ByteSink>
  const pending = (): OwnerKind[] => ownerKinds.filter((kind) => sinks[kind].length > 0)

  const journal = {
    /** Number of the row that the next commit writes, or that is being replayed. */
    row: 1,
    sinks,
    /** Begins a record in the owner's sink and returns its offset. `round` counts from the owner's first open round. */
    begin: ({ kind: of, no, open }: OwnerColumns, kind: number, list: 0 | 1, round: number, at: number): number =>
      beginRecord(sinks[of], { kind, list, owner: no, round: open.firstRound + round, at }),
    end: ({ kind }: OwnerColumns, start: number): void => endRecord(sinks[kind], start),
    /** Writes a record without rows. */
    put: (owner: OwnerColumns, kind: number, at: number): void => journal.end(owner, journal.begin(owner, kind, 0, owner.open.times.length, at)),
    /** Frees the journal rows that none of these owners needs except for the rounds `sealed`. Call inside a transaction that also writes the pending rows. */
    trim: (owners: Iterable<OwnerColumns>, sealed: ClosedRounds | null): void => {
      let keepFrom = journal.row + pending().length
      for (const { open, closed } of owners)
        for (const rounds of [open, ...closed]) if (rounds !== sealed && rounds.journalFrom !== null) keepFrom = Math.min(keepFrom, rounds.journalFrom)
      rows.freeBefore(keepFrom)
    },
    /** Bytes of rows in history.db that no owner needs. */
    freeBytes: rows.freeBytes,
    /** Call after a transaction was rolled back. */
    rolledBack: rows.rolledBack,
    isPending: (): boolean => pending().length > 0,
    waitingBytes: (): number => ownerKinds.reduce((bytes, kind) => bytes + sinks[kind].length, 0),
    write: (): void => {
      for (const [n, kind] of pending().entries()) {
        const { bytes, length } = sinks[kind]
        const { parts, own } = layoutIds[kind]
        rows.write(journal.row + n, { partLayout: parts, ownLayout: own, records: bytes.subarray(0, length) })
      }
    },
    forget: (): void => {
      journal.row += pending().length
      for (const kind of ownerKinds) sinks[kind].length = 0
    },
  }
  return journal
}
