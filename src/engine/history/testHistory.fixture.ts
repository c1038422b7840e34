import type { MetricId } from '../../shared/metrics.ts'
import { type Database, openDatabase } from '../storage/openDatabase.ts'
import type { Archive } from './archive/archiveFile.ts'
import { bucketsOfSeal, encodeBuckets } from './codec/buckets.ts'
import { decodeColumn, encodeChunk, encodePack, type Packed, readPack } from './codec/columnChunk.ts'
import { decodeRounds, decodeSampleRow, encodeRounds, usualInterval, withCrc } from './codec/roundList.ts'
import { beginRecord, createRowStates, encodeRow, endRecord, putNumbers, recordKind } from './codec/rowCodec.ts'
import { createByteSink, sinkBytes } from './codec/varint.ts'
import { historyMigrations } from './live/historyMigrations.ts'
import { chunkId, layouts, layoutToText, type SampleLayout, type StoredGap } from './protocol/protocol.ts'

/** A history.db for tests of its readers: real tables, filled directly, so that any case can be set up. */
export interface TestHistory {
  readonly db: Database
  /** Adds a seal. `value` returns a path's metric in a round; null: unknown; undefined: the path was absent. */
  readonly seal: (seal: TestSeal) => number
  readonly fact: (server: string, path: string, at: number, facts: object | null) => void
  /** Adds an unsealed round of one path with this many readers. */
  readonly journal: (server: string, path: string, round: number, at: number, readers: number) => void
  readonly event: (at: number, ownerId: string | null, path: string | null, text: string) => void
  readonly list: (name: string, tier: string, from: number, to: number, bytes: number, sha256: string | null) => void
}

interface TestSeal {
  readonly server: string
  readonly paths: readonly string[]
  readonly times: readonly number[]
  readonly gaps?: readonly StoredGap[]
  /** Paths in each row; 1 by default. */
  readonly perPack?: number
  /** Minutes only: samples were stopped. */
  readonly withoutSamples?: boolean
  readonly value?: (path: string, metric: MetricId, at: number) => number | null | undefined
}

/** Number of chunks, or of paths' minutes, in a live file, including those of unfinished seals. */
export function countStored(db: Database, table: 'chunks' | 'minutes'): number {
  return db
    .prepare<[], { id: number; bytes: Uint8Array }>(`SELECT id, ${table === 'chunks' ? 'rows' : 'bytes'} AS bytes FROM ${table}`)
    .all()
    .reduce((sum, { id, bytes }) => sum + readPack(id % 2 ** 24, bytes).length, 0)
}

/** A value that a test can compute again instead of storing it. */
export function testValue(path: string, metric: MetricId, at: number): number | null {
  if (metric === 'path.bitrateIn') return path.length * 1_000_000 + ((at / 1000) % 977) * 100
  if (metric === 'path.readers') return Math.floor(at / 60_000) % 5
  if (metric === 'server.streamsLive') return Math.floor(at / 1000) % 7
  return null
}

export function createTestHistory(file: string): TestHistory {
  const opened = openDatabase(file, { migrations: historyMigrations, shrinks: true, pageSize: 8192 })
  if (!opened.ok) throw new Error(opened.error.words)
  const db = opened.value
  db.pragma('synchronous = OFF')
  const layoutId = (layout: SampleLayout): number =>
    db
      .prepare<[string], number>('INSERT INTO layouts(columns) VALUES (?) ON CONFLICT DO UPDATE SET columns = excluded.columns RETURNING id')
      .pluck()
      .get(layoutToText(layout)) as number
  const paths = layoutId(layouts.stream)
  const servers = layoutId(layouts.server)
  const serverNo = (id: string): number =>
    db
      .prepare<[string], number>('INSERT INTO servers(id, sealed_round) VALUES (?, -1) ON CONFLICT DO UPDATE SET id = excluded.id RETURNING no')
      .pluck()
      .get(id) as number
  const pathNo = (server: number, name: string): number => {
    const there = db.prepare<[number, string], number>('SELECT no FROM paths WHERE server = ? AND name = ?').pluck().get(server, name)
    if (there !== undefined) return there
    const no = (db.prepare<[number], number | null>('SELECT max(no) FROM paths WHERE server = ?').pluck().get(server) ?? 0) + 1
    db.prepare('INSERT INTO paths(server, no, name) VALUES (?, ?, ?)').run(server, no, name)
    return no
  }
  return {
    db,
    seal: ({ server, paths: names, times, gaps = [], perPack = 1, withoutSamples = false, value = testValue }) => {
      const no = serverNo(server)
      const moments = [...times, ...gaps.map(([, at]) => at)]
      const usualMs = usualInterval(times)
      const span = { from: Math.min(...moments), to: Math.max(...moments) }
      const rounds = encodeRounds([{ ...span, usualMs, partLayout: paths, ownLayout: servers, times: Float64Array.from(times), gaps }])
      const seal = db.transaction(() => {
        const { lastInsertRowid } = db
          .prepare('INSERT INTO seals(server, from_at, to_at, rounds, sample_bytes, minute_bytes) VALUES (?, ?, ?, ?, ?, 1)')
          .run(no, span.from, span.to, withCrc(rounds), withoutSamples ? 0 : 1)
        const id = Number(lastInsertRowid)
        const chunks: Packed[] = []
        const minutesOf: Packed[] = []
        for (const name of names) {
          const layout = name === '' ? layouts.server : layouts.stream
          const states = createRowStates(layout.metrics.length)
          const rows = createByteSink()
          let before = -1
          for (const [round, at] of times.entries()) {
            const values = layout.metrics.map((metric) => value(name, metric, at))
            if (values.every((one) => one === undefined)) continue
            const source = Int32Array.from(values, (_, c) => c)
            encodeRow(
              rows,
              states,
              0,
              round - before - 1,
              Float64Array.from(values, (one) => one ?? Number.NaN),
              0,
              source,
              layout.scales,
            )
            before = round
          }
          if (before < 0) continue
          const chunk = encodeChunk(sinkBytes(rows), times.length)
          const minutes = encodeBuckets(bucketsOfSeal(Float64Array.from(times), gaps, usualMs ?? 2000, 60_000)(chunk))
          if (!withoutSamples) chunks.push({ no: pathNo(no, name), bytes: withCrc(chunk) })
          minutesOf.push({ no: pathNo(no, name), bytes: withCrc(minutes) })
        }
        for (const [parts, sql] of [
          [chunks, 'INSERT INTO chunks(id, rows) VALUES (?, ?)'],
          [minutesOf, 'INSERT INTO minutes(id, bytes) VALUES (?, ?)'],
        ] as const) {
          parts.sort((a, b) => a.no - b.no)
          for (let at = 0; at < parts.length; at += perPack)
            db.prepare(sql).run(chunkId(id, parts[at]?.no as number), encodePack(parts.slice(at, at + perPack)))
        }
        return id
      })()
      return seal
    },
    fact: (server, path, at, facts) => {
      const no = serverNo(server)
      const text =
        facts === null
          ? null
          : db
              .prepare<[string], number>('INSERT INTO texts(json) VALUES (?) ON CONFLICT DO UPDATE SET json = excluded.json RETURNING id')
              .pluck()
              .get(JSON.stringify(facts))
      db.prepare('INSERT INTO facts(server, path, at, text) VALUES (?, ?, ?, ?)').run(no, pathNo(no, path), at, text)
    },
    journal: (server, path, round, at, readers) => {
      const no = serverNo(server)
      const column = layouts.stream.metrics.indexOf('path.readers')
      const sink = createByteSink()
      const start = beginRecord(sink, { kind: recordKind.batchOfPaths, list: 0, owner: no, round, at })
      putNumbers(sink, [pathNo(no, path)])
      const states = createRowStates(layouts.stream.metrics.length)
      encodeRow(sink, states, 0, 0, Float64Array.of(readers), 0, new Int32Array(column + 1).fill(-1).with(column, 0), layouts.stream.scales)
      endRecord(sink, start)
      const records = sinkBytes(sink)
      db.prepare('INSERT INTO journal(no, bytes, path_layout, server_layout, records) SELECT 1 + coalesce(max(no), 0), ?, ?, ?, ? FROM journal').run(
        records.length,
        paths,
        servers,
        records,
      )
    },
    event: (at, ownerId, path, text) =>
      void db
        .prepare('INSERT INTO events(at, kind, server_id, server_name, path, text, facts) VALUES (?, ?, ?, ?, ?, ?, ?)')
        .run(at, 'streamOff', ownerId, ownerId, path, text, JSON.stringify({ before: 1 })),
    list: (name, tier, from, to, bytes, sha256) =>
      void db
        .prepare('INSERT OR REPLACE INTO archives(name, tier, from_at, to_at, bytes, sha256) VALUES (?, ?, ?, ?, ?, ?)')
        .run(name, tier, from, to, bytes, sha256),
  }
}

/** All known values of one metric in an archive, [at, value], in the order of their hours and seals. */
export function samplesOf(archive: Archive, server: string, path: string, metric: MetricId): [number, number][] {
  const out: [number, number][] = []
  const serverNo = archive.subjectNo(server, '')
  const no = archive.subjectNo(server, path)
  if (serverNo === null || no === null) return out
  const rounds = new Map(archive.rounds(serverNo, 0, 2 ** 22 - 1).map(({ hour, bytes }) => [hour, decodeRounds(bytes)]))
  for (const { hour, bytes } of archive.sampleRows(no, 0, 2 ** 22 - 1))
    for (const { seal, chunk } of decodeSampleRow(bytes)) {
      const of = rounds.get(hour)?.[seal]
      if (!of) throw new Error(`no rounds of seal ${seal} in hour ${hour}`)
      const layout = archive.layout(path === '' ? of.ownLayout : of.partLayout)
      const column = layout.metrics.indexOf(metric)
      const values = new Float64Array(of.times.length)
      if (!decodeColumn(chunk, column, values)) continue
      for (const [round, value] of values.entries()) if (!Number.isNaN(value)) out.push([of.times[round] as number, value / (layout.scales[column] as number)])
    }
  return out
}

/** A history with seals, facts, events and a journal; the first seal begins at `from`. */
export function fillTestHistory(file: string, from: number): TestHistory {
  const history = createTestHistory(file)
  const every = (start: number, count: number): number[] => Array.from({ length: count }, (_, i) => start + i * 2000)
  history.seal({ server: 'a', paths: ['', 'cam'], times: every(from, 90), gaps: [[30, from + 60_500]] })
  history.seal({ server: 'a', paths: ['', 'cam'], times: every(from + 600_000, 60) })
  history.seal({ server: 'b', paths: ['', 'x', 'y'], times: every(from, 10), withoutSamples: true })
  history.seal({ server: 'c', paths: ['', 'x', 'y', 'z'], times: every(from, 30), perPack: 3 })
  history.fact('a', 'cam', from, { state: 'live' })
  history.event(from, 'a', 'cam', 'it came')
  history.journal('d', 'cam', 0, from, 7)
  return history
}
