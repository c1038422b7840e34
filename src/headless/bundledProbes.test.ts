import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../demo/demoFleet.fixture.ts'
import { rtspServer } from '../demo/rtspServer.fixture.ts'
import type { Engine } from '../engine/createEngine.ts'
import type { EngineOptions } from '../engine/engineOptions.ts'
import type { MediaPort } from '../engine/ports.ts'
import type { TestEngines } from '../engine/testEngines.ts'
import { createTestLog } from '../engine/testLog.ts'
import type { Alarm } from '../shared/alarms.ts'
import type { BundleMade } from '../shared/bundles.ts'
import type { SeriesColumns } from '../shared/history.ts'
import { soleOperator } from '../shared/permissions.ts'
import { checksOfProfile } from '../shared/probeContent.ts'
import { goodReading } from '../shared/probeReadings.fixture.ts'
import type { Probe } from '../shared/probes.ts'
import type { Server } from '../shared/servers.ts'
import type { KeptPicture } from '../shared/snapshots.ts'
import { createConsoleServer } from './http.ts'

// What probes found, exported over REST and opened read-only by another console.

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const minuteMs = 60_000
const secrets = ['s3cret-of-cam1', 't0ken-of-tv', 'wr0ng-token']
const jpegOf = (of: string) => Uint8Array.from([0xff, 0xd8, 0xff, ...Buffer.from(of)])

let engines: TestEngines
let demo: DemoFleet
beforeEach(async () => {
  ;({ engines, demo } = await createTestFleet(startAt, 'bundled', [rtspServer('Berlin', 'cam1', 'cam2'), rtspServer('Wien', 'hall')]))
})
afterEach(() => closeWithoutBugs(engines))

/** Streams as probes and snapshots read them. */
const site = { isFrozen: false, isTvThere: true }
const content = (isFrozen: boolean) => ({
  pictures: 5,
  undecoded: [],
  darkPercent: 12,
  motionPercent: isFrozen ? 0 : 3,
  peakDbfs: -12,
  clippedPercent: 0,
  loudnessLufs: null,
  findings: isFrozen ? [{ check: 'frozen' as const, seconds: 42, isFromStart: true }] : [],
  evaluated: checksOfProfile.studio.filter((check) => check !== 'colourBars'),
})
const media: MediaPort = {
  snapshot: async () =>
    ({ ok: true, value: { jpeg: jpegOf('snapshot'), widthPx: 320, heightPx: 180, tookMs: 100, bytesRead: 20_000 } }) as Awaited<
      ReturnType<MediaPort['snapshot']>
    >,
  tools: async () => ({ ok: false, error: { kind: 'unavailable', because: 'noProcess' } }),
  probe: async ({ url, content: watched, wantsPicture }, onReading) => {
    if (url.includes('tv.example') && !site.isTvThere) return { kind: 'unreachable', doing: 'opening', said: 'No route to host' }
    const isFrozen = site.isFrozen && url.includes('cam1')
    const isChecked = watched != null
    const picture = { jpeg: jpegOf(isFrozen ? 'frozen' : 'well'), widthPx: 320, heightPx: 180 }
    onReading({ ...goodReading, content: isChecked ? content(isFrozen) : null }, isFrozen || wantsPicture ? picture : null)
    return null
  },
}

/** A console with its door. */
async function start(name: string, options: EngineOptions = {}, port: MediaPort | null = null) {
  const { engine } = await engines.start(options, { dataDir: join(engines.folder, name), ...(port !== null && { media: port }) })
  const endpoint = await createConsoleServer({
    operator: soleOperator,
    engine,
    clock: engines.clock,
    log: createTestLog(),
    version: '0.0.0',
    token: 'may-do-everything',
    listen: { host: '127.0.0.1', port: 0 },
    tls: null,
    publicUrls: [],
    trustedProxies: [],
    rendererDir: engines.folder,
  })
  if (!endpoint.ok) throw new Error(endpoint.error)
  const { url } = engines.open.use(endpoint.value)
  const fetched = (path: string, init: RequestInit = {}) =>
    fetch(`${url}${path}`, {
      ...init,
      headers: { Authorization: 'Bearer may-do-everything', ...(init.body != null && { 'content-type': 'application/json' }) },
    })
  const ask = async <T>(path: string, body?: object): Promise<T> => {
    const answer = await fetched(`/api/${path}`, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) })
    expect([path, answer.status < 300 ? '' : await answer.text()]).toEqual([path, ''])
    return (await answer.json()) as T
  }
  return { engine, ask, fetched }
}
type Console = Awaited<ReturnType<typeof start>>

/** Twenty minutes: cam1 of Berlin freezes in the fifth, TV is gone from the eighth on, all cameras are looked at in the tenth. */
async function watch() {
  // Both servers listen at one address by their configurations: one has it entered.
  const addresses = { rtsp: 'rtsp://127.0.0.1:8554' }
  const given = demo.yamlServers().map((server) => (server.name === 'Berlin' ? { ...server, addresses: { ...server.addresses, ...addresses } } : server))
  const deck = await start('live', { servers: given }, media)
  const add = async (input: object) => (await deck.ask<Probe>('probes', { intervalSeconds: 10, retries: 0, ...input })).id
  await engines.clock.advance(minuteMs)
  const cam = await add({
    name: 'cam1',
    url: `rtsp://noc:${secrets[0]}@127.0.0.1:8554/cam1`,
    project: 'studio',
    profile: 'studio',
    thresholds: { motionPercent: 0.4 },
  })
  const tv = await add({ name: 'TV', url: `https://tv.example/live/index.m3u8?token=${secrets[1]}`, project: 'web' })
  const servers = await deck.ask<Server[]>('servers')
  const idOf = (name: string) => servers.find((server) => server.name === name)?.id ?? ''
  await engines.clock.advance(4 * minuteMs)
  site.isFrozen = true
  await engines.clock.advance(3 * minuteMs)
  site.isTvThere = false
  await engines.clock.advance(2 * minuteMs)
  await engines.clock.advance(4 * minuteMs)
  site.isFrozen = false
  site.isTvThere = true
  await engines.clock.advance(6 * minuteMs)
  return { ...deck, cam, tv, berlin: idOf('Berlin'), wien: idOf('Wien') }
}
type Watched = Awaited<ReturnType<typeof watch>>

async function exported({ ask, fetched }: Console, input: object): Promise<{ bytes: Buffer; file: string }> {
  const made = await ask<BundleMade>('bundles', input)
  const answer = await fetched(made.link)
  expect(answer.status).toBe(200)
  const bytes = Buffer.from(await answer.arrayBuffer())
  const file = join(engines.folder, `${made.bytes}.mtxdeck`)
  await writeFile(file, bytes)
  return { bytes, file }
}

/** All that the window shows of probes at a moment. */
async function shown({ ask }: Console, probeIds: readonly string[], from: number, at: number) {
  const probes = await Promise.all(probeIds.map((id) => ask<Probe>(`probes/${id}`)))
  const series = probeIds.flatMap((probeId) =>
    (['probe.up', 'probe.bitrate', 'probe.grade', 'probe.frozenMs', 'probe.motion'] as const).map((metric) => ({
      subject: { kind: 'probe', probeId },
      metric,
    })),
  )
  return {
    probes: probes.map(({ id, name, url, project, mode, intervalSeconds, lookSeconds, retries, origin, contract, profile, checks, thresholds }) => ({
      ...{ id, name, url, project, mode, intervalSeconds, lookSeconds, retries, origin, contract, profile, checks, thresholds },
    })),
    figures: (await ask<SeriesColumns[]>('history/range', { series, from, to: at, points: 5_000, tier: 'samples' })).map(({ at: times, mean }) => ({
      times,
      mean,
    })),
    evidence: await Promise.all(probeIds.map((id) => ask<KeptPicture[]>(`probes/${id}/evidence?from=${from}&to=${at}`))),
    alarms: (await ask<Alarm[]>(`alarms?at=${at}`)).filter(({ subject }) => subject.kind === 'probe'),
  }
}

test('a bundle shows elsewhere what probes found, with their pictures, at each moment', async () => {
  const live: Watched = await watch()
  const from = startAt + minuteMs
  const to = engines.clock.now()
  const moments = [startAt + 3 * minuteMs, startAt + 7 * minuteMs + 5_000, startAt + 13 * minuteMs, to]
  const ids = [live.cam, live.tv]
  const seen = await Promise.all(moments.map((at) => shown(live, ids, from, at)))
  expect(seen.map(({ evidence, alarms }) => [evidence[0]?.length, alarms.map(({ rule, state }) => `${rule} ${state}`).sort()])).toEqual([
    [0, []],
    [1, ['pictureFrozen unacknowledged']],
    [1, ['pictureFrozen unacknowledged', 'probeDown unacknowledged']],
    [1, ['pictureFrozen healedUnseen', 'probeDown healedUnseen']],
  ])
  const snapshots = `snapshots?serverId=${live.berlin}&path=cam2&from=${from}&to=${to}`
  const strip = await live.ask<{ total: number }>(snapshots)
  expect(strip.total).toBeGreaterThan(3)

  const { bytes, file } = await exported(live, { from, to })
  for (const secret of secrets) expect(bytes.includes(secret), secret).toBe(false)
  expect(bytes.includes('noc:')).toBe(false)
  await engines.stop(live.engine)

  // By then a console that watches would have deleted such pictures.
  await engines.clock.sleepMachine(100 * 24 * 60 * minuteMs)
  const other = await start('other', { bundle: file })
  expect(await Promise.all(moments.map((at) => shown(other, ids, from, at)))).toEqual(seen)
  expect((await other.ask<Probe[]>('probes')).map(({ name, state, reading }) => [name, state, reading])).toEqual([
    ['cam1', 'connecting', null],
    ['TV', 'connecting', null],
  ])
  expect(await other.ask(snapshots)).toEqual(strip)
  // Nothing of it is measured, changed or dropped here.
  for (const [path, method] of [
    [`probes/${live.cam}/read`, 'POST'],
    [`probes/${live.cam}`, 'DELETE'],
  ] as const)
    expect((await other.fetched(`/api/${path}`, { method, ...(method === 'POST' && { body: '{}' }) })).status).toBe(403)
  await engines.clock.advance(11 * minuteMs)
  expect((await shown(other, ids, from, to)).evidence).toEqual(seen[3]?.evidence)
})

test('a bundle of chosen streams has the probes that read them and their pictures, and nothing of others', async () => {
  const live = await watch()
  const [from, to] = [startAt, engines.clock.now()]
  const ofStream = await exported(live, { from, to, of: [{ kind: 'stream', serverId: live.berlin, path: 'cam1' }] })
  const ofProbe = await exported(live, { from, to, of: [{ kind: 'probe', probeId: live.tv }], pictures: false })
  await engines.stop(live.engine)
  for (const text of ['cam2', 'hall', 'Wien', live.wien, live.tv]) expect(ofStream.bytes.includes(text), text).toBe(false)
  for (const text of ['cam1', 'Berlin', 'hall', live.berlin, live.cam]) expect(ofProbe.bytes.includes(text), text).toBe(false)

  const berlin = await start('berlin', { bundle: ofStream.file })
  expect((await berlin.ask<Probe[]>('probes')).map(({ name, url }) => [name, url])).toEqual([['cam1', 'rtsp://***@127.0.0.1:8554/cam1']])
  expect(await berlin.ask<KeptPicture[]>(`probes/${live.cam}/evidence`)).toHaveLength(1)
  await engines.stop(berlin.engine)
  const tv = await start('tv', { bundle: ofProbe.file })
  expect((await tv.ask<Probe[]>('probes')).map(({ name, url }) => [name, url])).toEqual([['TV', 'https://tv.example/live/index.m3u8?token=***']])
})

test('a bundle without probes and pictures opens as those of earlier versions', async () => {
  const live = await watch()
  const { file } = await exported(live, { from: startAt, to: engines.clock.now(), pictures: false })
  await engines.stop(live.engine)
  const db = new BetterSqlite3(file)
  expect(db.pragma('user_version', { simple: true })).toBe(3)
  db.prepare("DELETE FROM meta WHERE key = 'more.probes'").run()
  db.close()
  const other = await start('older', { bundle: file })
  expect(await other.ask('probes')).toEqual([])
})

test('a picture that was changed, or is none, makes a bundle unfit', async () => {
  const live = await watch()
  const { file, bytes } = await exported(live, { from: startAt, to: engines.clock.now() })
  await engines.stop(live.engine)
  const opened = async (name: string): Promise<string> => {
    const created = await engines.create({ bundle: file }, { dataDir: join(engines.folder, name) })
    if (!created.ok) return created.error.words
    await (created.value as Engine)[Symbol.asyncDispose]()
    return 'opened'
  }
  const at = bytes.indexOf(Buffer.from(jpegOf('frozen')))
  expect(at).toBeGreaterThan(0)
  const flipped = Buffer.from(bytes)
  flipped[at + 4] = (flipped[at + 4] as number) ^ 2
  await writeFile(file, flipped)
  expect(await opened('flipped')).toMatch(/it is damaged: pictures \d+/)
  await writeFile(file, bytes)
  const db = new BetterSqlite3(file)
  db.exec('DROP TABLE pictures')
  db.close()
  expect(await opened('dropped')).toContain('its tables are not those of mtxdeck')
})
