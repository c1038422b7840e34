import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { expect, test } from 'vitest'
import { createTestEngines } from './testEngines.ts'

const startAt = Date.UTC(2026, 10, 14, 3)

test.each([
  ['alarms.db', 'alarms', 'DROP INDEX alarm_spans'],
  ['alarms.db', 'alarms', 'DROP TABLE alarm_words_data'],
  ['snapshots/snapshots.db', 'snapshots', 'DROP TABLE snapshots'],
] as const)('%s that is damaged (%s) is set aside at the start, and an event says so', async (name, store, damage) => {
  await using engines = await createTestEngines(startAt)
  await engines.start()
  await engines.stop()
  const db = new BetterSqlite3(join(engines.folder, 'data', name))
  db.unsafeMode()
  db.exec(damage)
  db.close()
  const { client } = await engines.start()
  const [event] = await client.history.events({ kinds: ['storeDamaged'], limit: 5 })
  expect(event?.facts).toMatchObject({ damage: 'setAside', store, setAside: expect.stringMatching(/\.damaged-/), backupAt: null })
})
