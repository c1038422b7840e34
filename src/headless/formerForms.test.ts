import { cpSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDemoFleet } from '../demo/demoFleet.ts'
import { restoreData } from '../engine/storage/restoreData.ts'
import { createTestEngines, type TestEngines } from '../engine/testEngines.ts'
import { serverSubject } from '../shared/subjectNames.ts'
import type { Series } from '../shared/subjects.ts'
import { backUpAll } from './backUp.fixture.ts'
import { checkData, knownForms } from './checkData.ts'

const startAt = Date.UTC(2026, 10, 14, 3, 12, 40)
let engines: TestEngines
beforeEach(async () => {
  engines = await createTestEngines(startAt)
})
afterEach(async () => {
  await engines[Symbol.asyncDispose]()
  expect(engines.bugs).toEqual([])
})
const inFolder = (...names: readonly string[]) => join(engines.folder, ...names)

const files = { main: 'main.db', history: 'history.db', alarms: 'alarms.db', sessions: 'sessions.db', snapshots: 'snapshots/snapshots.db' }
const former = { main: 300, history: 40, alarms: 20, sessions: 10, snapshots: 20 }
function onFile<T>(file: string, run: (db: BetterSqlite3.Database) => T): T {
  const db = new BetterSqlite3(file)
  try {
    return run(db)
  } finally {
    db.close()
  }
}
const numbersIn = (dataDir: string) => Object.values(files).map((file) => onFile(join(dataDir, file), (db) => db.pragma('user_version', { simple: true })))

test('a folder and a backup of before the numbers of forms began anew open with all they hold; older ones are refused in words, untouched', async () => {
  const { clock, open } = engines
  let series: Series[] = []
  const fleet = open.use(await createDemoFleet({ clock, seed: 'former', servers: [{ name: 'Berlin', paths: 2 }] }))
  {
    const { engine, client } = await engines.start({ yamlServers: fleet.yamlServers() })
    await clock.advance(60_000)
    const [server] = await client.servers.list()
    series = [{ subject: serverSubject(server?.id ?? ''), metric: 'server.streamsLive' }]
    await engines.stop(engine)
  }
  for (const [name, file] of Object.entries(files)) onFile(inFolder('data', file), (db) => db.pragma(`user_version = ${former[name as keyof typeof former]}`))
  expect((await checkData(inFolder('data'), () => {}))?.findings).toEqual([])

  expect(await backUpAll(clock, inFolder('data'), inFolder('backup'))).toMatchObject({ ok: true, value: { manifest: { forms: { main: 1, history: 1 } } } })
  const manifest = inFolder('backup', 'manifest.json')
  const written = JSON.parse(await readFile(manifest, 'utf8'))
  const restore = (into: string) =>
    restoreData({ clock, from: inFolder('backup'), dataDir: inFolder(into), replace: false, forms: knownForms, onProgress: () => {} })
  await writeFile(manifest, JSON.stringify({ ...written, forms: former }))
  expect(await restore('again')).toMatchObject({ ok: true })
  await writeFile(manifest, JSON.stringify({ ...written, forms: { ...former, main: 210 } }))
  expect(await restore('never')).toMatchObject({ ok: false, error: expect.stringContaining('main.db') })

  cpSync(inFolder('data'), inFolder('older'), { recursive: true })
  onFile(inFolder('older', 'main.db'), (db) => db.pragma('user_version = 210'))
  const refused = await engines.create({}, { dataDir: inFolder('older') })
  expect(refused).toMatchObject({
    ok: false,
    error: { kind: 'databaseOlder', words: expect.stringContaining('Open the data folder once with an mtxdeck of that day') },
  })
  expect((await checkData(inFolder('older'), () => {}))?.findings).toMatchObject([
    { file: 'main.db', kind: 'older', todo: expect.stringContaining('an mtxdeck of that day') },
  ])
  expect(numbersIn(inFolder('older'))[0]).toBe(210)

  for (const name of ['data', 'again']) {
    const { engine, client } = await engines.start({}, { dataDir: inFolder(name) })
    const [ids] = await client.history.range({ series, from: startAt, to: startAt + 60_000, points: 5000 })
    expect(ids?.mean.filter((value) => value === 2).length).toBeGreaterThan(20)
    expect(numbersIn(inFolder(name))).toEqual([1, 1, 1, 1, 1])
    await engines.stop(engine)
  }
})
