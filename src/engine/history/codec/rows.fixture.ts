import { createRowStates, decodeRow, encodeRow, type RowStates } from './rowCodec.ts'
import { type ByteCursor, createByteSink, sinkBytes } from './varint.ts'

/** Rows of one subject. null: the subject was absent in that round; NaN: an unknown number. */
export type Rows = readonly (readonly number[] | null)[]

export function encodeRows(rows: Rows, columns: number): Uint8Array {
  const sink = createByteSink()
  const states = createRowStates(columns)
  const source = Int32Array.from({ length: columns }, (_, c) => c)
  let skipped = 0
  for (const row of rows) {
    if (row === null) skipped++
    else {
      encodeRow(sink, states, 0, skipped, Float64Array.from(row), 0, source, new Float64Array(columns).fill(1))
      skipped = 0
    }
  }
  return sinkBytes(sink)
}

/** Calls `visit` for each row of a chunk with its round and state; `states` is reused for the next row. */
export function decodeRows(bytes: Uint8Array, visit: (round: number, states: RowStates) => void): void {
  const states = createRowStates()
  const cursor: ByteCursor = { bytes, at: 0 }
  let round = -1
  while (cursor.at < bytes.length) {
    round += 1 + decodeRow(cursor, states, 0)
    visit(round, states)
  }
}
