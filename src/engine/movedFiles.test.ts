import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { expect, test } from 'vitest'
import { createTestEngines, type TestEngines } from './testEngines.ts'

const startAt = Date.UTC(2026, 10, 14, 3)
type Client = Awaited<ReturnType<TestEngines['start']>>['client']
/** What is wrong with what is stored, once something is: a look at the files takes real time, whatever the clock does. */
async function troublesSoon(client: Client, clock: TestEngines['clock']) {
  for (let turn = 0; turn < 20 && (await troubles(client)).length === 0; turn++) await clock.advance(5_000)
  return await troubles(client)
}
const troubles = async (client: Client) =>
  (await client.alarms.list()).flatMap(({ kind, why }) => (kind === 'storeFailing' && why.kind === 'consoleTrouble' ? [why.trouble] : []))

test.skipIf(process.platform === 'win32')(
  'main.db that is removed while it is used is an alarm, and the next start has what was in it then, from a copy, and says so',
  async () => {
    await using engines = await createTestEngines(startAt)
    const client = (await engines.start()).client
    // It is not asked: it is paused.
    await client.servers.add({ name: 'before', url: 'http://before.invalid:9997', paused: true })
    for (const end of ['', '-wal', '-shm']) rmSync(join(engines.folder, 'data', `main.db${end}`))
    expect(await troublesSoon(client, engines.clock)).toEqual([{ kind: 'fileMoved', file: join(engines.folder, 'data', 'main.db') }])
    expect(engines.bugs).toMatchObject([{ text: expect.stringContaining('main.db was removed or replaced') }])
    await engines.stop()
    const again = (await engines.start()).client
    expect((await again.servers.list()).map(({ name }) => name)).toEqual(['before'])
    expect((await again.history.events({ kinds: ['storeDamaged'], limit: 5 })).map(({ facts }) => facts)).toEqual([
      { damage: 'setAside', store: 'main', file: 'main.db', setAside: null, backupAt: expect.any(Number) },
    ])
  },
)

test.skipIf(process.platform === 'win32').each(['alarms.db', 'sessions.db'])('%s that is moved away while it is used is an alarm', async (name) => {
  await using engines = await createTestEngines(startAt)
  const client = (await engines.start()).client
  renameSync(join(engines.folder, 'data', name), join(engines.folder, 'elsewhere.db'))
  expect(await troublesSoon(client, engines.clock)).toEqual([{ kind: 'fileMoved', file: join(engines.folder, 'data', name) }])
})

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
