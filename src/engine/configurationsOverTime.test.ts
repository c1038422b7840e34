import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../demo/demoFleet.fixture.ts'
import { rtspServer } from '../demo/rtspServer.fixture.ts'
import { settingChangeText, settingName } from '../shared/configurationLevels.ts'
import type { TestEngines } from './testEngines.ts'

const minuteMs = 60_000
const startAt = Date.UTC(2026, 9, 24, 8)

let engines: TestEngines
let demo: DemoFleet
beforeEach(async () => {
  ;({ engines, demo } = await createTestFleet(startAt, 'configurations', [
    rtspServer('Berlin', 'cam1', 'cam2'),
    { ...rtspServer('Wien', 'cam1'), version: '1.17' },
  ]))
})
afterEach(() => closeWithoutBugs(engines))

const dataDir = () => join(engines.folder, 'data')
async function watch() {
  const servers = demo.yamlServers().map((server) => ({ ...server, intervalSeconds: 5 }))
  const { engine, client } = await engines.start({ servers }, { dataDir: dataDir() })
  const [berlin, wien] = (await client.servers.list()).map(({ id }) => id) as [string, string]
  const until = async (minutes: number) => {
    await engines.clock.advance(startAt + minutes * minuteMs - engines.clock.now())
    await engine.settled()
  }
  const changes = async (id = berlin, asked: { since?: number; until?: number; limit?: number } = {}) => {
    const { changes: found, ...rest } = await client.configurations.changes({ id, ...asked })
    return {
      ...rest,
      changes: found.map(({ at, after, settings, ...change }) => ({
        ...change,
        minutes: [Math.floor((after - startAt) / minuteMs), Math.ceil((at - startAt) / minuteMs)],
        settings: settings.map((one) => settingChangeText(settingName(one), one.before, one.after)),
      })),
    }
  }
  return { engine, client, berlin, wien, until, changes }
}

test('a change is kept with its time, told as an event, and seen in the configuration of then', async () => {
  const { client, berlin, wien, until, changes } = await watch()
  await until(10)
  expect(await changes()).toMatchObject({ changes: [], more: false })
  demo.server('Berlin').trouble({ kind: 'configure', global: { readTimeout: '30s' }, add: [{ name: 'cam3' }] })
  await until(20)
  const { changes: found, since } = await changes()
  expect(since).toBeLessThan(startAt + minuteMs)
  expect(found).toEqual([
    {
      minutes: [expect.any(Number), expect.any(Number)],
      count: 2,
      settings: ['readTimeout: 10s → 30s', '+ paths.cam3: publisher'],
    },
  ])
  const [from = 0, to = 0] = found[0]?.minutes ?? []
  expect(from).toBeGreaterThanOrEqual(8)
  expect(to).toBeLessThanOrEqual(12)

  const events = (await client.history.events({ kinds: ['serverConfigurationChanged'] })).map(({ subject, facts }) => [subject, facts])
  expect(events).toEqual([
    [
      { kind: 'server', serverId: berlin },
      { setting: 'paths.cam3', before: null, after: 'publisher', settings: 2, seenBefore: expect.any(Number), added: ['cam3'] },
    ],
  ])
  const then = await client.configurations.at({ id: berlin, at: startAt + 5 * minuteMs })
  const now = await client.configurations.at({ id: berlin, at: startAt + 20 * minuteMs })
  expect([then.global.readTimeout, now.global.readTimeout]).toEqual(['10s', '30s'])
  expect([then, now].map(({ paths }) => paths.map(({ name }) => name))).toEqual([
    ['all_others', 'cam1', 'cam2'],
    ['all_others', 'cam1', 'cam2', 'cam3'],
  ])
  expect(now.until).toBeGreaterThan(startAt + 18 * minuteMs)
  // It is what the server says.
  const { global, pathDefaults, paths } = await client.servers.configuration({ id: berlin })
  expect(now).toMatchObject({ global, pathDefaults })
  expect(now.paths).toHaveLength(paths.length)
  const byName = new Map(now.paths.map((path) => [path.name, path]))
  for (const path of paths) expect(byName.get(path.name)).toEqual(path)
  expect((await client.configurations.difference({ id: berlin, from: then.since, to: now.since })).settings).toHaveLength(2)
  expect((await changes(wien)).changes).toEqual([])
  await expect(client.configurations.at({ id: berlin, at: startAt - 1 })).rejects.toMatchObject({ code: 'NOT_KEPT', status: 404 })
  await expect(client.configurations.changes({ id: '019a0000-0000-7000-8000-000000000000' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('periods and pages hold what they are asked for', async () => {
  const { until, changes } = await watch()
  for (const [turn, readTimeout] of ['20s', '10s', '20s', '10s'].entries()) {
    await until(5 + turn * 5)
    demo.server('Berlin').trouble({ kind: 'configure', global: { readTimeout } })
  }
  await until(30)
  const all = await changes()
  expect(all.changes.map(({ settings }) => settings)).toEqual([
    ['readTimeout: 20s → 10s'],
    ['readTimeout: 10s → 20s'],
    ['readTimeout: 20s → 10s'],
    ['readTimeout: 10s → 20s'],
  ])
  expect(await changes(undefined, { limit: 3 })).toMatchObject({ more: true, changes: { length: 3 } })
  expect(await changes(undefined, { limit: 4 })).toMatchObject({ more: false, changes: { length: 4 } })
  expect((await changes(undefined, { since: startAt + 8 * minuteMs, until: startAt + 18 * minuteMs })).changes).toHaveLength(2)
})

test('what was changed while mtxdeck did not run is found at the next start, with the time that it was not seen', async () => {
  const first = await watch()
  await first.until(10)
  await engines.stop(first.engine)
  await engines.clock.advance(60 * minuteMs)
  demo.server('Berlin').trouble({ kind: 'configure', global: { readTimeout: '30s' } })
  const { until, changes, client, berlin } = await watch()
  await until(75)
  const [change] = (await changes()).changes
  expect(change?.settings).toEqual(['readTimeout: 10s → 30s'])
  expect(change?.minutes[0]).toBeLessThanOrEqual(10)
  expect(change?.minutes[0]).toBeGreaterThanOrEqual(8)
  expect(change?.minutes[1]).toBeGreaterThanOrEqual(70)
  // Meanwhile it is as it was last seen, which is told.
  expect(await client.configurations.at({ id: berlin, at: startAt + 40 * minuteMs })).toMatchObject({
    global: { readTimeout: '10s' },
    until: expect.any(Number),
  })
})

test('no secret is kept or told, of whatever name, and what is hidden is not called a change', async () => {
  const secret = 'Zq7hunter2qZ9'
  const hide = (value: string) => ({
    ...{ apiServerKey: value, externalAuthenticationURL: `http://admin:${value}@10.0.0.1/auth`, authHTTPAddress: `http://10.0.0.1/${value}` },
    ...{
      authJWTJWKS: `https://noc:${value}@login.example/jwks?key=${value}`,
      hlsCDNSecret: value,
      runOnConnect: `curl -u admin:${value} https://x`,
      newSecretOf122: value,
    },
    authInternalUsers: [{ user: `noc-${value}`, pass: value, ips: [], permissions: [{ action: 'api', path: '' }] }],
    webrtcICEServers2: [{ url: 'turn:turn.example', username: value, password: value, clientOnly: false }],
  })
  const hidePath = (value: string) => ({
    ...{ publishPass: value, readPass: value, publishUser: value, srtPublishPassphrase: value, srtReadPassphrase: value, rpiCameraTextOverlay: value },
    ...{
      source: `rtsp://admin:${value}@10.0.0.5/x?token=${value}`,
      runOnReady: `ffmpeg -i x rtmp://a.example/live2/${value}`,
      sourceRedirect: `rtmp://a.example/live2/${value}`,
    },
    forward: [{ dest: `rtmp://a.example/live2/${value}`, destFingerprint: '', whipBearerToken: value }],
  })
  demo.server('Berlin').trouble({ kind: 'configure', global: hide(secret), pathDefaults: hidePath(secret) })
  const { client, berlin, until, changes } = await watch()
  await until(5)
  demo.server('Berlin').trouble({ kind: 'configure', global: hide(`${secret}2`), pathDefaults: hidePath(`${secret}2`) })
  await until(10)
  expect((await changes()).changes).toEqual([])
  demo.server('Berlin').trouble({ kind: 'configure', global: { ...hide(`${secret}3`), readTimeout: '30s', runOnConnect: '' } })
  await until(15)
  expect((await changes()).changes.map(({ settings }) => settings)).toEqual([['readTimeout: 10s → 30s', 'runOnConnect: *** → ""']])
  const answers = JSON.stringify([
    await client.configurations.changes({ id: berlin }),
    await client.configurations.at({ id: berlin, at: engines.clock.now() }),
    await client.configurations.difference({ id: berlin, from: startAt + 4 * minuteMs, to: engines.clock.now() }),
    await client.history.events(),
  ])
  expect(answers).toContain('newSecretOf122')
  expect(answers).not.toContain(secret)
  await engines.stop()
  const db = new BetterSqlite3(join(dataDir(), 'main.db'), { readonly: true })
  const texts = db.prepare<[], Buffer>('SELECT packed FROM configurations').pluck().all()
  const some = db.prepare<[], string>('SELECT some FROM configurations').pluck().all()
  db.close()
  expect(texts).toHaveLength(3)
  for (const text of texts.map((packed) => brotliDecompressSync(packed).toString()))
    for (const form of [secret, Buffer.from(secret).toString('base64')]) expect(text).not.toContain(form)
  expect(some.join()).not.toContain(secret)
})

test('a damaged one costs no other, and keeps nothing from being kept', async () => {
  const first = await watch()
  await first.until(5)
  await engines.stop(first.engine)
  const db = new BetterSqlite3(join(dataDir(), 'main.db'))
  db.prepare('UPDATE configurations SET packed = ? WHERE no = (SELECT min(no) FROM configurations)').run(Buffer.from('damaged'))
  db.close()
  const { berlin, wien, client, until, changes } = await watch()
  demo.server('Berlin').trouble({ kind: 'configure', global: { readTimeout: '20s' } })
  demo.server('Wien').trouble({ kind: 'configure', global: { readTimeout: '20s' } })
  await until(15)
  demo.server('Berlin').trouble({ kind: 'configure', global: { readTimeout: '30s' } })
  await until(25)
  expect((await client.configurations.at({ id: berlin, at: engines.clock.now() })).global.readTimeout).toBe('30s')
  const found = [...(await changes(berlin)).changes, ...(await changes(wien)).changes].map(({ settings }) => settings)
  expect(found).toContainEqual(['readTimeout: 20s → 30s'])
  // That of one server before was damaged: what it differed in is not known.
  expect(found).toHaveLength(2)
})

test('a server that is removed takes its configurations with it', async () => {
  const { client, engine, until } = await watch()
  const input = demo.server('Berlin').input
  const added = await client.servers.add({ ...input, name: 'third' })
  await until(5)
  expect(await client.configurations.changes({ id: added.id })).toMatchObject({ since: expect.any(Number) })
  await client.servers.remove({ id: added.id })
  await engine.settled()
  await engines.stop()
  const db = new BetterSqlite3(join(dataDir(), 'main.db'), { readonly: true })
  expect(db.prepare('SELECT count(*) FROM configurations WHERE server_id = ?').pluck().get(added.id)).toBe(0)
  db.close()
})
