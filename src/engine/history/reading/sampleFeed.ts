import type { MetricId } from '../../../shared/metrics.ts'
import {
  type Buckets,
  type ByteCursor,
  ChunkDamaged,
  clearRowStates,
  columnForm,
  createWideningRow,
  decodeColumn,
  decodePresence,
  decodeRow,
  isColumnKnown,
  rowForm,
} from '../codec/codec.ts'
import type { SampleLayout, StoredGap } from '../protocol/protocol.ts'
import type { SampleColumn, SeriesReducer } from './reduceSeries.ts'

/** The rounds of one seal, and one subject's samples in it. */
export interface SealedSamples {
  readonly times: Float64Array
  readonly gaps: readonly StoredGap[]
  readonly usualMs: number
  readonly layout: SampleLayout
  /** `rowForm` or `columnForm`. */
  readonly form: number
  /** null: the subject is not in the seal. */
  readonly chunk: Uint8Array | null
}

/** Decodes wanted columns and passes them to sinks. Reuses its scratch memory. */
export type SampleFeed = ReturnType<typeof createSampleFeed>

export interface ColumnSink {
  readonly addColumn: (column: SampleColumn) => void
}

export function createSampleFeed() {
  let scratch = new Float64Array(0)
  let unknown = new Float64Array(0)
  let presenceBytes = new Uint8Array(0)
  const states = createWideningRow()
  const makeRoom = (rounds: number, columns: number): void => {
    if (unknown.length < rounds) {
      unknown = new Float64Array(rounds * 2).fill(Number.NaN)
      presenceBytes = new Uint8Array(rounds * 2)
    }
    if (scratch.length < rounds * columns) scratch = new Float64Array(rounds * columns * 2)
  }

  /** Reads rows of form 1. Each contains only changes, so all rows and all wanted columns are read at once. */
  const readRows = (bytes: Uint8Array, rounds: number, columns: readonly number[], presence: Uint8Array): void => {
    clearRowStates(states)
    presence.fill(0)
    scratch.fill(Number.NaN, 0, rounds * columns.length)
    const cursor: ByteCursor = { bytes, at: 0 }
    let round = -1
    while (cursor.at < bytes.length) {
      round += 1 + decodeRow(cursor, states, 0)
      if (round >= rounds) throw new ChunkDamaged(`a row of round ${round} in ${rounds} rounds`)
      presence[round] = 1
      for (let i = 0; i < columns.length; i++) {
        const column = columns[i] as number
        if (column >= 0 && isColumnKnown(states, 0, column)) scratch[i * rounds + round] = states.last[column] as number
      }
    }
  }

  return {
    /** One sink per metric. `after` and `before` are those of `SampleColumn`. Returns the number of samples decoded. */
    samples: (
      { times, gaps, usualMs, layout, form, chunk }: SealedSamples,
      metrics: readonly MetricId[],
      sinks: readonly ColumnSink[],
      after: number,
      before: number,
    ): number => {
      const length = times.length
      const give = (i: number, wholes: Float64Array, scale: number, presence: Uint8Array | null): void =>
        sinks[i]?.addColumn({ times, wholes, length, scale, usualMs, presence, gaps, after, before })
      makeRoom(length, form === rowForm ? metrics.length : 1)
      const presence = presenceBytes.length === length ? presenceBytes : presenceBytes.subarray(0, length)
      if (chunk === null) {
        presence.fill(0)
        if (gaps.length > 0) for (let i = 0; i < metrics.length; i++) give(i, unknown, 1, presence)
        return 0
      }
      if (form === rowForm) {
        const columns = metrics.map((id) => layout.metrics.indexOf(id))
        readRows(chunk, length, columns, presence)
        for (let i = 0; i < columns.length; i++) give(i, scratch.subarray(i * length, (i + 1) * length), layout.scales[columns[i] as number] ?? 1, presence)
        return length * 2 * metrics.length
      }
      if (form !== columnForm) throw new ChunkDamaged(`samples of form ${form}`)
      const present = decodePresence(chunk, presence) ? presence : null
      const into = scratch.subarray(0, length)
      for (let i = 0; i < metrics.length; i++) {
        const column = layout.metrics.indexOf(metrics[i] as MetricId)
        if (column >= 0 && decodeColumn(chunk, column, into)) give(i, into, layout.scales[column] as number, present)
        else give(i, unknown, 1, present)
      }
      return length * metrics.length
    },
  }
}

/** Passes one column of a coarser tier to a reducer: buckets that start in [after, before) and overlap [from, to). Returns false if there were none. */
export function feedBuckets(
  buckets: Buckets,
  column: number,
  scale: number,
  reducer: SeriesReducer,
  bounds: { readonly from: number; readonly to: number; readonly after: number; readonly before: number },
): boolean {
  const of = buckets.columns.get(column)
  if (!of) return false
  let any = false
  const { stepMs, usualMs, spans, length } = buckets
  const { from, to, after, before } = bounds
  let span = 0
  for (let k = Math.max(0, Math.floor(from / stepMs) - buckets.first); k < length; k++) {
    const start = (buckets.first + k) * stepMs
    if (start >= to || start >= before) break
    if (start < after || (of.count[k] as number) === 0) continue
    const end = start + stepMs
    while (span < spans.length && (spans[span] as readonly [number, number])[1] <= start) span++
    // If no span says when the subject was watched (the clock jumped), use the bucket's start.
    let at = start
    for (let i = span; i < spans.length; i++) {
      const [since, until] = spans[i] as readonly [number, number]
      if (since >= end) break
      if (i === span) at = Math.max(start, since)
      reducer.known(Math.max(start, since), Math.min(end, until) - usualMs, usualMs)
    }
    const value = (values: Float64Array): number => (values[k] as number) / scale
    reducer.addBucket(at, of.count[k] as number, value(of.min), value(of.max), value(of.sum), value(of.first), value(of.last))
    any = true
  }
  return any
}
