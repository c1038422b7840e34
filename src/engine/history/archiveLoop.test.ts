import { mkdir, mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { serverSubject } from '../../shared/subjectNames.ts'
import type { Log } from '../ports.ts'
import { createHistory, type History } from './history.ts'

const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: (_, text) => console.error(text), child: () => log }

test('a history that is closed while a day goes to its archive does not wait for the clock', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'mtxdeck-archive-loop-'))
  let opened: History | null = null
  const clock = createTestClock(Date.UTC(2026, 10, 14, 23), async () => opened?.settled())
  try {
    const made = await createHistory({ clock, log, dataDir, storeWorker: new URL('./storeWorker.ts', import.meta.url) })
    if (!made.ok) throw new Error(made.error.words)
    const history = made.value
    opened = history
    // More seals than go in one step.
    const servers = Array.from({ length: 20 }, (_, i) => `server${i}`)
    for (let seal = 0; seal < 4; seal++) {
      for (let round = 0; round < 10; round++)
        for (const ownerId of servers)
          history.append({
            owner: serverSubject(ownerId),
            at: clock.now() + round * 2000,
            parts: ['cam'],
            metrics: ['path.readers'],
            values: Float64Array.of(round),
          })
      await clock.advance(660_000)
    }
    // What is due runs once: the day is archived, and the first of its seals dropped.
    await clock.sleepMachine(3_600_000)
    const db = new BetterSqlite3(join(dataDir, 'history.db'), { readonly: true })
    expect(db.prepare('SELECT count(*) FROM archives').pluck().get()).toBeGreaterThan(0)
    const left = db.prepare('SELECT count(*) FROM seals').pluck().get()
    expect(left).toBeGreaterThan(1)
    expect(left).toBeLessThan(servers.length * 4)
    db.close()
    await history[Symbol.asyncDispose]()
    expect(clock.pending()).toBe(0)
  } finally {
    await rm(dataDir, { recursive: true })
  }
})

test('a file that cannot be adopted is logged once a day, not with each look at the folder', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'mtxdeck-archive-loop-'))
  const file = join(dataDir, 'history', 'minutes-2026-11-01.db')
  await mkdir(join(dataDir, 'history'))
  const newer = new BetterSqlite3(file)
  for (const pragma of ['application_id = 0x4d545844', 'user_version = 99']) newer.pragma(pragma)
  newer.exec('CREATE TABLE some (text TEXT)')
  newer.close()
  await utimes(file, 1, 1)
  const warned: string[] = []
  let opened: History | null = null
  const clock = createTestClock(Date.UTC(2026, 10, 14, 21), async () => opened?.settled())
  try {
    const logging: Log = { ...log, warn: (_, text) => warned.push(text), child: () => logging }
    const made = await createHistory({ clock, log: logging, dataDir, storeWorker: new URL('./storeWorker.ts', import.meta.url) })
    if (!made.ok) throw new Error(made.error.words)
    opened = made.value
    await clock.advance(2.5 * 3_600_000)
    expect(warned).toEqual([expect.stringContaining('minutes-2026-11-01.db')])
    await clock.advance(2 * 3_600_000)
    expect(warned).toHaveLength(2)
    await opened[Symbol.asyncDispose]()
  } finally {
    await rm(dataDir, { recursive: true })
  }
})
