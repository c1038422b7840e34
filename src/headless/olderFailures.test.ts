import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDemoFleet } from '../demo/demoFleet.ts'
import { createHistory } from '../engine/history/history.ts'
import { historyMigrations } from '../engine/history/live/historyMigrations.ts'
import { openDatabase } from '../engine/storage/openDatabase.ts'
import { restoreData } from '../engine/storage/restoreData.ts'
import { createTestEngines, type TestEngines } from '../engine/testEngines.ts'
import { createTestLog } from '../engine/testLog.ts'
import type { KeptEvent } from '../shared/events.ts'
import { soleOperator } from '../shared/permissions.ts'
import type { Server } from '../shared/servers.ts'
import { hostSubject } from '../shared/subjectNames.ts'
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
  expect(engines.clock.pending(), 'a timer outlived the engines').toBe(0)
})
const dataDir = () => join(engines.folder, 'data')
/** A client of an engine on this folder, which asks in German. */
async function start(name: string, bundle?: string) {
  const { engine } = await engines.start(bundle === undefined ? {} : { bundle }, { dataDir: join(engines.folder, name) })
  return createRouterClient(engine.router, { context: { operator: soleOperator, language: 'de' } })
}
type Client = Awaited<ReturnType<typeof start>>

const faultOfServer = 'its JSON is broken at byte 57'
const hostDown = (at: number): KeptEvent => ({
  at,
  kind: 'hostDown',
  subject: hostSubject('oslo'),
  ownerName: 'Oslo',
  text: '',
  facts: {
    error: {
      kind: 'authRefused',
      user: 'noc',
      said: 'the password was not accepted',
      fingerprint: null,
      knownFingerprint: null,
      keyType: null,
      target: 'oslo:22',
    },
  },
})

/** Leaves a data folder in which a server failed; returns the server then. */
async function leaveFailure(): Promise<Server> {
  const { clock, open } = engines
  const fleet = open.use(await createDemoFleet({ clock, seed: 'older', servers: [{ name: 'Berlin', paths: [{ name: 'cam', source: 'rtspSession' }] }] }))
  const { engine, client } = await engines.start({ yamlServers: fleet.yamlServers() })
  await clock.advance(20_000)
  fleet.server('Berlin').trouble({ kind: 'garbage' })
  await clock.advance(60_000)
  const [server] = await client.servers.list()
  await engines.stop(engine)
  return server as Server
}

/** Stores the cause as the versions until 2026-11-21 did: as an English sentence. Returns the number of rows that held it. */
function storeAsSentence(cause: unknown): number {
  const history = openDatabase(join(dataDir(), 'history.db'), { migrations: historyMigrations })
  if (!history.ok) throw new Error(history.error.words)
  const now = JSON.stringify(cause)
  const then = JSON.stringify(faultOfServer)
  const changed = [
    'UPDATE events SET facts = replace(facts, @now, @then) WHERE instr(facts, @now)',
    'UPDATE texts SET json = replace(json, @now, @then) WHERE instr(json, @now)',
  ].map((update) => history.value.prepare(update).run({ now, then }).changes)
  history.value.close()
  return changed.reduce((sum, rows) => sum + rows)
}

async function openHistory() {
  const made = await createHistory({
    clock: engines.clock,
    log: createTestLog(),
    dataDir: dataDir(),
    storeWorker: new URL('../engine/history/storeWorker.ts', import.meta.url),
    readSpace: async () => ({ freeBytes: 50e9, totalBytes: 100e9 }),
  })
  if (!made.ok) throw new Error(made.error.words)
  return made.value
}

test('a failure that an earlier version stored as a sentence is told, quoted, of the past, by a bundle and from a backup, and is nothing that a check finds', async () => {
  const { clock } = engines
  const server = await leaveFailure()
  const { error } = server
  if (error?.kind !== 'badReply') throw new Error('the server did not fail')
  const at = clock.now() - 5_000
  // The event, and the facts of the server.
  expect(storeAsSentence(error.detail)).toBeGreaterThan(1)
  const file = join(engines.folder, 'older.mtxdeck')
  const order = { from: startAt, to: clock.now(), note: '' }
  const sentence = { kind: 'badReply', detail: faultOfServer }
  {
    await using history = await openHistory()
    history.restore([hostDown(at - 10_000)])
    const more = {
      from: String(order.from),
      to: String(order.to),
      servers: JSON.stringify([{ ...server, error: sentence }]),
      configurations: JSON.stringify({ [server.id]: { readAt: null, error: sentence, global: {}, pathDefaults: {}, paths: [] } }),
    }
    await history.bundle({ ...order, file, more, probes: [], pictures: [], reports: 0, hide: null })
    await clock.advance(15_000)
  }

  const quoted = { kind: 'badReply', detail: { kind: 'quoted', text: faultOfServer } }
  const failureTexts = async (client: Client) => {
    const { servers, streams } = await client.fleet.past({ at, launch: null })
    const events = await client.history.events({ limit: 100, kinds: ['serverDown', 'hostDown'] })
    return {
      servers: servers.map((one) => one.error),
      streams: streams.map(({ state }) => state),
      events: events.map(({ text }) => text).sort(),
    }
  }
  const expected = {
    servers: [quoted],
    streams: ['unknown'],
    events: [
      `Berlin ist nicht lesbar: Die Antwort ist nicht lesbar: ${faultOfServer}. 1 Stream unbekannt, nicht ausgefallen.`,
      'Oslo ist nicht lesbar: oslo:22 lässt noc nicht hinein: the password was not accepted.',
    ],
  }
  expect((await checkData(dataDir(), () => {}))?.findings).toEqual([])

  const into = join(engines.folder, 'backup')
  const copied = await backUpAll(clock, dataDir(), into)
  expect(copied).toMatchObject({ ok: true, value: { damaged: [] } })
  const again = join(engines.folder, 'again')
  expect(await restoreData({ clock, from: into, dataDir: again, replace: false, forms: knownForms, onProgress: () => {} })).toMatchObject({ ok: true })
  expect((await checkData(again, () => {}))?.findings).toEqual([])

  expect(await failureTexts(await start('data'))).toEqual(expected)
  expect(await failureTexts(await start('again'))).toEqual(expected)
  const shown = await start('shown', file)
  expect(await failureTexts(shown)).toEqual(expected)
  expect((await shown.servers.configuration({ id: server.id })).error).toEqual(quoted)
})
