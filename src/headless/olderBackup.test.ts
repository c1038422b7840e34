import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { createRouterClient } from '@orpc/server'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { restoreData } from '../engine/storage/restoreData.ts'
import { createTestEngines, type TestEngines } from '../engine/testEngines.ts'
import type { MetricId } from '../shared/metrics.ts'
import { soleOperator } from '../shared/permissions.ts'
import { checkData, knownForms } from './checkData.ts'
import { exportSeries, readExportInput } from './exportSeries.ts'

/*
 * tests/fixtures/backup-form-210: a backup and a bundle that mtxdeck of 2026-11-22 wrote, and what it answered. tests/fixtures/README.md says more.
 */
const fixture = fileURLToPath(new URL('../../tests/fixtures/backup-form-210/', import.meta.url))
const unpacked = async (name: string): Promise<Buffer> => gunzipSync(await readFile(join(fixture, `${name}.gz`)))
const expected = JSON.parse(String(await unpacked('expected.json')))
const { begin, end, backedUpAt } = expected

let engines: TestEngines
beforeEach(async () => {
  engines = await createTestEngines(backedUpAt + 60_000)
})
afterEach(async () => {
  await engines[Symbol.asyncDispose]()
  expect(engines.bugs).toEqual([])
})

async function start(name: string, bundle?: string) {
  const { engine } = await engines.start(bundle === undefined ? {} : { bundle }, { dataDir: join(engines.folder, name) })
  return createRouterClient(engine.router, { context: { operator: soleOperator, language: 'en' } })
}
type Client = Awaited<ReturnType<typeof start>>

/** The minutes of a series, as REST exports them. */
async function exported(client: Client, { serverId, server, series }: { serverId: string; server: string; series: [{ path: string; metric: MetricId }] }) {
  const [{ path, metric }] = series
  const asked = { server: [serverId], path: [path], metric: [metric], from: [String(begin)], to: [String(end)], step: ['60'] }
  const input = readExportInput(asked, backedUpAt)
  if (!input.ok) throw new Error(JSON.stringify(input.error))
  let text = ''
  for await (const piece of exportSeries({ range: (range) => client.history.range(range) }, { id: serverId, name: server }, input.value)) text += piece
  return JSON.parse(text).rows as [string, number | null][]
}
async function expectSamples(client: Client) {
  for (const one of Object.values(expected.history) as (Parameters<typeof exported>[1] & { rows: [string, number | null][] })[]) {
    const rows = await exported(client, one)
    expect(one.rows.filter(([, value]) => value !== null).length).toBeGreaterThan(10)
    // The last minutes were still measured when they were asked for.
    expect(rows.slice(0, 12), one.series[0].path).toEqual(one.rows.slice(0, 12))
  }
}

test('a backup of forms 210 and 30 is restored with its servers, rules, alarms, events and samples, and its closed alarms move to alarms.db', async () => {
  const from = join(engines.folder, 'backup')
  await mkdir(from)
  await writeFile(join(from, 'manifest.json'), await readFile(join(fixture, 'manifest.json')))
  for (const name of ['main.db', 'history.db']) await writeFile(join(from, name), await unpacked(name))
  const dataDir = join(engines.folder, 'data')
  const restored = await restoreData({ clock: engines.clock, from, dataDir, replace: false, forms: knownForms, onProgress: () => {} })
  expect(restored).toMatchObject({ ok: true, value: { manifest: { forms: { main: 210, history: 30 } }, replaced: null } })
  expect((await checkData(dataDir, () => {}))?.findings).toEqual([])

  const client = await start('data')
  const servers = await client.servers.list()
  expect(servers).toMatchObject(expected.servers)
  const rules = await client.rules.list()
  for (const rule of expected.rules) expect(rules).toContainEqual(expect.objectContaining(rule))
  expect(await client.alarms.list({})).toMatchObject(expected.alarms)
  expect(await client.alarms.past({})).toMatchObject(expected.past)
  const events = await client.history.events({ limit: 100 })
  for (const event of expected.events) expect(events).toContainEqual(expect.objectContaining(event))
  await expectSamples(client)

  await engines.clock.advance(30_000)
  expect(await client.alarms.past({})).toMatchObject(expected.past)
  await engines.stop()
  const closed = new BetterSqlite3(join(dataDir, 'alarms.db'), { readonly: true })
  expect(closed.prepare('SELECT count(*) FROM closed_alarms').pluck().get()).toBe(1)
  closed.close()
  expect((await checkData(dataDir, () => {}))?.findings).toEqual([])
})

test('a bundle of that version opens with its servers, alarms and samples', async () => {
  const file = join(engines.folder, 'night.mtxdeck')
  await writeFile(file, await unpacked('night.mtxdeck'))
  const client = await start('shown', file)
  const { servers, alarms } = await client.fleet.past({ at: expected.past[0].raisedAt + 1000, launch: null })
  const names = expected.servers.map(({ id, name }: { id: string; name: string }) => ({ id, name }))
  expect(servers.map(({ id, name }) => ({ id, name })).sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual(names)
  expect(JSON.stringify(alarms)).toContain(expected.past[0].id)
  await expectSamples(client)
})
