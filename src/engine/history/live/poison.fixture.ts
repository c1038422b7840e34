import type { Database } from '../../storage/openDatabase.ts'
import { beginRecord, endRecord, putNumbers, recordKind } from '../codec/journalRecords.ts'
import { createByteSink, putFloat, putVarint, sinkBytes } from '../codec/varint.ts'
import { layouts } from '../protocol/sampleLayout.ts'

/**
 * Writes to the journal what versions before 0.5 wrote when a server sent `"inboundRTPPacketsJitter": 1e308`: the scaled value
 * overflowed. Uses the last named server and path, and the round after `round`.
 */
export function poisonJournal(db: Database, round: number, at: number, whole = Number.POSITIVE_INFINITY): void {
  const { server, no } = db.prepare('SELECT server, no FROM paths ORDER BY server DESC, no DESC LIMIT 1').get() as { server: number; no: number }
  const sink = createByteSink(256)
  const start = beginRecord(sink, { kind: recordKind.batchOfPaths, list: 0, owner: server, round: round + 1, at })
  putNumbers(sink, [no])
  putVarint(sink, 2 * 2 ** layouts.stream.metrics.indexOf('path.jitter'))
  putVarint(sink, 1)
  putFloat(sink, whole)
  endRecord(sink, start)
  addJournalRow(db, sinkBytes(sink))
}

/** Adds a row with these records to the journal, of the newest layouts that it has. */
export function addJournalRow(db: Database, records: Uint8Array): void {
  db.prepare(
    'INSERT INTO journal(no, bytes, form, path_layout, server_layout, records) SELECT max(no) + 1, ?, 1, max(path_layout), max(server_layout), ? FROM journal',
  ).run(records.length, records)
}
