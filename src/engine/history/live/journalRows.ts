import type { Database } from '../../storage/openDatabase.ts'
import { DamageFound } from '../../storage/storageTrouble.ts'

/** A row of the journal as a start reads it. */
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
  if (start === undefined) throw new DamageFound({ kind: 'valueUnfit', table: 'journal_start', column: 'no' })
  return start
}

/** A row is not where its key says, or shorter than it says. */
const rowFault = () => new DamageFound({ kind: 'valueUnfit', table: 'journal', column: 'id' })

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

/** What a commit adds to the journal. */
export interface NewJournalRow {
  readonly form: number
  readonly partLayout: number
  readonly ownLayout: number
  readonly records: Uint8Array
}

/**
 * Writes the journal's tables; call inside transactions. A row that no owner needs any more is free: a later commit overwrites it. SQLite then
 * writes only the pages that hold it, where deleting it and adding another one would also write the list of free pages and the pages above
 * (docs/store.md has the figures).
 */
export interface JournalRows {
  readonly write: (no: number, row: NewJournalRow) => void
  /** Frees the rows with smaller numbers. All rows written from now on must have this number or a greater one. */
  readonly freeBefore: (no: number) => void
  /** Bytes of the free rows. */
  readonly freeBytes: () => number
  /** Call after a transaction was rolled back. */
  readonly rolledBack: () => void
}

/** Sizes of rows are multiples of this, so that one fits into the place of another. */
const sizeStep = 500
/** A free row that was not overwritten while so many were written is deleted: an hour of commits of a fleet with hosts and probes. */
const deletedAfter = 10_000

interface RowPlace {
  readonly id: number
  readonly no: number
  /** Length of its blob. */
  readonly size: number
}

interface RowPlaces {
  /** By number. */
  readonly rows: RowPlace[]
  /** Rows with smaller numbers are free. */
  start: number
}

export function createJournalRows(db: Database): JournalRows {
  const sql = {
    all: db.prepare<[], RowPlace>('SELECT id, no, length(records) AS size FROM journal ORDER BY no'),
    add: db.prepare<[number, number, number, number, number, Uint8Array]>(
      'INSERT INTO journal(no, bytes, form, path_layout, server_layout, records) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    overwrite: db.prepare<[number, number, number, number, number, Uint8Array, number]>(
      'UPDATE journal SET no = ?, bytes = ?, form = ?, path_layout = ?, server_layout = ?, records = ? WHERE id = ?',
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
    write: (no, { form, partLayout, ownLayout, records }) => {
      const now = places()
      const least = Math.ceil(records.length / sizeStep) * sizeStep
      const free = takeFree(now, least)
      const size = free?.size ?? least
      const blob = new Uint8Array(size)
      blob.set(records)
      if (free && sql.overwrite.run(no, records.length, form, partLayout, ownLayout, blob, free.id).changes !== 1) throw rowFault()
      const id = free?.id ?? Number(sql.add.run(no, records.length, form, partLayout, ownLayout, blob).lastInsertRowid)
      now.rows.push({ id, no, size })
    },
    freeBefore: (no) => {
      const now = places()
      if (no !== now.start) sql.setStart.run(no)
      now.start = no
      while (now.rows[0] !== undefined && now.rows[0].no < no - deletedAfter) sql.delete.run((now.rows.shift() as RowPlace).id)
    },
    freeBytes: () => {
      const { rows, start } = places()
      return rows.reduce((sum, { no, size }) => (no < start ? sum + size : sum), 0)
    },
    rolledBack: () => {
      known = null
    },
  }
}
