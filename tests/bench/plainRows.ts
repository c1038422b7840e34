// The table of mtxdeck's first days, measured beside what stands there now: a row a sample.
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { bytesWritten, cpuMs, stepMs } from './benchStore.ts'
import type { SampleMix } from './sampleMix.ts'

export interface PlainRows {
  readonly samples: number
  readonly bytes: number
  /** null where the system does not tell. */
  readonly written: number | null
  readonly cpuMs: number
}

function openTable(file: string): BetterSqlite3.Database {
  const db = new BetterSqlite3(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.exec('CREATE TABLE samples (series INTEGER NOT NULL, ts INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (series, ts)) STRICT, WITHOUT ROWID')
  return db
}

/** The same rounds of so many servers, half of them each second, with a commit each second. */
export function writePlainRows(dir: string, mix: SampleMix, servers: number, rounds: number): PlainRows {
  const file = join(dir, 'rows.db')
  const written = bytesWritten()
  const began = cpuMs()
  let making = 0
  let samples = 0
  const db = openTable(file)
  const insert = db.prepare<[number, number, number]>('INSERT INTO samples(series, ts, value) VALUES (?, ?, ?)')
  for (let round = 0; round < rounds; round++)
    for (const half of [0, 1]) {
      const before = cpuMs()
      const polls = Array.from({ length: servers }, (_, server) => (server % 2 === half ? mix.valuesOf(server * 100_003 + round) : null))
      making += cpuMs() - before
      db.transaction(() => {
        for (const [server, values] of polls.entries()) {
          if (values === null) continue
          const first = server * values.length
          for (let at = 0; at < values.length; at++) {
            const value = values[at] as number
            if (Number.isNaN(value)) continue
            insert.run(first + at, round * stepMs, value)
            samples++
          }
        }
      })()
    }
  db.close()
  const used = cpuMs() - began - making
  const after = bytesWritten()
  const { size } = statSync(file)
  rmSync(file)
  return { samples, bytes: size, written: written === null || after === null ? null : after - written, cpuMs: used }
}

/** How long SQL takes to reduce one series of so many samples to 1,000 buckets, ms; each of some runs. */
export function queryPlainRows(dir: string, samples: number, runs: number): number[] {
  const file = join(dir, 'rows.db')
  const db = openTable(file)
  const insert = db.prepare<[number, number, number]>('INSERT INTO samples(series, ts, value) VALUES (?, ?, ?)')
  db.transaction(() => {
    for (let i = 0; i < samples; i++) insert.run(1, i * stepMs, 4e6 + ((Math.imul(i + 1, 0x9e3779b1) >>> 0) % 4000) * 100)
  })()
  const width = (samples * stepMs) / 1000
  const query = db.prepare('SELECT ts / ? AS bucket, min(value), max(value), avg(value), count(*) FROM samples WHERE series = ? GROUP BY bucket')
  const took: number[] = []
  for (let run = 0; run < runs; run++) {
    const before = performance.now()
    const rows = query.all(width, 1).length
    took.push(performance.now() - before)
    if (rows < 1000) throw new Error(`${rows} buckets of plain rows`)
  }
  db.close()
  rmSync(file)
  return took
}
