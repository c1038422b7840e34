import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../demo/demoFleet.fixture.ts'
import { rtspServer } from '../demo/rtspServer.fixture.ts'
import { hostOf } from '../shared/endpoints.ts'
import { soleOperator } from '../shared/permissions.ts'
import type { Engine } from './createEngine.ts'
import type { TestEngines } from './testEngines.ts'

const minuteMs = 60_000
const startAt = Date.UTC(2026, 10, 14, 2)

let engines: TestEngines
let demo: DemoFleet
beforeEach(async () => {
  ;({ engines, demo } = await createTestFleet(startAt, 'dossier', [rtspServer('Berlin', 'cam1', 'cam2'), rtspServer('Wien', 'door')]))
})
afterEach(() => closeWithoutBugs(engines))

async function watch() {
  const servers = demo.yamlServers().map((server) => ({ ...server, intervalSeconds: 5 }))

  return engines.start({ servers }, { dataDir: join(engines.folder, 'data') })
}
async function pageAt(engine: Engine, link: string) {
  const answer = await engine.relay(new Request(`http://127.0.0.1${link}`))
  return { status: answer.status, text: await answer.text() }
}
/** An hour in which cam1 left, somebody took that, and it came back. */
async function anIncident() {
  const { engine, client } = await watch()
  // Half a minute past: on which side of a full one it began is nothing that this is about.
  await engines.clock.advance(20.5 * minuteMs)
  demo.server('Berlin').trouble({ kind: 'publisherGone', path: 'cam1', forMs: 5 * minuteMs })
  await engines.clock.advance(2 * minuteMs)
  const [alarm] = await client.alarms.list()
  if (alarm === undefined) throw new Error('no alarm was raised')
  await client.alarms.comment({ ids: [alarm.id], text: 'encoder 7 restarted, rtsp://noc:hunter2@cam1/' })
  await client.alarms.acknowledge({ ids: [alarm.id] })
  await engines.clock.advance(20 * minuteMs)
  return { engine, client, alarm }
}

test('a dossier of an incident has its sentence, its course, figures, who was hit and who took it, also when it is over', async () => {
  const { engine, client, alarm } = await anIncident()
  const made = await client.dossiers.ofIncident({ id: alarm.incident, lang: 'en' })
  expect(made.name).toBe('mtxdeck-2026-11-14-0220.html')
  const { status, text } = await pageAt(engine, made.link)
  expect(status).toBe(200)
  expect(Buffer.byteLength(text)).toBe(made.bytes)
  const incident = await client.incidents.get({ id: alarm.incident })
  expect(incident.healedAt).not.toBeNull()
  expect(text).toContain('Berlin · cam1')
  expect(text).toContain('encoder 7 restarted')
  expect(text).not.toContain('hunter2')
  expect(text).toMatch(/<td[^>]*>Berlin · cam1<\/td><td[^>]*>Bitrate in<\/td><td[^>]*>[^<]+ · [^<]+ · [^<]+<\/td>/)
  expect(text).toMatch(/<td[^>]*>Berlin<\/td><td[^>]*>[^<]+<\/td><td[^>]*>[^<]+ · [^<]+<\/td>/)
  // The one who published is among those hit; who was on the other stream is not.
  const hit = text.slice(text.indexOf('<h2>Sessions'))
  expect(hit).toMatch(/<td[^>]*>Berlin · cam1<\/td><td[^>]*>publisher, /)
  expect(hit).not.toContain('cam2')
  expect(text).toMatch(/<td[^>]*>[^<]*acknowledged/i)
  expect((await pageAt(engine, made.link.replace('.html', 'x.html'))).status).toBe(404)
})

test('of a period it has the incidents; what nobody fetched in ten minutes, and the oldest of five, is gone', async () => {
  const { engine, client } = await anIncident()
  const now = engines.clock.now()
  const ofPeriod = (since: number, until: number) => client.dossiers.ofPeriod({ since, until, lang: 'en' })
  const made = await ofPeriod(startAt, now)
  const { text } = await pageAt(engine, made.link)
  expect(text).toMatch(/<h2>Incidents<\/h2>.*Berlin · cam1/s)
  expect(text).toMatch(/<td[^>]*>Berlin · cam2<\/td>/)
  expect((await pageAt(engine, (await ofPeriod(startAt, startAt + 10 * minuteMs)).link)).text).toMatch(/<h2>Alarms<\/h2>\n<p>None/)
  for (let more = 0; more < 3; more++) await ofPeriod(startAt, now)
  expect((await pageAt(engine, made.link)).status).toBe(404)
  const last = await ofPeriod(startAt, now)
  await engines.clock.advance(11 * minuteMs)
  expect((await pageAt(engine, last.link)).status).toBe(404)
})

test('what changed in the configurations of its servers is in it, without secrets', async () => {
  const { engine, client } = await watch()
  await engines.clock.advance(10 * minuteMs)
  demo.server('Berlin').trouble({ kind: 'configure', global: { readTimeout: '30s' }, add: [{ name: 'cam3' }] })
  await engines.clock.advance(10 * minuteMs)
  await engine.settled()
  const differences = async (since: number, until: number) => {
    const { text } = await pageAt(engine, (await client.dossiers.ofPeriod({ since, until, lang: 'en' })).link)
    return text.slice(text.indexOf('<h2>Configuration changes'))
  }
  const now = engines.clock.now()
  const found = await differences(startAt, now)
  expect(found).toMatch(/<td[^>]*>Berlin<\/td><td[^>]*>readTimeout: 10s → 30s<\/td>/)
  expect(found).toMatch(/<td[^>]*>Berlin<\/td><td[^>]*>paths\.cam3: – → publisher<\/td>/)
  expect(await differences(startAt, startAt + 5 * minuteMs)).not.toContain('readTimeout')
})

test('of a period of all servers it has the changes of those, too, that had no alarm', async () => {
  const { engine, client } = await anIncident()
  demo.server('Wien').trouble({ kind: 'configure', global: { readTimeout: '40s' } })
  await engines.clock.advance(10 * minuteMs)
  await engine.settled()
  const { link } = await client.dossiers.ofPeriod({ since: startAt, until: engines.clock.now(), lang: 'en' })
  expect((await pageAt(engine, link)).text).toMatch(/<td[^>]*>Wien<\/td><td[^>]*>readTimeout: 10s → 40s<\/td>/)
})

test('it is made of a bundle, too', async () => {
  const { engine, client, alarm } = await anIncident()
  const bundle = await client.bundles.make({ from: startAt, to: engines.clock.now() })
  const file = join(engines.folder, 'shared.mtxdeck')
  const answer = await engine.relay(new Request(`http://127.0.0.1${bundle.link}`))
  await writeFile(file, new Uint8Array(await answer.arrayBuffer()))
  await engines.stop(engine)
  const shown = await engines.start({ bundle: file }, { dataDir: join(engines.folder, 'shown') })
  const { link } = await shown.client.dossiers.ofIncident({ id: alarm.incident, lang: 'en' })
  const { text } = await pageAt(shown.engine, link)
  expect(text).toContain('Berlin · cam1')
  expect(text).toContain('encoder 7 restarted')
  expect(text).toMatch(/<td[^>]*>Bitrate in<\/td>/)
})

test('with addresses hidden, the same stand-in is in the sessions, the timeline and the remarks, and no address of a client', async () => {
  const { engine, client, alarm } = await anIncident()
  const { sessions } = await client.sessions.past({ from: startAt, to: engines.clock.now(), limit: 1_000 })
  const hosts = [...new Set(sessions.flatMap(({ remoteAddr }) => (remoteAddr === null ? [] : [hostOf(remoteAddr)])))]
  await client.alarms.comment({ ids: [alarm.id], text: `called ${hosts.join(' and ')}` }).catch(() => {})
  const pageOf = async (hideAddresses: boolean) =>
    (await pageAt(engine, (await client.dossiers.ofPeriod({ since: startAt, until: engines.clock.now(), lang: 'en', hideAddresses })).link)).text
  const [shown, hidden] = [await pageOf(false), await pageOf(true)]
  expect(hosts.length).toBeGreaterThan(1)
  expect(hosts.filter((host) => shown.includes(host))).toEqual(hosts)
  expect(shown).toContain('client addresses are included')
  expect(hosts.filter((host) => hidden.includes(host))).toEqual([])
  expect(hidden).toContain('client addresses and users are removed')
  const [, standIn = expect.unreachable()] = /<td[^>]*>(address-[0-9a-f]{8})\b/.exec(hidden.slice(hidden.indexOf('<h2>Sessions'))) ?? []
  expect(hidden.slice(0, hidden.indexOf('<h2>Sessions'))).toContain(standIn)
  const ofIncident = await client.dossiers.ofIncident({ id: alarm.incident, lang: 'en', hideAddresses: true })
  const { text } = await pageAt(engine, ofIncident.link)
  expect(text).toMatch(/<td[^>]*>Berlin · cam1<\/td><td[^>]*>publisher, [^<]*<\/td><td[^>]*>address-/)
  expect(hosts.filter((host) => text.includes(host))).toEqual([])
})

test('who may not see a camera is not told of it by a dossier or a bundle that he makes', async () => {
  const { engine, client } = await watch()
  await engines.clock.advance(5 * minuteMs)
  const serverId = (await client.servers.list()).find(({ name }) => name === 'Berlin')?.id ?? ''
  await client.cameras.add({ name: 'Vault', place: 'Cellar', streams: [{ use: 'main', serverId, path: 'cam1' }] })
  demo.server('Berlin').trouble({ kind: 'publisherGone', path: 'cam1', forMs: 5 * minuteMs })
  await engines.clock.advance(3 * minuteMs)
  const viewer = { ...soleOperator, id: 'viewer', name: 'viewer', role: 'user' as const, permission: 'view' as const }
  const as = (operator: typeof soleOperator) => createRouterClient(engine.router, { context: { operator } })
  const told = async (operator: typeof soleOperator) => {
    const { dossiers, bundles, alarms } = as(operator)
    const now = engines.clock.now()
    const incident = (await alarms.list())[0]?.incident ?? ''
    const made = [
      await dossiers.ofIncident({ id: incident }),
      await dossiers.ofPeriod({ since: startAt, until: now }),
      await bundles.make({ from: startAt, to: now }),
    ]
    const files = await Promise.all(made.map(async ({ link }) => Buffer.from(await (await engine.relay(new Request(`http://127.0.0.1${link}`))).arrayBuffer())))
    const opened = join(engines.folder, `${operator.id}.mtxdeck`)
    await writeFile(opened, files[2] ?? '')
    const shown = await engines.start({ bundle: opened }, { dataDir: join(engines.folder, operator.id) })
    return [...files.slice(0, 2).map(String), JSON.stringify(await shown.client.alarms.list({ at: now - 1_000 }))].map((text) => /Vault|Cellar/.test(text))
  }
  expect(await told(soleOperator)).toEqual([true, true, true])
  expect(await told(viewer)).toEqual([false, false, false])
})
