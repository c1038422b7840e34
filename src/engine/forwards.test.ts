import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestTrouble } from '../demo/demoFleet.fixture.ts'
import { createDemoFleet, type DemoFleet } from '../demo/demoFleet.fixture.ts'
import type { DemoServerOptions } from '../demo/demoOptions.ts'
import { incidentCause } from '../i18n/incidentText.ts'
import { reasonText } from '../i18n/reasonText.ts'
import type { ServerInput } from '../shared/servers.ts'
import { streamSubject } from '../shared/subjectNames.ts'
import { createTestEngines, type TestEngines } from './testEngines.ts'

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const platform = 'rtmp://10.9.0.4/live/demo-stream-key'
const mirror = 'srt://mirror.example:8890?streamid=publish:backup&passphrase=demo-passphrase'
const berlin: DemoServerOptions = {
  name: 'Berlin',
  version: '1.20',
  off: ['hls', 'webrtc', 'srt', 'rtmp'],
  paths: [
    { name: 'pgm', source: 'rtspSession', forward: [platform, mirror] },
    { name: 'cam', source: 'rtspSession' },
  ],
}

describe('forward destinations of a media server over real HTTP, in virtual time', () => {
  let engines: TestEngines
  beforeEach(async () => {
    engines = await createTestEngines(startAt)
  })
  afterEach(async () => {
    await engines[Symbol.asyncDispose]()
    expect(engines.bugs).toEqual([])
  })

  const watch = async (options: Partial<DemoServerOptions> = {}, addresses: ServerInput['addresses'] = {}, before: readonly TestTrouble[] = []) => {
    const fleet: DemoFleet = engines.open.use(await createDemoFleet({ clock: engines.clock, seed: 'forwards', servers: [{ ...berlin, ...options }] }))
    for (const trouble of before) fleet.server('Berlin').trouble(trouble)
    const { client } = await engines.start({ servers: fleet.yamlServers().map((server) => ({ ...server, addresses })) })
    const demo = fleet.server('Berlin')
    await engines.clock.advance(20_000)
    const [server] = await client.servers.list()
    const serverId = server?.id ?? ''
    return {
      client,
      demo,
      serverId,
      befall: (trouble: TestTrouble) => demo.trouble(trouble),
      forwards: async (path = 'pgm') => (await client.streams.get({ serverId, path })).forwards,
      events: async () =>
        (await client.history.events({ kinds: ['forwardFailing', 'forwardRecovered'], limit: 100 })).map(({ kind, text }) => `${kind}: ${text}`).reverse(),
      asked: (part: string) => demo.asked().filter(({ url }) => url.includes(part)).length,
    }
  }

  it.each([
    ['by one request to the metrics', 'open'],
    ['from the API, where there are no metrics', 'none'],
    ['from the API, where the metrics refuse', 'refused'],
  ] as const)('are read %s', async (_, metrics) => {
    const { forwards, asked } = await watch({ metrics })
    expect(await forwards()).toMatchObject([
      { position: 1, protocol: 'rtmp', address: 'rtmp://10.9.0.4/***', state: 'forwarding', failingSince: null, lastError: null },
      { position: 2, protocol: 'srt', address: expect.stringMatching(/^srt:\/\/mirror\.example:8890\?/), state: 'forwarding' },
    ])
    expect(await forwards('cam')).toEqual([])
    await engines.clock.advance(60_000)
    const [first] = (await forwards()) ?? []
    expect(first?.bitrateBps).toBeGreaterThan(1_000_000)
    expect(engines.clock.now() - (first?.readAt ?? 0)).toBeLessThan(8_000)
    // Once where they are, then only their state; refused metrics are asked once.
    if (metrics === 'open') expect(asked('forward/list')).toBe(1)
    else expect(asked('forward/list')).toBeGreaterThan(8)
    expect(asked('forward_dests')).toBe(metrics === 'open' ? 14 : metrics === 'refused' ? 1 : 0)
  })

  it.each(['open', 'none'] as const)('one that fails is told once, with what its server says of it, and its end too (metrics: %s)', async (metrics) => {
    const { client, serverId, befall, forwards, events } = await watch({ metrics })
    befall({ kind: 'forwardFails', path: 'pgm', said: 'rtmp://10.9.0.4/live/demo-stream-key: bad name demo-stream-key', forMs: 120_000 })
    await engines.clock.advance(15_000)
    const shownError = 'rtmp://10.9.0.4/***/*** bad name ***'
    expect(await forwards()).toMatchObject([{ state: 'failing', lastError: shownError }, { state: 'forwarding' }])
    expect((await client.streams.forwards({ serverId })).destinations.map(({ path, state }) => `${path} ${state}`)).toEqual(['pgm failing', 'pgm forwarding'])
    const open = () => client.alarms.list({ state: ['unacknowledged'] })
    const alarms = async () => (await open()).map(({ rule, subject }) => [rule, subject])
    await engines.clock.advance(100_000)
    expect(await alarms()).toEqual([['forwardFailing', streamSubject(serverId, 'pgm')]])
    const [alarm] = await open()
    expect(alarm && reasonText(alarm.why, 'en')).toBe('Forwards failing: 1.')
    expect(alarm?.said).toBe(`rtmp://10.9.0.4/***: ${shownError}`)
    expect(alarm?.causes?.map(({ facts }) => facts.kind)).not.toContain('sourceRefuses')
    expect(await events()).toEqual([`forwardFailing: Forwarding to rtmp://10.9.0.4/*** fails: “${shownError}”.`])
    await engines.clock.advance(30_000)
    expect(await events()).toHaveLength(2)
    expect((await events())[1]).toBe('forwardRecovered: It is forwarded to rtmp://10.9.0.4/*** again.')
    await engines.clock.advance(60_000)
    expect(await alarms(), 'it has been well for a minute').toEqual([])
    const series = (['path.forwards', 'path.forwardsFailing'] as const).map((metric) => ({ subject: streamSubject(serverId, 'pgm'), metric }))
    const [all, failing] = await client.history.range({ series, from: startAt, to: engines.clock.now() + 1, points: 5000 })
    expect(new Set(all?.mean)).toEqual(new Set([2]))
    expect(failing?.mean.filter((value, index, values) => value !== values[index - 1])).toEqual([0, 1, 0])
  })

  it('nothing of their keys reaches the log, history or a window', async () => {
    const { client, befall, serverId } = await watch()
    befall({ kind: 'forwardFails', path: 'pgm', dest: mirror, said: 'passphrase demo-passphrase refused for publish:backup' })
    await engines.clock.advance(20_000)
    const said = JSON.stringify([
      await client.streams.get({ serverId, path: 'pgm' }),
      await client.streams.forwards({ serverId }),
      await client.servers.list(),
      await client.history.events({ limit: 100 }),
      engines.logged,
    ])
    expect(said).toContain('refused for')
    expect(said).not.toMatch(/demo-stream-key|demo-passphrase|backup/)
  })

  it('is called failing as long as its server only tries again, whatever it says meanwhile', async () => {
    const { befall, forwards } = await watch({ intervalSeconds: 1 })
    befall({ kind: 'forwardFails', path: 'pgm' })
    await engines.clock.advance(10_000)
    const states = new Set<string>()
    for (let second = 0; second < 60; second++) {
      await engines.clock.advance(1_000)
      states.add((await forwards())?.[0]?.state ?? '')
    }
    expect([...states]).toEqual(['failing'])
  })

  it('waits, and fails no longer, while nobody publishes what it would get; the failure is not told again', async () => {
    const { befall, forwards, events } = await watch()
    befall({ kind: 'forwardFails', path: 'pgm' })
    await engines.clock.advance(12_000)
    befall({ kind: 'publisherGone', path: 'pgm', forMs: 20_000 })
    await engines.clock.advance(12_000)
    expect(await forwards()).toMatchObject([{ state: 'waiting', lastError: null }, { state: 'waiting' }])
    await engines.clock.advance(30_000)
    expect(await forwards()).toMatchObject([{ state: 'failing' }, { state: 'forwarding' }])
    expect(await events()).toHaveLength(1)
  })

  it('no alarm of it stands beside that of the stream that is gone; it keeps what was said, and so does its incident', async () => {
    const { client, befall } = await watch()
    befall({ kind: 'forwardFails', path: 'pgm', said: 'dial tcp 10.9.0.4:1935: connection refused' })
    await engines.clock.advance(40_000)
    const open = async () =>
      Object.fromEntries((await client.alarms.list()).map(({ kind, rule, state, suppressedBy, said }) => [rule ?? kind, { state, suppressedBy, said }]))
    const said = 'rtmp://10.9.0.4/***: dial tcp 10.9.0.4:1935: connection refused'
    expect(await open()).toEqual({ forwardFailing: { state: 'unacknowledged', suppressedBy: null, said } })
    const [incident] = await client.incidents.list()
    expect(incident && incidentCause(incident, 'en')).toContain(`Forwards failing: 1. ${said}.`)
    befall({ kind: 'publisherGone', path: 'pgm', forMs: 120_000 })
    await engines.clock.advance(60_000)
    expect(await open()).toMatchObject({
      forwardFailing: { state: 'suppressed', suppressedBy: 'stream', said },
      streamGone: { state: 'unacknowledged', suppressedBy: null },
    })
    await engines.clock.advance(100_000)
    expect(await open()).toMatchObject({ forwardFailing: { state: 'unacknowledged', suppressedBy: null, said } })
  })

  it('ids that are new after a restart of the server are no news', async () => {
    const { befall, forwards, events } = await watch()
    befall({ kind: 'forwardFails', path: 'pgm' })
    await engines.clock.advance(12_000)
    befall({ kind: 'die', forMs: 500 })
    await engines.clock.advance(40_000)
    expect(await forwards()).toMatchObject([{ state: 'failing' }, { state: 'forwarding' }])
    expect(await events()).toHaveLength(1)
  })

  it('one that failed before it was watched is no news, however late the configuration says that there is one', async () => {
    const { forwards, events } = await watch({ intervalSeconds: 5 }, {}, [
      // One that is tried in that moment says to forward.
      { kind: 'forwardFails', path: 'pgm', untried: true },
      { kind: 'slow', delayMs: 900, forMs: 15_000 },
    ])
    await engines.clock.advance(40_000)
    expect(await forwards()).toMatchObject([{ state: 'failing' }, { state: 'forwarding' }])
    expect(await events()).toEqual([])
  })

  it('is unknown while its server can not be asked', async () => {
    const { befall, forwards } = await watch()
    befall({ kind: 'die' })
    await engines.clock.advance(20_000)
    expect(await forwards()).toMatchObject([{ state: 'unknown', bitrateBps: null }, { state: 'unknown' }])
  })

  it('a server that forwards nothing, or knows no forwarding, is asked nothing of it', async () => {
    const { asked, forwards } = await watch({ paths: [{ name: 'pgm', source: 'rtspSession' }] })
    expect(await forwards()).toEqual([])
    expect(asked('forward')).toBe(0)
    expect(asked('metrics')).toBe(0)
  })

  it('many that fail together are one event', async () => {
    const paths = Array.from({ length: 30 }, (_, index) => ({ name: `pgm-${index}`, source: 'rtspSession' as const, forward: [platform] }))
    const { befall, events } = await watch({ paths })
    for (const { name } of paths) befall({ kind: 'forwardFails', path: name })
    await engines.clock.advance(30_000)
    const [first, ...more] = await events()
    expect(first).toMatch(/^forwardFailing: 30 streams of Berlin: forwarding fails \(pgm-0, /)
    expect(more).toEqual([])
  })

  it('does no harm to the polls of a server whose metrics never answer', async () => {
    const hung = createServer(() => undefined)
    await new Promise<void>((resolve) => hung.listen(0, '127.0.0.1', resolve))
    engines.open.defer(() => {
      hung.closeAllConnections()
      hung.close()
    })
    const { client, forwards } = await watch({}, { metrics: `http://127.0.0.1:${(hung.address() as AddressInfo).port}` })
    await engines.clock.advance(30_000)
    expect(await client.servers.list()).toMatchObject([{ state: 'up', stateSince: startAt }])
    expect(await forwards()).toMatchObject([{ state: 'forwarding' }, { state: 'forwarding' }])
  })
})
