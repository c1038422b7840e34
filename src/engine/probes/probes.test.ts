import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createDemoFleet } from '../../demo/demoFleet.fixture.ts'
import { rtspServer } from '../../demo/rtspServer.fixture.ts'
import type { Evidence, MediaError } from '../../shared/media.ts'
import type { Content, ContentFinding } from '../../shared/probeContent.ts'
import { learnContract } from '../../shared/probeGrades.ts'
import { goodPlaylist, goodReading, goodTs } from '../../shared/probeReadings.fixture.ts'
import type { Playlist, ProbeReading } from '../../shared/probeReadings.ts'
import { probeInputSchema } from '../../shared/probes.ts'
import { probeSubject } from '../../shared/subjectNames.ts'
import { seriesOf } from '../../shared/subjects.ts'
import type { EngineOptions } from '../engineOptions.ts'
import type { MediaPort } from '../ports.ts'
import { bytesOfMain, createTestEngines, refused, type TestEngines, testSecretsKey } from '../testEngines.ts'
import type { YamlProbe } from './probes.ts'

const startAt = Date.UTC(2026, 10, 22, 8, 0, 0)
const second = 1_000
const camera = 'rtsp://noc:s3cret@10.0.0.9/cam1'

let engines: TestEngines
/** What the stream of each address is now; one that is not named is unreachable. */
let streams: Map<string, Partial<ProbeReading> | MediaError>
let asked: { readonly url: string; readonly at: number; readonly isContinuous: boolean; readonly transport: boolean | undefined }[]
/** How long the reads of an address take, ms, one after another and then again from the first; one that is not named takes as long as its look. */
let takesMs: Map<string, readonly number[]>
let open: number
let mostOpen: number

/** What mtxdeck can't know of a stream. */
const operatorsLimits: NonNullable<EngineOptions['rules']> = [
  { id: 'probeBitrateLow', below: 500_000 },
  { id: 'probeFrameRateLow', below: 0.8 },
]
const isError = (stream: Partial<ProbeReading> | MediaError): stream is MediaError => 'kind' in stream
const gone: MediaError = { kind: 'unreachable', doing: 'opening', said: 'Connection refused' }

/** What a look at pictures and sound found. */
const content = (findings: readonly ContentFinding[], of: Partial<Content> = {}): Content => ({
  pictures: 3,
  undecoded: [],
  darkPercent: 3,
  motionPercent: 2,
  peakDbfs: -12,
  clippedPercent: 0,
  loudnessLufs: -23,
  findings: [...findings],
  evaluated: ['black', 'frozen', 'silent', 'clipped', 'loudness'],
  ...of,
})
const picture: Evidence = { jpeg: Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), widthPx: 320, heightPx: 180 }

/** Streams at the end of the network, as the media process reads them. */
const media: MediaPort = {
  snapshot: async () => ({ ok: false, error: { kind: 'unavailable', because: 'noProcess' } }),
  tools: async () => ({ ok: false, error: { kind: 'unavailable', because: 'noProcess' } }),
  probe: async ({ url, checkMs, isContinuous, transport }, onReading, signal) => {
    const { clock } = engines
    const takes = takesMs.get(url)
    const waitMs = takes?.[asked.filter((one) => one.url === url).length % takes.length] ?? checkMs
    asked.push({ url, at: clock.now() - startAt, isContinuous, transport })
    mostOpen = Math.max(mostOpen, ++open)
    try {
      for (;;) {
        const stream = streams.get(url) ?? gone
        if (isError(stream) && takes === undefined) return stream
        const isOver = await new Promise<boolean>((resolve) => {
          const timer = clock.setTimeout(() => resolve(false), waitMs)
          signal?.addEventListener('abort', () => {
            clock.clearTimeout(timer)
            resolve(true)
          })
        })
        if (isOver) return { kind: 'cancelled' }
        if (isError(stream)) return stream
        onReading({ ...goodReading, ...stream }, stream.content?.findings.length ? picture : null)
        if (!isContinuous) return null
      }
    } finally {
      open--
    }
  },
}
const start = (options?: EngineOptions) => engines.start(options, { media })
type Client = Awaited<ReturnType<typeof start>>['client']
const add = (client: Client, change: Partial<Parameters<typeof probeInputSchema.parse>[0] & object> = {}) =>
  client.probes.add(probeInputSchema.parse({ name: 'cam1', url: camera, ...change }))
const raised = async (client: Client) => (await client.alarms.list({})).map(({ rule, serverName, state }) => `${rule} ${serverName} ${state}`).sort()

beforeEach(async () => {
  engines = await createTestEngines(startAt, 50, 3)
  streams = new Map([[camera, {}]])
  takesMs = new Map()
  asked = []
  open = 0
  mostOpen = 0
})
afterEach(async () => {
  await engines[Symbol.asyncDispose]()
  expect(engines.bugs).toEqual([])
})

describe('a probe', () => {
  test('is down for as long as its events say, from the last good reading to the first again; a refused password says nothing of it', async () => {
    const { client } = await start()
    const { id } = await add(client, { intervalSeconds: 20, retries: 1 })
    const { clock } = engines
    await clock.advance(5 * 60 * second)
    const row = async () => (await client.availability.read({ from: startAt, to: clock.now(), of: 'probe' })).rows[0]
    const outages: { readonly minMs: number; readonly maxMs: number }[] = []
    for (const forS of [47, 95, 200]) {
      streams.delete(camera)
      await clock.advance(forS * second)
      streams.set(camera, {})
      await clock.advance(170 * second)
      const [event] = await client.history.events({ kinds: ['probeUp'], limit: 1 })
      outages.push(event?.facts as (typeof outages)[number])
    }
    const sum = (of: (one: (typeof outages)[number]) => number) => outages.reduce((total, one) => total + of(one), 0)
    expect(outages).toEqual([
      { minMs: 21_000, maxMs: 60_000 },
      { minMs: 81_000, maxMs: 120_000 },
      { minMs: 181_000, maxMs: 220_000 },
    ])
    expect(await row()).toMatchObject({ outages: 3, unknownMs: 0, downMs: sum(({ maxMs }) => maxMs), isDown: false })
    streams.set(camera, { kind: 'unauthorized' })
    await clock.advance(3 * 60 * second)
    expect(await row()).toMatchObject({ outages: 3, downMs: sum(({ maxMs }) => maxMs), unknownMs: expect.closeTo(170 * second, -4.7), isDown: false })
    expect((await client.probes.get({ id }))?.state).toBe('down')
  })

  test('is read at once, then in turns, and its figures are in history', async () => {
    const { client } = await start()
    const { id } = await add(client)
    await engines.clock.advance(7 * second)
    expect(await client.probes.get({ id })).toMatchObject({ state: 'up', grade: 'good', reading: { bitrateBps: 4_000_000 }, nextAt: startAt + 30 * second })
    await engines.clock.advance(60 * second)
    expect(asked.map(({ at }) => at)).toEqual([0, 30 * second, 60 * second])
    const series = [seriesOf(probeSubject(id), 'probe.bitrate'), seriesOf(probeSubject(id), 'probe.up')]
    const [bitrate, up] = await client.history.range({ series, from: startAt, to: startAt + 70 * second, points: 70 })
    expect(bitrate?.mean.filter((value) => value !== null)).toContain(4_000_000)
    expect(up?.mean.at(-1)).toBe(1)
  })

  test('has the secrets of its address nowhere but sealed', async () => {
    const { engine, client } = await start()
    const { id, url } = await add(client)
    expect(url).toBe('rtsp://***@10.0.0.9/cam1')
    streams.set(camera, { kind: 'unauthorized' })
    await engines.clock.advance(40 * second)
    expect(JSON.stringify([await client.probes.list(), await client.history.events({ from: startAt, to: engines.clock.now() })])).not.toContain('s3cret')
    expect([...engine.exported({ format: 'text', operator: null })].join('')).not.toContain('s3cret')
    expect(engines.logged.join('')).not.toContain('s3cret')
    await engines.stop()
    expect(bytesOfMain(engines.folder)).not.toContain('s3cret')
    // And it is read with them after a restart.
    asked = []
    const again = await start()
    await engines.clock.advance(6 * second)
    expect(asked[0]?.url).toBe(camera)
    expect(await again.client.probes.get({ id })).toMatchObject({ url: 'rtsp://***@10.0.0.9/cam1' })
  })

  test('keeps its secrets when its address is entered as it is shown, and takes another one', async () => {
    const { client } = await start()
    const { id, url } = await add(client)
    await client.probes.update({ id, change: { url, name: 'gate' } })
    await engines.clock.advance(40 * second)
    expect(asked.at(-1)?.url).toBe(camera)
    const other = 'srt://10.0.0.9:8890?streamid=read:gate&passphrase=hidden-words'
    expect(await client.probes.update({ id, change: { url: other } })).toMatchObject({
      name: 'gate',
      url: 'srt://10.0.0.9:8890?streamid=***&passphrase=***',
      reading: null,
    })
    await engines.clock.advance(second)
    expect(asked.at(-1)?.url).toBe(other)
  })

  test('whose stored address can’t be decrypted says so, is not asked for, and is read when it is entered again', async () => {
    const { client } = await start()
    const { id, url } = await add(client)
    await engines.stop()
    asked = []
    const again = await engines.start({}, { media, secretsKey: { ...testSecretsKey, key: new Uint8Array(32).fill(4) } })
    await engines.clock.advance(7 * second)
    expect(asked).toEqual([])
    expect(await again.client.probes.get({ id })).toMatchObject({ url, state: 'down', why: { kind: 'addressUnreadable' } })
    expect(await again.client.probes.test({ id, url, lookSeconds: 6 })).toMatchObject({ why: { kind: 'addressUnreadable' } })
    await again.client.probes.update({ id, change: { url: camera } })
    await engines.clock.advance(7 * second)
    expect(await again.client.probes.get({ id })).toMatchObject({ state: 'up', why: null })
  })

  test('that can’t be read is tried again, ever later, before it is down; a return is seen in the next turn', async () => {
    streams.clear()
    const { client } = await start()
    const { id } = await add(client)
    await engines.clock.advance(6.5 * second)
    expect(await client.probes.get({ id })).toMatchObject({ state: 'retrying', why: gone })
    await engines.clock.advance(second)
    expect(asked.map(({ at }) => at)).toEqual([0, 1_000, 3_000, 7_000])
    expect(await client.probes.get({ id })).toMatchObject({ state: 'down', grade: 'poor', gradeReasons: [{ kind: 'down' }] })
    streams.set(camera, {})
    await engines.clock.advance(30 * second)
    expect(await client.probes.get({ id })).toMatchObject({ state: 'up', why: null, grade: 'good' })
  })

  test('with wrong credentials is asked ever more rarely, until they change or somebody asks', async () => {
    streams.set(camera, { kind: 'unauthorized' })
    const { client } = await start()
    const { id } = await add(client)
    await engines.clock.advance(10 * 60 * second)
    expect(asked.map(({ at }) => at / second)).toEqual([0, 30, 90, 210, 450])
    await client.probes.readNow({ id })
    await engines.clock.advance(second)
    expect(asked.at(-1)?.at).toBe(600 * second)
    streams.set('rtsp://noc:right@10.0.0.9/cam1', {})
    await client.probes.update({ id, change: { url: 'rtsp://noc:right@10.0.0.9/cam1' } })
    await engines.clock.advance(7 * second)
    expect(await client.probes.get({ id })).toMatchObject({ state: 'up' })
  })

  test('that is refused without a reason is asked more rarely, too, but never as rarely as one whose password is known to be wrong', async () => {
    const byCaller = 'srt://10.0.0.9:8890?streamid=read:cam1:noc:s3cret'
    const { client } = await start()
    for (const mode of ['turns', 'continuous'] as const) {
      asked = []
      streams.set(byCaller, { kind: 'refused' })
      const { id } = await add(client, { name: mode, url: byCaller, mode })
      const from = engines.clock.now() - startAt
      await engines.clock.advance(20 * 60 * second)
      const seconds = asked.map(({ at }) => Math.round((at - from) / second))
      expect(
        seconds.slice(-4).map((at, place, all) => at - (all[place - 1] ?? at)),
        mode,
      ).toEqual([0, 240, 240, 240])
      expect(seconds.length, mode).toBeLessThan(10)
      streams.set(byCaller, {})
      await engines.clock.advance(250 * second)
      expect(await client.probes.get({ id })).toMatchObject({ state: 'up' })
      await client.probes.remove({ id })
    }
  })

  test('whose sender calls this console is read continuously, whatever is set, and is not tried once', async () => {
    const listener = 'srt://0.0.0.0:9000?mode=listener&passphrase=0123456789'
    streams.set(listener, {})
    const { engine, client } = await start()
    const { id, mode } = await add(client, { url: listener, mode: 'turns' })
    expect(mode).toBe('continuous')
    await client.probes.update({ id, change: { mode: 'turns', intervalSeconds: 60 } })
    await engines.clock.advance(90 * second)
    expect(asked.every(({ isContinuous }) => isContinuous)).toBe(true)
    expect(open).toBe(1)
    const tested = await client.probes.test({ url: listener, lookSeconds: 6, profile: null, checks: [], thresholds: {} })
    expect(tested).toMatchObject({ reading: null, why: { kind: 'refusedAddress', because: 'awaitsCaller' } })
    await engines.stop(engine)
    const again = await start()
    expect(await again.client.probes.get({ id })).toMatchObject({ mode: 'continuous' })
  })

  test('that gets a web page in place of its stream is asked ever more rarely: somebody is to sign in there', async () => {
    const gated = 'https://noc:s3cret@10.0.0.9/cam1/index.m3u8'
    streams.set(gated, { kind: 'undecodable', because: 'webPage' })
    const { client } = await start()
    await add(client, { url: gated })
    await engines.clock.advance(10 * 60 * second)
    expect(asked.map(({ at }) => at / second)).toEqual([0, 30, 90, 210, 450])
  })

  test('that is refused without a reason has it from the list of its watched server', async () => {
    const demo = engines.open.use(await createDemoFleet({ clock: engines.clock, seed: 'refused', servers: [rtspServer('Berlin', 'cam1', 'cam2')] }))
    const berlin = demo.server('Berlin')
    const { client } = await start({ servers: demo.yamlServers() })
    await engines.clock.advance(30 * second)
    berlin.trouble({ kind: 'publisherGone', path: 'cam2' })
    await engines.clock.advance(30 * second)
    const at = (path: string) => `srt://${new URL(berlin.url).hostname}:8890?streamid=read:${path}:noc:s3cret`
    for (const name of ['cam1', 'cam2', 'cam3']) {
      streams.set(at(name), { kind: 'refused' })
      await add(client, { name, url: at(name) })
    }
    await engines.clock.advance(60 * second)
    const why = (await client.probes.list()).map((probe) => [probe.name, probe.why?.kind] as const)
    expect(Object.fromEntries(why)).toEqual({ cam1: 'unauthorized', cam2: 'notFound', cam3: 'refused' })
  })

  test('that is continuous stays open, with a reading after each look', async () => {
    const { client } = await start()
    const { id } = await add(client, { mode: 'continuous', lookSeconds: 4 })
    await engines.clock.advance(13 * second)
    expect(asked).toHaveLength(1)
    expect(await client.probes.get({ id })).toMatchObject({ state: 'up', readAt: startAt + 12 * second, bitrate: { stability: 'stable' } })
    streams.set(camera, gone)
    await engines.clock.advance(4 * second)
    expect(await client.probes.get({ id })).toMatchObject({ state: 'retrying' })
    streams.set(camera, {})
    await engines.clock.advance(10 * second)
    expect(await client.probes.get({ id })).toMatchObject({ state: 'up' })
  })

  test('that is paused is not read, and nothing is said of it', async () => {
    const { client } = await start()
    const { id } = await add(client)
    await engines.clock.advance(7 * second)
    await client.probes.update({ id, change: { paused: true } })
    await engines.clock.advance(300 * second)
    expect(asked).toHaveLength(1)
    expect(await client.probes.get({ id })).toMatchObject({ state: 'paused', grade: null, gradeReasons: [] })
    await client.probes.update({ id, change: { paused: false } })
    await engines.clock.advance(7 * second)
    expect(await client.probes.get({ id })).toMatchObject({ state: 'up' })
  })

  test('is refused under a name that is taken, and by an address that is none', async () => {
    const { client } = await start()
    await add(client)
    expect(await refused(add(client, { name: 'CAM1' }))).toBe('This name is taken: choose another, or change the existing one.')
    expect(await refused(client.probes.add({ ...probeInputSchema.parse({ name: 'x', url: camera }), url: 'file:///etc/passwd' }))).toMatch(/such as rtsp:\/\//)
    expect(await refused(client.probes.remove({ id: 'probe-00000000' }))).toBe('This does not exist; it may have been removed or has ended.')
  })

  test('is removed with its alarms, and its history stays', async () => {
    streams.clear()
    const { client } = await start()
    const { id } = await add(client)
    await engines.clock.advance(120 * second)
    expect(await raised(client)).toEqual(['probeDown cam1 unacknowledged'])
    await client.probes.remove({ id })
    await engines.clock.advance(40 * second)
    expect(await client.probes.list()).toEqual([])
    expect(await raised(client)).toEqual([])
    const [up] = await client.history.range({ series: [seriesOf(probeSubject(id), 'probe.up')], from: startAt, to: engines.clock.now(), points: 200 })
    expect(up?.mean).toContain(0)
  })
})

describe('probes together', () => {
  test('are read no more at once than is set, and those that wait are said to be late', async () => {
    const { client } = await start()
    await client.probes.keep({ atOnce: 2 })
    for (let i = 0; i < 12; i++) {
      streams.set(`rtsp://10.0.0.9/${i}`, {})
      await add(client, { name: `cam${i}`, url: `rtsp://10.0.0.9/${i}`, intervalSeconds: 10 })
    }
    await engines.clock.advance(60 * second)
    expect(mostOpen).toBe(2)
    expect(await client.probes.status()).toMatchObject({ probes: 12, reading: 2, settings: { atOnce: 2 } })
    expect((await client.probes.status()).late).toBeGreaterThan(5)
    const waitingSince = (await client.probes.list()).flatMap(({ nextAt }) => (nextAt === null ? [] : [nextAt]))
    expect(waitingSince, 'all but those that are read').toHaveLength(10)
    expect(Math.max(...waitingSince), 'they are due').toBeLessThanOrEqual(engines.clock.now())
    await client.probes.keep({ atOnce: 20 })
    await engines.clock.advance(60 * second)
    expect(await client.probes.status()).toMatchObject({ late: 0 })
  })

  test('come from a list at once, all or none, and a second list changes them', async () => {
    const { client } = await start()
    const bad = await client.probes.import({ csv: 'name,url\ncam1,rtsp://10.0.0.9/1\ncam2,ftp://10.0.0.9/2\n' })
    expect(bad).toMatchObject({ added: 0, changed: 0, validationErrors: [{ line: 3, column: 'url', validationError: { kind: 'notSuchAs' } }] })
    const here = 'name,url\nhere,http://127.0.0.1:8888/cam/index.m3u8\n'
    expect(await client.probes.import({ csv: here })).toMatchObject({
      added: 0,
      validationErrors: [{ line: 2, column: 'url', validationError: { kind: 'addressOfThisMachine' } }],
    })
    for (const host of [
      'LOCALHOST',
      'localhost.',
      'x.localhost',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '0',
      '[::]',
      '[::1]',
      '[0:0::0:1]',
      '[::ffff:127.0.0.1]',
    ])
      for (const scheme of ['rtsp', 'http'])
        expect(await client.probes.import({ csv: `name,url\nhere,${scheme}://noc:pw@${host}:8554/cam\n` }), `${scheme} ${host}`).toMatchObject({
          added: 0,
          validationErrors: [{ line: 2, column: 'url', validationError: { kind: 'addressOfThisMachine' } }],
        })
    expect(await client.probes.list()).toEqual([])
    // No host that can be: it is refused where it is read.
    expect(await client.probes.import({ csv: 'name,url\nodd,rtsp://a^b/cam\n' })).toMatchObject({ added: 1 })
    await client.probes.remove({ id: (await client.probes.list())[0]?.id ?? '' })
    expect(await client.probes.import({ csv: here, allowsThisMachine: true })).toMatchObject({ added: 1 })
    const rows = Array.from({ length: 1_000 }, (_, index) => `cam${index},rtsp://noc:pw@10.0.0.9/${index},north`)
    expect(await client.probes.import({ csv: `name,url,project\n${rows.join('\n')}` })).toEqual({ added: 1_000, changed: 0, validationErrors: [] })
    const [shown] = (await client.probes.list()).filter(({ name }) => name === 'cam7')
    // As it was exported: its secrets stay.
    await client.probes.update({ id: shown?.id ?? '', change: { contract: { ...learnContract(goodReading), videoCodec: 'hevc' }, intervalSeconds: 600 } })
    expect(await client.probes.import({ csv: `name,url,project\ncam7,${shown?.url},south\nmore,rtsp://10.0.0.9/more,south` })).toEqual({
      added: 1,
      changed: 1,
      validationErrors: [],
    })
    // What is no column of the list stays as it is.
    expect(await client.probes.get({ id: shown?.id ?? '' })).toMatchObject({ project: 'south', intervalSeconds: 600, contract: { videoCodec: 'hevc' } })
    await engines.clock.advance(10 * second)
    expect(asked.map(({ url }) => url)).toContain('rtsp://noc:pw@10.0.0.9/7')
  })

  test('of the configuration file can’t be edited, and go with it', async () => {
    const inFile = {
      name: 'gate',
      url: camera,
      project: 'north',
      intervalSeconds: 30,
      mode: 'turns',
      lookSeconds: 6,
      retries: 0,
      contract: null,
      profile: null,
      checks: [],
      thresholds: {},
    } satisfies YamlProbe
    const { engine, client } = await start({ probes: [inFile] })
    const [{ id } = expect.fail('is there')] = await client.probes.list()
    expect(await refused(client.probes.update({ id, change: { paused: true } }))).toBe('This comes from the configuration file: change it there.')
    const named = { servers: [], hosts: [], onAir: [], rules: [], channels: [], routes: null, maintenance: [] }
    engine.applyYaml('mtxdeck.yaml', { ...named, probes: [{ ...inFile, project: 'south' }] })
    expect(await client.probes.get({ id })).toMatchObject({ project: 'south', origin: 'yaml' })
    engine.applyYaml('mtxdeck.yaml', { ...named, probes: [] })
    expect(await client.probes.list()).toEqual([])
  })
})

describe('alarms of probes', () => {
  test('are raised where it is down for a minute, and healed when it is read again', async () => {
    const { client } = await start()
    await add(client)
    await engines.clock.advance(10 * second)
    streams.clear()
    await engines.clock.advance(50 * second)
    expect(await raised(client)).toEqual([])
    await engines.clock.advance(60 * second)
    expect(await raised(client)).toEqual(['probeDown cam1 unacknowledged'])
    expect(await client.probes.list()).toMatchObject([{ severity: 'major' }])
    expect(await client.alarms.list({})).toMatchObject([{ why: { kind: 'probeDown', error: gone } }])
    streams.set(camera, {})
    await engines.clock.advance(180 * second)
    expect(await raised(client)).toEqual(['probeDown cam1 healedUnseen'])
  })

  test('can be asked for by their probe', async () => {
    streams.clear()
    const { client } = await start()
    const { id } = await add(client, { retries: 0 })
    await add(client, { name: 'cam2', retries: 0 })
    await engines.clock.advance(125 * second)
    expect(await raised(client)).toEqual(['probeDown cam1 unacknowledged', 'probeDown cam2 unacknowledged'])
    expect(await client.alarms.list({ probeId: id })).toMatchObject([{ serverName: 'cam1' }])
    expect(await client.alarms.list({ probeId: 'probe-00000000' })).toEqual([])
    expect(await client.alarms.steps({ probeId: id, from: startAt })).toMatchObject([{ serverName: 'cam1', change: { kind: 'raised' } }])
    expect(await client.alarms.steps({ probeId: 'probe-00000000', from: startAt })).toEqual([])
  })

  test('of one that is read once an hour come within two minutes of its turn, not of its interval', async () => {
    streams.clear()
    const { client } = await start()
    await add(client, { intervalSeconds: 3_600, retries: 0 })
    await engines.clock.advance(125 * second)
    expect(await raised(client)).toEqual(['probeDown cam1 unacknowledged'])
  })

  test('begin anew after a pause, and with another address', async () => {
    streams.clear()
    const { client } = await start()
    const { id } = await add(client, { retries: 0 })
    await engines.clock.advance(40 * second)
    await client.probes.update({ id, change: { paused: true } })
    await engines.clock.advance(20 * second)
    await client.probes.update({ id, change: { paused: false } })
    await engines.clock.advance(50 * second)
    expect(await raised(client)).toEqual([])
    await client.probes.update({ id, change: { url: 'rtsp://10.0.0.9/other' } })
    await engines.clock.advance(50 * second)
    expect(await raised(client)).toEqual([])
    await engines.clock.advance(20 * second)
    expect(await raised(client)).toEqual(['probeDown cam1 unacknowledged'])
  })

  test('are of its figures too: bit rate, answer, pictures, key frames, sound beside the picture', async () => {
    const { client } = await start({ rules: operatorsLimits })
    await add(client)
    const { response, video, gop } = goodReading
    streams.set(camera, {
      bitrateBps: 300_000,
      response: { ...response, answerMs: 8_500 },
      video: video && { ...video, fps: 12 },
      gop: gop && { ...gop, longestMs: 62_000 },
      audioAheadMs: -1_500,
    })
    await engines.clock.advance(240 * second)
    expect(await raised(client)).toEqual([
      'audioOffset cam1 unacknowledged',
      'keyFramesRare cam1 unacknowledged',
      'probeAnswersSlowly cam1 unacknowledged',
      'probeBitrateLow cam1 unacknowledged',
      'probeFrameRateLow cam1 unacknowledged',
    ])
    // While it is down, nothing is known of them.
    streams.clear()
    await engines.clock.advance(180 * second)
    const states = (await client.alarms.list({})).map(({ rule, state }) => `${rule} ${state}`)
    expect(states).toContain('probeDown unacknowledged')
    expect(states).toContain('probeBitrateLow suppressed')
  })

  test('are not of how a stream that stays open once answered: that is a figure of its first look', async () => {
    const { client } = await start()
    const { response } = goodReading
    streams.set(camera, { response: { ...response, answerMs: 8_500 } })
    const { id } = await add(client, { mode: 'continuous' })
    await engines.clock.advance(7 * second)
    streams.set(camera, { response: { dnsMs: null, connectMs: null, answerMs: null, keyframeMs: null } })
    await engines.clock.advance(200 * second)
    expect(await raised(client)).toEqual([])
    const [answer] = await client.history.range({
      series: [seriesOf(probeSubject(id), 'probe.answerMs')],
      from: startAt,
      to: startAt + 200 * second,
      points: 20,
    })
    expect(answer?.mean.filter((value) => value !== null)).toEqual([8_500])
  })

  test('tell that the key frames of a stream are further apart or closer than before, where somebody has asked for that', async () => {
    for (const [rules, expected] of [
      [[], []],
      [[{ id: 'gopChanged', enabled: true }], ['gopChanged cam1 unacknowledged']],
    ] as const) {
      streams.set(camera, {})
      const { client } = await start({ rules: [...rules] })
      const { id } = await add(client)
      await engines.clock.advance(120 * second)
      streams.set(camera, { gop: goodReading.gop && { ...goodReading.gop, usualMs: 4_000 } })
      await engines.clock.advance(120 * second)
      expect(await raised(client)).toEqual(expected)
      await client.probes.remove({ id })
      await engines.stop()
    }
  })

  test('of one that does not answer at all come although its tries take longer than its interval', async () => {
    const { client } = await start()
    streams.set(camera, { kind: 'timedOut', limitMs: 10_000 })
    takesMs.set(camera, [10_000])
    await add(client, { intervalSeconds: 5 })
    await engines.clock.advance(300 * second)
    expect(await raised(client)).toEqual(['probeDown cam1 unacknowledged'])
  })

  test('judge no bit rate and no frame rate before somebody says what they have to be', async () => {
    const { client } = await start()
    const { video } = goodReading
    streams.set(camera, { bitrateBps: 53_000, video: video && { ...video, fps: 0.2 } })
    await add(client)
    await engines.clock.advance(240 * second)
    expect(await raised(client)).toEqual([])
  })

  test('tell a frozen picture at a normal bit rate once it has lasted, with the picture, and when it moves again', async () => {
    const { client } = await start()
    const { id } = await add(client, { mode: 'continuous', lookSeconds: 6, profile: 'studio' })
    streams.set(camera, { content: content([]) })
    await engines.clock.advance(60 * second)
    expect(await client.probes.get({ id })).toMatchObject({ grade: 'good', lasting: [] })
    expect(await client.probes.evidence({ id })).toEqual([])
    // As the media process finds it: by two key frames that are 2 s apart. The look that is under way ends as it began.
    streams.set(camera, { content: content([{ check: 'frozen', seconds: 2, isFromStart: false }]) })
    await engines.clock.advance(12 * second)
    expect(await raised(client)).toEqual([])
    expect(await client.probes.get({ id })).toMatchObject({ grade: 'good', lasting: [{ check: 'frozen', lastedMs: 2_000 }] })
    streams.set(camera, { content: content([{ check: 'frozen', seconds: 8, isFromStart: false }]) })
    await engines.clock.advance(12 * second)
    expect(await raised(client)).toEqual(['pictureFrozen cam1 unacknowledged'])
    expect(await client.probes.get({ id })).toMatchObject({
      grade: 'poor',
      gradeReasons: [{ kind: 'content', check: 'frozen', grade: 'poor', lastedMs: 8_000 }],
      reading: { bitrateBps: goodReading.bitrateBps },
    })
    const jpeg = Buffer.from(picture.jpeg).toString('base64')
    // Written to the disk, which takes its own time.
    await vi.waitFor(async () => expect(await client.probes.evidence({ id })).toMatchObject([{ jpeg, widthPx: 320, heightPx: 180 }]), { timeout: 60_000 })
    streams.set(camera, { content: content([{ check: 'frozen', seconds: 60, isFromStart: false }]) })
    await engines.clock.advance(54 * second)
    expect((await client.alarms.list({}))[0]).toMatchObject({ severity: 'major' })
    expect(await client.probes.evidence({ id })).toHaveLength(1)
    streams.set(camera, { content: content([]) })
    await engines.clock.advance(90 * second)
    expect(await raised(client)).toEqual(['pictureFrozen cam1 healedUnseen'])
    expect(await client.probes.get({ id })).toMatchObject({ grade: 'good', lasting: [] })
  })

  test('count black and silence over turns that have it from their beginning, and are quiet where nothing is looked for', async () => {
    const { client } = await start()
    await add(client, { checks: ['black', 'silent'] })
    const lasting: readonly ContentFinding[] = [
      { check: 'black', seconds: 4, isFromStart: true },
      { check: 'silent', seconds: 6, isFromStart: true },
    ]
    streams.set(camera, { content: content(lasting) })
    await engines.clock.advance(10 * second)
    expect(await raised(client)).toEqual([])
    await engines.clock.advance(60 * second)
    expect(await raised(client)).toEqual(['pictureBlack cam1 unacknowledged', 'soundSilent cam1 unacknowledged'])
    const [probe] = await client.probes.list()
    await client.probes.update({ id: probe?.id ?? '', change: { checks: [] } })
    streams.set(camera, { content: null })
    await engines.clock.advance(120 * second)
    expect(await client.probes.get({ id: probe?.id ?? '' })).toMatchObject({ grade: 'good', lasting: [] })
  })

  test('say once that a picture is black: that it takes few bits is no alarm of its own', async () => {
    const { client } = await start({ rules: operatorsLimits })
    await add(client, { checks: ['black'] })
    streams.set(camera, { bitrateBps: 20_000, content: content([{ check: 'black', seconds: 4, isFromStart: true }]) })
    await engines.clock.advance(240 * second)
    expect(await raised(client)).toEqual(['pictureBlack cam1 unacknowledged'])
  })

  test('tell of sound that is clipped or far from its loudness', async () => {
    const { client } = await start()
    await add(client, { checks: ['clipped', 'loudness'], thresholds: { targetLufs: -16 } })
    streams.set(camera, { content: content([], { clippedPercent: 40, loudnessLufs: -23 }) })
    await engines.clock.advance(240 * second)
    expect(await raised(client)).toEqual(['loudnessOff cam1 unacknowledged', 'soundClipped cam1 unacknowledged'])
  })

  test('tell of a playlist that is stale by its own target duration, and of one that is followed again', async () => {
    const { client } = await start()
    const { id } = await add(client, { url: 'https://10.0.0.9/cam1/index.m3u8' })
    const now = (of: Partial<Playlist>[]) =>
      streams.set('https://10.0.0.9/cam1/index.m3u8', { hls: { playlists: of.map((playlist) => ({ ...goodPlaylist, ...playlist })), more: 0 } })
    // Ten seconds are long for one, and not for the other.
    now([
      { ageMs: 2_000, targetMs: 2_000 },
      { ageMs: 10_000, targetMs: 10_000 },
    ])
    await engines.clock.advance(40 * second)
    expect(await client.probes.get({ id })).toMatchObject({ grade: 'good' })
    expect(await raised(client)).toEqual([])
    now([
      { ageMs: 4_000, targetMs: 2_000 },
      { ageMs: 10_000, targetMs: 10_000 },
    ])
    await engines.clock.advance(60 * second)
    expect(await raised(client)).toEqual(['hlsStale cam1 unacknowledged'])
    expect(await client.probes.get({ id })).toMatchObject({
      state: 'up',
      grade: 'fair',
      gradeReasons: [{ kind: 'figure', figure: 'playlistAgePercent', value: 200, limit: 150 }],
    })
    now([{}, { fault: 'status', ageMs: null }])
    await engines.clock.advance(120 * second)
    expect(await raised(client)).toEqual(['hlsStale cam1 healedUnseen'])
    expect(await client.probes.get({ id })).toMatchObject({ grade: 'fair', gradeReasons: [{ figure: 'playlistsMissing', value: 1 }] })
    // Beside what is stale there is nothing to read: that is no other alarm, and the stream is still there.
    const nothing = { packets: { video: 0, audio: 0, other: 0, corrupt: 0, corruptBytes: 0 }, keyframes: 0, gop: null, mediaMs: null, bitrateBps: null }
    streams.set('https://10.0.0.9/cam1/index.m3u8', { ...nothing, hls: { playlists: [{ ...goodPlaylist, ageMs: 300_000 }], more: 0 } })
    await engines.clock.advance(240 * second)
    expect(await raised(client)).toEqual(['hlsStale cam1 unacknowledged'])
    expect(await client.probes.get({ id })).toMatchObject({ state: 'up', grade: 'poor', gradeReasons: [{ figure: 'playlistAgePercent', value: 5_000 }] })
    // A recording is never stale.
    now([{ hasEnded: true, ageMs: null, lateMs: null }])
    await engines.clock.advance(40 * second)
    expect(await client.probes.get({ id })).toMatchObject({ grade: 'good' })
  })

  test('have a transport stream checked only where somebody chose that', async () => {
    const { client } = await start()
    const { id } = await add(client, { profile: 'studio' })
    await engines.clock.advance(10 * second)
    expect(asked.at(-1)?.transport).toBe(false)
    await client.probes.update({ id, change: { checks: ['transport'] } })
    await engines.clock.advance(60 * second)
    expect(asked.at(-1)?.transport).toBe(true)
    expect(await client.probes.get({ id })).toMatchObject({ profile: 'studio', checks: ['transport'] })
  })

  test('tell of errors of a transport stream, more of them more severely, and keep its figures', async () => {
    const { engine, client } = await start()
    const { id } = await add(client, { url: 'udp://239.1.1.1:5000', mode: 'continuous' })
    streams.set('udp://239.1.1.1:5000', { ts: { ...goodTs, pcrIntervalErrors: 12, pcrMs: 60 } })
    await engines.clock.advance(60 * second)
    // PCRs that are somewhat apart are of the second priority.
    expect(await client.probes.get({ id })).toMatchObject({ grade: 'good' })
    expect(await raised(client)).toEqual([])
    streams.set('udp://239.1.1.1:5000', { ts: { ...goodTs, continuityErrors: 3, patErrors: 1 } })
    await engines.clock.advance(60 * second)
    expect(await client.alarms.list({})).toMatchObject([{ rule: 'tsErrors', severity: 'warning' }])
    expect(await client.probes.get({ id })).toMatchObject({ grade: 'fair', gradeReasons: [{ figure: 'tsErrors', value: 4 }] })
    const lines = [...engine.exported({ format: 'text', operator: null })].join('')
    expect(lines).toMatch(/^mtxdeck_probe_ts_errors\{.*\} 4$/m)
    expect(lines).toMatch(/^mtxdeck_probe_pcr_interval_seconds\{.*\} 0.04$/m)
    streams.set('udp://239.1.1.1:5000', { ts: { ...goodTs, continuityErrors: 300 } })
    await engines.clock.advance(60 * second)
    expect(await client.alarms.list({})).toMatchObject([{ rule: 'tsErrors', severity: 'major' }])
    streams.set('udp://239.1.1.1:5000', { ts: goodTs })
    await engines.clock.advance(150 * second)
    expect(await raised(client)).toEqual(['tsErrors cam1 healedUnseen'])
  })

  test('know no holes in what a slow stream shows: a reading counts until the next one can have ended', async () => {
    const { engine, client } = await start()
    const { response } = goodReading
    streams.set(camera, { response: { ...response, answerMs: 8_500 } })
    // It may answer after 10 s, and send a look of 6 s in 12.
    takesMs.set(camera, [500, 21_900])
    await add(client, { intervalSeconds: 5 })
    await engines.clock.advance(2 * second)
    for (let at = 2; at < 240; at += 3) {
      await engines.clock.advance(3 * second)
      const lines = [...engine.exported({ format: 'text', operator: null })].join('')
      expect(lines).toMatch(/^mtxdeck_probe_up\{.*\} 1$/m)
      expect(lines).toMatch(/^video_stream_up\{.*\} 1$/m)
    }
    expect(await raised(client)).toEqual(['probeAnswersSlowly cam1 unacknowledged'])
  })

  test('say what is otherwise than agreed, until that is agreed instead', async () => {
    const { client } = await start()
    const { id } = await add(client)
    expect(await refused(client.probes.agree({ id }))).toMatch(/has not been read since this console started/)
    await engines.clock.advance(7 * second)
    expect(await client.probes.agree({ id })).toMatchObject({ contract: { videoCodec: 'h264', widthPx: 1_920 }, differences: [] })
    const { video } = goodReading
    streams.set(camera, { video: video && { ...video, codec: 'hevc', widthPx: 1_280 } })
    await engines.clock.advance(120 * second)
    expect(await client.alarms.list({})).toMatchObject([{ rule: 'contractBroken', said: 'videoCodec h264 → hevc, widthPx 1920 → 1280' }])
    expect(await client.probes.get({ id })).toMatchObject({ grade: 'good', severity: 'warning' })
    await client.probes.agree({ id })
    await engines.clock.advance(180 * second)
    expect(await client.probes.get({ id })).toMatchObject({ differences: [], contract: { videoCodec: 'hevc' } })
    expect(await raised(client)).toEqual([])
    expect(await client.probes.update({ id, change: { contract: null } })).toMatchObject({ contract: null })
  })

  test('where this console can read none, one alarm says so after a minute, and heals when it can', async () => {
    streams.set(camera, { kind: 'unavailable', because: 'keepsEnding' })
    const { client } = await start()
    const { id } = await add(client)
    await engines.clock.advance(45 * second)
    expect(await raised(client)).toEqual([])
    await engines.clock.advance(30 * second)
    expect(await client.alarms.list({})).toMatchObject([
      { kind: 'mediaFailing', severity: 'major', why: { kind: 'mediaFailing', error: { kind: 'unavailable' } } },
    ])
    expect(await client.probes.get({ id })).toMatchObject({ state: 'connecting', grade: null })
    expect(await client.probes.status()).toMatchObject({ why: { kind: 'unavailable', because: 'keepsEnding' } })
    streams.set(camera, {})
    await engines.clock.advance(60 * second)
    expect((await client.alarms.list({})).map(({ healedAt }) => healedAt !== null)).toEqual([true])
  })

  test('can be for some of them, by name and by project', async () => {
    const { client } = await start({ rules: [{ id: 'probeDown', tags: ['north'], exceptions: [{ probes: ['spare*'], enabled: false, reason: 'spare' }] }] })
    streams.clear()
    for (const [name, project] of [
      ['cam1', 'north'],
      ['spare1', 'north'],
      ['cam2', 'south'],
    ] as const)
      await add(client, { name, project, retries: 0 })
    await engines.clock.advance(150 * second)
    expect(await raised(client)).toEqual(['probeDown cam1 unacknowledged'])
  })
})
