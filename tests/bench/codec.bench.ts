import { type Buckets, bucketsOfChunk, decodeBuckets, encodeBuckets, mergeBuckets } from '../../src/engine/history/codec/buckets.ts'
import { chunkColumns, decodeColumn, encodeChunk, wholeAt } from '../../src/engine/history/codec/columnChunk.ts'
import { createRowStates, encodeRow } from '../../src/engine/history/codec/rowCodec.ts'
import { createByteSink, sinkBytes } from '../../src/engine/history/codec/varint.ts'
import { putWholes } from '../../src/engine/history/codec/wholeColumn.ts'
import { sourceOf } from '../../src/engine/history/live/serverColumns.ts'
import { layouts, ownerLayouts, strideOf } from '../../src/engine/history/protocol/sampleLayout.ts'
import { type Bench, rounded } from './figures.ts'
import { createMix, type SampleMix } from './sampleMix.ts'

const rounds = 300
const minuteMs = 60_000
const usualMs = 2000

/** Form 1 rows of every path, from round `from` on, as the writer has them in memory when it seals. */
function rowsOf(mix: SampleMix, from: number): Uint8Array[] {
  const paths = mix.names.length
  const states = createRowStates(strideOf(ownerLayouts.server), paths)
  const source = sourceOf(layouts.path, mix.metrics)
  const sinks = mix.names.map(() => createByteSink())
  for (let round = from; round < from + rounds; round++) {
    const values = mix.valuesOf(round)
    for (const [path, sink] of sinks.entries()) encodeRow(sink, states, path, 0, values, path * mix.metrics.length, source, layouts.path.scales)
  }
  return sinks.map(sinkBytes)
}

const timesFrom = (from: number): Float64Array => Float64Array.from({ length: rounds }, (_, round) => 1_794_960_000_000 + (from + round) * usualMs)

const total = (all: readonly Uint8Array[]): number => all.reduce((sum, { length }) => sum + length, 0)

/** Nanoseconds of CPU for each of `count` things: the best of some runs, because others compete for the machine. */
function cpuNs(count: number, run: () => void): number {
  let best = Number.POSITIVE_INFINITY
  for (let turn = 0; turn < 12; turn++) {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, user + system)
  }
  return (best * 1000) / count
}

/** The codecs alone, on the documented mix: bytes a sample by metric, and what they cost. */
export const bench: Bench = async (report, { quick }) => {
  const mix = createMix(quick ? 100 : 400, rounds)
  const { samples } = mix
  const rows = rowsOf(mix, 0)
  const chunks = rows.map((bytes) => encodeChunk(bytes, rounds))
  const figure = (name: string, value: number, unit: string, goal: string | null, note: string | null = null): void =>
    report({ figure: `codec: ${name}`, value: rounded(value), unit, goal, limit: null, note })

  figure('rows (form 1)', total(rows) / samples, 'bytes a sample', null, 'journal and memory')
  figure('chunks (form 2)', total(chunks) / samples, 'bytes a sample', '<= 1', `${rounds} rounds a chunk, directory included`)
  const values = new Float64Array(rounds)
  for (const metric of mix.metrics) {
    const column = layouts.path.metrics.indexOf(metric)
    const sink = createByteSink()
    let count = 0
    for (const chunk of chunks)
      if (decodeColumn(chunk, column, values)) {
        putWholes(sink, values, rounds, 0)
        count += rounds
      }
    figure(metric, sink.length / count, 'bytes a sample', null)
  }

  const minutesOf = (all: readonly Uint8Array[], from: number): Buckets[] => {
    const times = timesFrom(from)
    return all.map((chunk) => bucketsOfChunk(chunk, times, [], usualMs, minuteMs))
  }
  const minutes = minutesOf(chunks, 0)
  const live = minutes.map(encodeBuckets)
  figure('minutes of one seal', total(live) / samples, 'bytes a raw sample', '<= 0.25')
  const seals = 12
  let merged = minutes
  for (let seal = 1; seal < seals; seal++) {
    const from = seal * rounds
    const next = minutesOf(
      rowsOf(mix, from).map((bytes) => encodeChunk(bytes, rounds)),
      from,
    )
    merged = merged.map((buckets, path) => mergeBuckets([buckets, next[path] as Buckets]))
  }
  figure('minutes of two hours', total(merged.map(encodeBuckets)) / (samples * seals), 'bytes a raw sample', '<= 0.25')

  figure(
    'rows to chunks',
    cpuNs(samples, () => {
      for (const bytes of rows) encodeChunk(bytes, rounds)
    }),
    'ns a sample',
    '<= 40',
  )
  figure(
    'chunks to minutes',
    cpuNs(samples, () => {
      for (const buckets of minutesOf(chunks, 0)) encodeBuckets(buckets)
    }),
    'ns a sample',
    null,
  )
  figure(
    'columns read',
    cpuNs(samples, () => {
      for (const chunk of chunks) for (const column of chunkColumns(chunk)) decodeColumn(chunk, column, values)
    }),
    'ns a sample',
    '<= 8',
  )
  figure(
    'minutes read',
    cpuNs(samples, () => {
      for (const bytes of live) decodeBuckets(bytes)
    }),
    'ns a raw sample',
    null,
  )
  const fleet = 10_000
  const columns = 9
  figure(
    'one moment',
    cpuNs(1, () => {
      for (let path = 0; path < fleet; path++)
        for (let column = 0; column < columns; column++) wholeAt(chunks[path % chunks.length] as Uint8Array, column, (path * 7) % rounds)
    }) / 1e6,
    'ms',
    '<= 80',
    `${fleet} streams, ${columns} columns of each`,
  )
}
