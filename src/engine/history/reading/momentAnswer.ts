import type { MetricId } from '../../../shared/metrics.ts'
import { type Tier, tierStepMs } from '../../../shared/tiers.ts'
import {
  type ByteCursor,
  clearRowStates,
  columnForm,
  createWideningRow,
  decodeBuckets,
  decodeRow,
  isColumnKnown,
  lastRowAt,
  missingIntervals,
  type RowStates,
  wholeAt,
} from '../codec/codec.ts'
import type { SampleLayout, StoredMoment, StoredSubject } from '../protocol/protocol.ts'

/** An answer being filled: `values[row * metrics.length + metric]`. */
export interface Answer {
  readonly metrics: readonly MetricId[]
  readonly at: Float64Array
  readonly values: Float64Array
}

export function emptyAnswer(rows: number, metrics: readonly MetricId[]): Answer {
  return {
    metrics,
    at: new Float64Array(rows).fill(Number.NaN),
    values: new Float64Array(rows * metrics.length).fill(Number.NaN),
  }
}

/** Memory and cached column mappings, reused for every row of an answer. */
export interface RowScratch {
  readonly states: RowStates
  readonly places: WeakMap<SampleLayout, Map<readonly MetricId[], Int32Array>>
}
export function createRowScratch(): RowScratch {
  return { states: createWideningRow(), places: new WeakMap() }
}

/** Index in the answer's row for each column of a layout; -1: not wanted. */
function placesOf({ places: placesOfLayouts }: RowScratch, layout: SampleLayout, metrics: readonly MetricId[]): Int32Array {
  const ofLayout = placesOfLayouts.get(layout) ?? new Map<readonly MetricId[], Int32Array>()
  placesOfLayouts.set(layout, ofLayout)
  const known = ofLayout.get(metrics)
  if (known) return known
  const places = Int32Array.from(layout.metrics, (id) => metrics.indexOf(id))
  ofLayout.set(metrics, places)
  return places
}

/** Reads the values of one round into the answer; false: the subject did not exist in that round. */
export function readRowInto(
  scratch: RowScratch,
  chunk: Uint8Array | null,
  form: number,
  layout: SampleLayout,
  round: number,
  row: number,
  { values, metrics }: Answer,
): boolean {
  if (chunk === null) return false
  const { states } = scratch
  const offset = row * metrics.length
  const places = placesOf(scratch, layout, metrics)
  if (form === columnForm) {
    if (lastRowAt(chunk, round) !== round) return false
    for (let c = 0; c < places.length; c++)
      if ((places[c] as number) >= 0) values[offset + (places[c] as number)] = wholeAt(chunk, c, round) / (layout.scales[c] as number)
    return true
  }
  clearRowStates(states)
  const cursor: ByteCursor = { bytes: chunk, at: 0 }
  let last = -1
  // A row only contains changes, so all rows before it must be read.
  while (cursor.at < chunk.length && last < round) last += 1 + decodeRow(cursor, states, 0)
  if (last !== round) return false
  for (let c = 0; c < places.length; c++)
    if ((places[c] as number) >= 0)
      values[offset + (places[c] as number)] = !isColumnKnown(states, 0, c) ? Number.NaN : (states.last[c] as number) / (layout.scales[c] as number)
  return true
}

/** Reads the last values of the bucket that contains the moment into the answer, if the subject was watched at that moment. */
export function readBucketInto(scratch: RowScratch, bytes: Uint8Array, layout: SampleLayout, tier: Tier, moment: number, row: number, answer: Answer): void {
  const buckets = decodeBuckets(bytes)
  const stepMs = tierStepMs[tier]
  const k = Math.floor(moment / stepMs) - buckets.first
  if (k < 0 || k >= buckets.length) return
  if (!buckets.spans.some(([from, to]) => from <= moment && moment < to + (missingIntervals - 1) * buckets.usualMs)) return
  const places = placesOf(scratch, layout, answer.metrics)
  for (const [column, of] of buckets.columns) {
    const place = places[column] ?? -1
    if (place < 0 || (of.count[k] as number) === 0) continue
    answer.values[row * answer.metrics.length + place] = (of.last[k] as number) / (layout.scales[column] as number)
    answer.at[row] = (buckets.first + k) * stepMs
  }
}

/** Converts the answer, leaving out subjects of which nothing was known. */
export function onlyKnown(
  subjects: readonly StoredSubject[],
  { at, values, metrics }: Answer,
  factsOf: (row: number) => { readonly at: number; readonly facts: object | null } | undefined,
): StoredMoment {
  const known = subjects.map((_, row) => factsOf(row))
  const rows: number[] = []
  for (let row = 0; row < subjects.length; row++) if (!Number.isNaN(at[row] as number) || known[row]?.facts) rows.push(row)
  const kept = new Float64Array(rows.length * metrics.length)
  for (const [i, row] of rows.entries()) kept.set(values.subarray(row * metrics.length, (row + 1) * metrics.length), i * metrics.length)
  return {
    subjects: rows.map((row) => subjects[row] as StoredSubject),
    at: Float64Array.from(rows, (row) => at[row] as number),
    metrics,
    values: kept,
    facts: rows.map((row) => known[row]?.facts ?? null),
    factsAt: Float64Array.from(rows, (row) => known[row]?.at ?? Number.NaN),
  }
}
