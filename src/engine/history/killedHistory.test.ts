import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import BetterSqlite3 from 'better-sqlite3'
import { expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { streamSubject } from '../../shared/subjectNames.ts'
import type { Log } from '../ports.ts'
import { createHistory } from './history.ts'

const kills = 20
/** Far more than a second's worth: seals and trims of the journal happen between any two kills, and a day becomes archives. */
const program = `
import { createTestClock } from ${JSON.stringify(new URL('../../clock/testClock.ts', import.meta.url).href)}
import { createHistory } from ${JSON.stringify(new URL('./history.ts', import.meta.url).href)}
const [dataDir, startAt] = process.argv.slice(2)
const log = { debug() {}, info() {}, warn() {}, error(facts, text) { console.log('error ' + text + JSON.stringify(facts)) }, child: () => log }
let history
const clock = createTestClock(Number(startAt), async () => { await history?.settled() })
const readSpace = async () => ({ freeBytes: 50e9, totalBytes: 100e9 })
const made = await createHistory({ clock, log, dataDir, readSpace, storeWorker: new URL(${JSON.stringify(new URL('./storeWorker.ts', import.meta.url).href)}) })
if (!made.ok) throw new Error(made.error.words)
history = made.value
for (;;) {
  const at = clock.now()
  for (const serverId of ['a', 'b', 'c'])
    history.append({ owner: { kind: 'server', serverId }, at, parts: ['cam1', 'cam2'], metrics: ['path.linkCapacity', 'path.readers'], values: Float64Array.of(at / 1000, 1, NaN, at / 2000) })
  await clock.advance(2000)
  // Settled after the commit's second has passed: acknowledged.
  console.log('acknowledged ' + at)
}
`

test(`${kills} times killed with -9 while writing: no acknowledged second is lost, and nothing is damaged`, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'mtxdeck-killed-'))
  const file = join(dataDir, 'writer.mts')
  await writeFile(file, program)
  const startAt = Date.UTC(2026, 10, 14, 23)
  let next = startAt
  const acknowledged: number[] = []
  const said: string[] = []
  try {
    for (let kill = 0; kill < kills; kill++) {
      const child: ChildProcess = spawn(process.execPath, [file, dataDir, String(next)], { stdio: ['ignore', 'pipe', 'inherit'] })
      const exited = once(child, 'exit')
      let wanted = 20 + ((kill * 37) % 200)
      for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
        if (line.startsWith('acknowledged ')) {
          acknowledged.push(Number(line.slice('acknowledged '.length)))
          if (--wanted === 0) child.kill('SIGKILL')
        } else said.push(line)
      }
      expect(await exited).toEqual([null, 'SIGKILL'])
      next = (acknowledged.at(-1) as number) + 60_000
    }
    expect(said).toEqual([])
    const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: (_, text) => void said.push(text), child: () => log }
    const made = await createHistory({ clock: createTestClock(next), log, dataDir, storeWorker: new URL('./storeWorker.ts', import.meta.url) })
    if (!made.ok) throw new Error(made.error.words)
    await using history = made.value
    for (const ownerId of ['a', 'b', 'c']) {
      const found = new Map<number, number>()
      for (let from = startAt; from < next; from += 4_000_000) {
        const [columns] = await history.range({
          series: [{ subject: streamSubject(ownerId, 'cam1'), metric: 'path.linkCapacity' }],
          from,
          to: from + 4_000_000,
          points: 5000,
          // Left to the store, a machine that is busy gets coarser values.
          tier: 'samples',
        })
        columns?.at.forEach((at, i) => void found.set(at, columns.mean[i] as number))
      }
      expect(acknowledged.filter((at) => found.get(at) !== at / 1000)).toEqual([])
      // What was not acknowledged may be there; then it is true.
      expect([...found].filter(([at, value]) => value !== at / 1000)).toEqual([])
    }
    const db = new BetterSqlite3(join(dataDir, 'history.db'), { readonly: true })
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
    expect(db.prepare('SELECT count(*) FROM seals').pluck().get()).toBeGreaterThan(0)
    const { archived, orphans } = db
      .prepare<[], { archived: number; orphans: number }>(
        `SELECT (SELECT count(*) FROM archives WHERE name GLOB 'samples-2026-11-14*') AS archived,
                (SELECT count(*) FROM chunks WHERE id / 16777216 NOT IN (SELECT id FROM seals)) AS orphans`,
      )
      .get() as never
    expect(archived).toBeGreaterThan(0)
    expect(orphans).toBe(0)
    db.close()
    expect(said).toEqual([])
  } finally {
    await rm(dataDir, { recursive: true })
  }
})
