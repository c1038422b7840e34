import { closeSync, openSync, readdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../demo/demoFleet.fixture.ts'
import { rtspServer } from '../demo/rtspServer.fixture.ts'
import type { TestEngines } from './testEngines.ts'

let engines: TestEngines
let demo: DemoFleet
/** What is logged as an error, because it is one. */
let errors: readonly unknown[]
beforeEach(async () => {
  errors = []
  ;({ engines, demo } = await createTestFleet(Date.UTC(2026, 10, 23, 3), 'damaged-alarms', [rtspServer('Berlin', 'cam1', 'cam2')]))
})
afterEach(async () => {
  await engines[Symbol.asyncDispose]()
  expect(engines.bugs.map((bug) => (bug as { readonly text: string }).text)).toEqual(errors)
})
const file = () => join(engines.folder, 'data', 'alarms.db')
const start = async () => {
  const started = await engines.start({ servers: demo.yamlServers(), channels: [{ name: 'ops', webhook: 'http://127.0.0.1:9/' }] })
  await engines.clock.advance(20_000)
  return started
}
const setAside = () => readdirSync(join(engines.folder, 'data')).filter((name) => name.startsWith('alarms.db.damaged-'))

test('alarms.db whose messages alone are damaged still has alarms, and is set aside at the next start though that would not notice', async () => {
  const { client } = await start()
  const db = new BetterSqlite3(file())
  const page = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'messages_of_alarm'").pluck().get() as number
  // Another one's change: the engine's connection trusts no page that it has in memory.
  db.pragma('application_id = 1')
  db.pragma('wal_checkpoint(TRUNCATE)')
  const bytes = db.pragma('page_size', { simple: true }) as number
  db.close()
  const handle = openSync(file(), 'r+')
  writeSync(handle, Buffer.alloc(bytes, 0x55), 0, bytes, (page - 1) * bytes)
  closeSync(handle)
  demo.server('Berlin').trouble({ kind: 'publisherGone', path: 'cam1', forMs: 600_000 })
  await engines.clock.advance(120_000)
  expect((await client.alarms.list()).map(({ kind }) => kind)).toEqual(expect.arrayContaining(['streamGone', 'storeFailing']))
  errors = [expect.stringContaining('alarms.db is damaged'), expect.stringContaining('alarms.db was damaged')]
  await engines.stop()
  expect(setAside()).toEqual([])
  const again = await start()
  expect(setAside()).toHaveLength(1)
  expect((await again.client.alarms.list()).map(({ rule, kind }) => rule ?? kind)).toContain('storeDamaged')
  await engines.stop()
  await start()
  expect(setAside()).toHaveLength(1)
})
