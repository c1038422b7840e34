import { closeSync, openSync, readdirSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../demo/demoFleet.fixture.ts'
import { rtspServer } from '../demo/rtspServer.fixture.ts'
import type { TestEngines } from './testEngines.ts'

describe('sessions.db that, while the engine runs,', () => {
  let engines: TestEngines
  let demo: DemoFleet
  /** What is logged as an error, because it is one. */
  let errors: readonly unknown[]
  beforeEach(async () => {
    errors = []
    ;({ engines, demo } = await createTestFleet(Date.UTC(2026, 10, 23, 3), 'damaged-sessions', [rtspServer('Berlin', 'cam1', 'cam2')]))
  })
  afterEach(async () => {
    await engines[Symbol.asyncDispose]()
    expect(engines.bugs.map((bug) => (bug as { readonly text: string }).text)).toEqual(errors)
  })
  const file = () => join(engines.folder, 'data', 'sessions.db')
  const start = async () => {
    const started = await engines.start({ servers: demo.yamlServers() })
    await engines.clock.advance(20_000)
    return started
  }
  type Client = Awaited<ReturnType<typeof start>>['client']
  const open = async (client: Client) => (await client.alarms.list()).map(({ kind, rule }) => rule ?? kind)
  const ends = async (path: string) => {
    demo.server('Berlin').trouble({ kind: 'publisherGone', path, forMs: 4_000 })
    await engines.clock.advance(30_000)
  }
  const ended = async (client: Client) => {
    const at = engines.clock.now()
    const { sessions } = await client.sessions.past({ from: at - 3_600_000, to: at, limit: 100 })
    return sessions.flatMap((session) => (session.ended === null ? [] : [session.path])).sort()
  }

  test('can not be written for a while is an alarm that says so, and what ended meanwhile is stored when it can', async () => {
    const { client } = await start()
    const other = new BetterSqlite3(file())
    other.exec('BEGIN IMMEDIATE')
    await ends('cam1')
    await engines.clock.advance(30_000)
    const alarm = (await client.alarms.list()).find(({ kind }) => kind === 'storeFailing')
    expect(alarm).toMatchObject({ why: { kind: 'consoleTrouble', trouble: { kind: 'fileHeld', file: file() } }, healedAt: null })
    other.close()
    await engines.clock.advance(30_000)
    expect((await client.alarms.list()).filter(({ kind, healedAt }) => kind === 'storeFailing' && healedAt === null)).toEqual([])
    await engines.stop()
    expect(await ended((await start()).client)).toEqual(['cam1'])
  })

  test('is damaged is an alarm that says so, and is set aside at the next start', async () => {
    const { client } = await start()
    const db = new BetterSqlite3(file())
    // Another one's change: the engine's connection trusts no page that it has in memory.
    db.pragma('application_id = 1')
    db.pragma('wal_checkpoint(TRUNCATE)')
    db.close()
    const handle = openSync(file(), 'r+')
    for (let at = 4_096; at < statSync(file()).size; at += 4_096) writeSync(handle, Buffer.alloc(4_096, 0x55), 0, 4_096, at)
    closeSync(handle)
    await ends('cam1')
    await engines.clock.advance(30_000)
    const alarm = (await client.alarms.list()).find(({ kind }) => kind === 'storeFailing')
    expect(alarm).toMatchObject({ why: { kind: 'consoleTrouble', trouble: { kind: 'databaseDamaged', file: file() } } })
    await engines.stop()
    errors = [expect.stringContaining('sessions.db was damaged')]
    const again = await start()
    expect(readdirSync(join(engines.folder, 'data')).filter((name) => name.startsWith('sessions.db.damaged'))).toHaveLength(1)
    expect(await open(again.client)).toContain('storeDamaged')
    await ends('cam2')
    await engines.stop()
    expect(await ended((await start()).client)).toEqual(['cam2'])
  })
})
