import { type Buckets, bucketsOfSeal, decodeBuckets, encodeBuckets, mergeBuckets } from '../../src/engine/history/codec/buckets.ts'
import * as chunkReaders from '../../src/engine/history/codec/columnChunk.ts'
import { encodeChunk } from '../../src/engine/history/codec/columnChunk.ts'
import { createRowStates, encodeRow } from '../../src/engine/history/codec/rowCodec.ts'
import { createByteSink, sinkBytes } from '../../src/engine/history/codec/varint.ts'
import { putWholes } from '../../src/engine/history/codec/wholeColumn.ts'
import { sourceOf } from '../../src/engine/history/live/ownerColumns.ts'
import { layouts, ownerLayouts, strideOf } from '../../src/engine/history/protocol/protocol.ts'
import { type Bench, type Figure, percentile, rounded } from './figures.ts'
import * as planeChunk from './planeChunk.ts'
import { createMix, type SampleMix } from './sampleMix.ts'

/** Columns read from each stream for one moment. */
const momentColumns = 9
const isOfMoment = (column: number): boolean => column < momentColumns
const oneRound = new Float64Array(momentColumns)
const readMoment = (chunk: Uint8Array, round: number): void => void chunkReaders.decodeRound(chunk, round, isOfMoment, oneRound)

const { decodeColumn, eachColumn } = chunkReaders
/** Calls `take` for each column that is known somewhere, when it is in `into`. */
const eachPlane = (chunk: Uint8Array, into: Float64Array, take: (column: number) => void): void => {
  for (const column of planeChunk.chunkColumns(chunk)) {
    planeChunk.decodeColumn(chunk, column, into)
    take(column)
  }
}
const rounds = 300
const minuteMs = 60_000
const usualMs = 2000

type Report = (name: string, value: number, unit: string, goal: Figure['goal'], note?: string | null) => void

/** Form 1 rows of every path, from round `from` on, as the writer has them in memory when it seals. */
function rowsOf(mix: SampleMix, from: number): Uint8Array[] {
  const paths = mix.names.length
  const states = createRowStates(strideOf(ownerLayouts.server), paths)
  const source = sourceOf(layouts.stream, mix.metrics)
  const sinks = mix.names.map(() => createByteSink())
  for (let round = from; round < from + rounds; round++) {
    const values = mix.valuesOf(round)
    for (const [path, sink] of sinks.entries()) encodeRow(sink, states, path, 0, values, path * mix.metrics.length, source, layouts.stream.scales)
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
  const figure: Report = (name, value, unit, goal, note = null) => report({ figure: `codec: ${name}`, value: rounded(value), unit, goal, limit: null, note })

  figure('rows (form 1)', total(rows) / samples, 'bytes a sample', null, 'journal and memory')
  figure('chunks (form 3)', total(chunks) / samples, 'bytes a sample', '<= 1', `${rounds} rounds a chunk, directory included`)
  const values = new Float64Array(rounds)
  for (const metric of mix.metrics) {
    const column = layouts.stream.metrics.indexOf(metric)
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
    return all.map((chunk) => bucketsOfSeal(times, [], usualMs, minuteMs)(chunk))
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
      for (const chunk of chunks) eachColumn(chunk, values, () => {})
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
  figure(
    'one moment',
    cpuNs(1, () => {
      for (let path = 0; path < fleet; path++) readMoment(chunks[path % chunks.length] as Uint8Array, (path * 7) % rounds)
    }) / 1e6,
    'ms',
    '<= 80',
    `${fleet} streams, ${momentColumns} columns of each`,
  )
  comparePlanes(figure, mix, rows, quick ? 9 : 25)
}

/** Median CPU time of each job, µs. The jobs alternate, so that other load on the machine affects all of them. */
function inTurns<Job extends string>(turns: number, jobs: Readonly<Record<Job, () => void>>): Readonly<Record<Job, number>> {
  const took = new Map<Job, number[]>()
  for (let turn = -3; turn < turns; turn++)
    for (const job of Object.keys(jobs) as Job[]) {
      const before = process.cpuUsage()
      jobs[job]()
      const { user, system } = process.cpuUsage(before)
      // The first turns warm up the compiler.
      if (turn >= 0) took.set(job, [...(took.get(job) ?? []), user + system])
    }
  return Object.fromEntries([...took].map(([job, all]) => [job, percentile(all, 50)])) as Record<Job, number>
}

/** Compares our chunks with byte planes under zstd, on the same rows. These figures decided docs/adr/0011. */
function comparePlanes(figure: Report, mix: SampleMix, rows: readonly Uint8Array[], turns: number): void {
  const codecs = {
    columns: { encodeChunk, decodeColumn, eachColumn },
    planes: { encodeChunk: planeChunk.encodeChunk, decodeColumn: planeChunk.decodeColumn, eachColumn: eachPlane },
  } as const
  const chunks = { columns: rows.map((bytes) => encodeChunk(bytes, rounds)), planes: rows.map((bytes) => planeChunk.encodeChunk(bytes, rounds)) }
  const expected = new Float64Array(rounds)
  const values = new Float64Array(rounds)
  for (const [path, chunk] of chunks.columns.entries())
    eachColumn(chunk, expected, (column) => {
      planeChunk.decodeColumn(chunks.planes[path] as Uint8Array, column, values)
      if (!values.every((value, round) => Object.is(value, expected[round])))
        throw new Error(`path ${path} reads column ${column} differently from byte planes`)
    })
  const bytes = total(chunks.columns)
  const against = (name: string, planes: number, columns: number, note: string | null = null): void =>
    figure(`byte planes under zstd: ${name}`, planes / columns, 'times columns', null, note)

  for (const level of [1, 3, 6, 9]) against(`bytes at level ${level}`, total(rows.map((one) => planeChunk.encodeChunk(one, rounds, level))), bytes)

  const one = (codec: keyof typeof codecs, read: (chunk: Uint8Array, path: number) => void) => () => {
    for (const [path, chunk] of chunks[codec].entries()) read(chunk, path)
  }
  const compare = (name: string, job: (codec: keyof typeof codecs) => () => void): void => {
    const took = inTurns(turns, { columns: job('columns'), planes: job('planes') })
    against(name, took.planes, took.columns, `${rounded(took.planes / rows.length)} and ${rounded(took.columns / rows.length)} µs of CPU a chunk`)
  }
  compare('rows to chunks', (codec) => () => {
    for (const bytes of rows) codecs[codec].encodeChunk(bytes, rounds)
  })
  compare('all columns read', (codec) =>
    one(codec, (chunk) => {
      codecs[codec].eachColumn(chunk, values, () => {})
    }),
  )
  compare('one column read', (codec) => one(codec, (chunk) => void codecs[codec].decodeColumn(chunk, 0, values)))
  const moment = (codec: keyof typeof codecs) =>
    one(codec, (chunk, path) => {
      const round = (path * 7) % rounds
      if (codec === 'columns') readMoment(chunk, round)
      else for (let column = 0; column < momentColumns; column++) planeChunk.wholeAt(chunk, column, round)
    })
  compare('one moment', moment)

  // One frame for several chunks: 40 streams, as in a pack of the live file, or an hour of one stream, as in an archive.
  const seals = Array.from({ length: 12 }, (_, seal) => (seal === 0 ? rows : rowsOf(mix, seal * rounds)))
  const planesOf = (bytes: Uint8Array): planeChunk.PlaneChunk => planeChunk.planesOf(planeChunk.columnsOfRows(bytes, rounds), rounds)
  const packs = Array.from({ length: Math.ceil(rows.length / 40) }, (_, pack) => rows.slice(pack * 40, pack * 40 + 40).map(planesOf))
  const hours = rows.slice(0, 100).map((_, path) => seals.map((seal) => planesOf(seal[path] as Uint8Array)))
  const columnBytes = (all: readonly (readonly Uint8Array[])[]): number =>
    all.reduce((sum, some) => sum + total(some.map((each) => encodeChunk(each, rounds))), 0)
  for (const { name, groups, asked, inColumns } of [
    { name: '40 chunks a frame', groups: packs, asked: 40, inColumns: bytes },
    { name: 'an hour of a path a frame', groups: hours, asked: 1, inColumns: columnBytes(seals.map((seal) => seal.slice(0, hours.length))) },
  ]) {
    const framed = groups.map((parts) => ({ parts, frame: planeChunk.frameOf(parts, 1) }))
    const plain = groups.flat().reduce((sum, part) => sum + part.plain.length, 0)
    against(`bytes with ${name}`, plain + total(framed.map(({ frame }) => frame)), inColumns)
    const took = inTurns(turns, {
      columns: moment('columns'),
      planes: () => {
        for (const { parts, frame } of framed) {
          const packed = planeChunk.unpack(
            frame,
            parts.reduce((sum, part) => sum + part.packed.length, 0),
          )
          let at = 0
          for (const part of parts.slice(0, asked)) {
            const chunk = { plain: part.plain, packed: packed.subarray(at, at + part.packed.length) }
            for (let column = 0; column < momentColumns; column++) planeChunk.planesAt(chunk, column, (at * 7) % rounds)
            at += part.packed.length
          }
        }
      },
    })
    const paths = asked === 1 ? groups.length : rows.length
    against(`one moment with ${name}`, took.planes / paths, took.columns / rows.length, `${rounded(took.planes / paths)} µs of CPU a path`)
  }
}
