import type { Database } from '../../storage/openDatabase.ts'
import { type ByteSink, beginRecord, createByteSink, endRecord, recordKind, rowForm } from '../codec/codec.ts'
import { type OwnerKind, ownerKinds } from '../protocol/protocol.ts'
import { createJournalRows } from './journalRows.ts'
import type { LayoutIds } from './layoutIds.ts'
import type { ClosedRounds, OwnerColumns } from './ownerColumns.ts'
import type { PendingRows } from './pendingRows.ts'

/**
 * Writes unsealed rounds to history.db as records in order of arrival, so that a kill loses no committed ones. A commit writes
 * one row per kind of owner, because a row names the layouts of its records.
 *
 * While nothing can be written the journal is closed. It is reopened empty after everything in memory was sealed, so that it
 * never has a hole.
 */
export interface Journal extends PendingRows {
  isOpen: boolean
  /** Number of the row that the next commit writes, or that is being replayed. */
  row: number
  /** Records of the next commit, by kind of owner. While the journal is closed, holds only the record being encoded. */
  readonly sinks: Readonly<Record<OwnerKind, ByteSink>>
  /** Begins a record in the owner's sink and returns its offset. `round` counts from the owner's first open round. */
  readonly begin: (owner: OwnerColumns, kind: number, list: 0 | 1, round: number, at: number) => number
  readonly end: (owner: OwnerColumns, start: number) => void
  /** Writes a record without rows. */
  readonly put: (owner: OwnerColumns, kind: number, at: number) => void
  readonly close: () => void
  readonly reopen: (owners: Iterable<OwnerColumns>) => void
  /** Frees the journal rows that none of these owners needs except for the rounds `sealed`. Call inside a transaction that also writes the pending rows. */
  readonly trim: (owners: Iterable<OwnerColumns>, sealed: ClosedRounds | null) => void
  /** Bytes of rows in history.db that no owner needs. */
  readonly freeBytes: () => number
  /** Call after a transaction was rolled back. */
  readonly rolledBack: () => void
}

export function createJournal(db: Database, layoutIds: Readonly<Record<OwnerKind, LayoutIds>>): Journal {
  const rows = createJournalRows(db)
  const sinks = { server: createByteSink(64 << 10), host: createByteSink(), probe: createByteSink() } as const satisfies Record<OwnerKind, ByteSink>
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
      let keepFrom = journal.row + pending().length
      for (const { open, closed } of owners)
        for (const rounds of [open, ...closed]) if (rounds !== sealed && rounds.journalFrom !== null) keepFrom = Math.min(keepFrom, rounds.journalFrom)
      rows.freeBefore(keepFrom)
    },
    freeBytes: rows.freeBytes,
    rolledBack: rows.rolledBack,
    isPending: () => pending().length > 0,
    write: () => {
      for (const [n, kind] of pending().entries()) {
        const { bytes, length } = sinks[kind]
        const { parts, own } = layoutIds[kind]
        rows.write(journal.row + n, { form: rowForm, partLayout: parts, ownLayout: own, records: bytes.subarray(0, length) })
      }
    },
    forget: () => {
      journal.row += pending().length
      clear()
    },
  }
  return journal
}
