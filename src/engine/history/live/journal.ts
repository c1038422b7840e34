import type { Database } from '../../storage/openDatabase.ts'
import { type ByteSink, beginRecord, createByteSink, endRecord, recordKind, rowForm } from '../codec/codec.ts'
import { type OwnerKind, ownerKinds } from '../protocol/protocol.ts'
import type { LayoutIds } from './layoutIds.ts'
import type { ClosedRounds, OwnerColumns } from './ownerColumns.ts'
import type { PendingRows } from './pendingRows.ts'

/**
 * Writes the rounds that are in memory only, as records in the order they came, so that a kill loses none that were
 * committed. A commit writes a row for each kind of owner, because a row names the layouts of its records.
 *
 * While nothing can be written the journal is closed. It opens empty once all that is in memory is sealed, so that it
 * never has a hole.
 */
export interface Journal extends PendingRows {
  isOpen: boolean
  /** The row that the next commit writes, or that is being read. */
  row: number
  /** What the next commit writes, by the owner's kind. While the journal is closed only one record is encoded there at a time. */
  readonly sinks: Readonly<Record<OwnerKind, ByteSink>>
  /** Begins a record of the owner's open rounds in its sink and returns where. `round` counts from the first of them. */
  readonly begin: (owner: OwnerColumns, kind: number, list: 0 | 1, round: number, at: number) => number
  readonly end: (owner: OwnerColumns, start: number) => void
  /** A record without rows. */
  readonly put: (owner: OwnerColumns, kind: number, at: number) => void
  readonly close: () => void
  readonly reopen: (owners: Iterable<OwnerColumns>) => void
  /** Deletes the rows that none of these owners needs for rounds other than `sealed`; inside a transaction. */
  readonly trim: (owners: Iterable<OwnerColumns>, sealed: ClosedRounds | null) => void
}

export function createJournal(db: Database, layoutIds: Readonly<Record<OwnerKind, LayoutIds>>): Journal {
  const sql = {
    add: db.prepare<[number, number, number, number, Uint8Array]>('INSERT INTO journal(id, form, path_layout, server_layout, records) VALUES (?, ?, ?, ?, ?)'),
    trim: db.prepare<[number]>('DELETE FROM journal WHERE id < ?'),
  }
  const sinks = { server: createByteSink(64 << 10), host: createByteSink() } as const satisfies Record<OwnerKind, ByteSink>
  const pending = (): OwnerKind[] => ownerKinds.filter((kind) => sinks[kind].length > 0)
  const clear = (): void => {
    for (const kind of ownerKinds) sinks[kind].length = 0
  }

  const journal: Journal = {
    isOpen: true,
    row: 1,
    sinks,
    begin: ({ kind: of, no, open }, kind, list, round, at) => {
      if (!journal.isOpen) sinks[of].length = 0
      return beginRecord(sinks[of], { kind, list, owner: no, round: open.firstRound + round, at })
    },
    end: ({ kind }, start) => {
      endRecord(sinks[kind], start)
      if (!journal.isOpen) sinks[kind].length = 0
    },
    put: (owner, kind, at) => journal.end(owner, journal.begin(owner, kind, 0, owner.open.times.length, at)),
    close: () => {
      journal.isOpen = false
      clear()
    },
    reopen: (owners) => {
      journal.isOpen = true
      for (const owner of owners) journal.put(owner, recordKind.closed, 0)
    },
    trim: (owners, sealed) => {
      let keepFrom = journal.row + 1
      for (const { open, closed } of owners)
        for (const rounds of [open, ...closed]) if (rounds !== sealed && rounds.journalFrom !== null) keepFrom = Math.min(keepFrom, rounds.journalFrom)
      sql.trim.run(keepFrom)
    },
    isPending: () => pending().length > 0,
    write: () => {
      for (const [n, kind] of pending().entries()) {
        const { bytes, length } = sinks[kind]
        sql.add.run(journal.row + n, rowForm, layoutIds[kind].parts, layoutIds[kind].own, bytes.subarray(0, length))
      }
    },
    forget: () => {
      journal.row += pending().length
      clear()
    },
  }
  return journal
}
