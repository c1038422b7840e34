import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestClock } from '../clock/testClock.ts'
import { createDemoFleet, type DemoFleet } from '../demo/demoFleet.fixture.ts'
import type { DemoServerOptions } from '../demo/demoOptions.ts'
import { cautionsOf } from '../shared/servers.fixture.ts'
import type { ServerInput } from '../shared/servers.ts'
import type { EngineOptions } from './engineOptions.ts'
import type { SecretsKey } from './ports.ts'
import { createTestEngines, type TestEngines, testSecretsKey } from './testEngines.ts'

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)

describe('the engine, against media servers over real HTTP, in virtual time', () => {
  let engines: TestEngines
  let open: AsyncDisposableStack
  let clock: TestClock

  beforeEach(async () => {
    engines = await createTestEngines(startAt)
    ;({ open, clock } = engines)
  })
  afterEach(async () => {
    await engines[Symbol.asyncDispose]()
    expect(engines.bugs).toEqual([])
    expect(clock.pending(), 'a timer outlived the engine').toBe(0)
  })

  const startFleet = async (servers: readonly DemoServerOptions[]): Promise<DemoFleet> => open.use(await createDemoFleet({ clock, seed: 'engine', servers }))
  const start = async (options: EngineOptions = {}, key: SecretsKey = testSecretsKey) => (await engines.start(options, { secretsKey: key })).client
  const only = <T>(items: readonly T[]): T => {
    expect(items).toHaveLength(1)
    return items[0] as T
  }
  const cams = (count: number): DemoServerOptions => ({
    name: 'Berlin',
    paths: Array.from({ length: count }, (_, index) => ({ name: `cam-${index}`, source: 'rtspSession' as const })),
  })

  it('shows states at the first poll and rates at the second', async () => {
    const fleet = await startFleet([cams(3)])
    const client = await start({ servers: fleet.yamlServers() })
    await clock.advance(10)
    const first = await client.streams.list()
    expect(first.map(({ state }) => state)).toEqual(['live', 'live', 'live'])
    expect(first.map(({ bitrateInBps }) => bitrateInBps)).toEqual([null, null, null])
    await clock.advance(4_000)
    for (const { bitrateInBps } of await client.streams.list()) expect(bitrateInBps ?? 0).toBeGreaterThan(100_000)
    const server = only(await client.servers.list())
    expect(server.state).toBe('up')
    expect(server.origin).toBe('yaml')
    expect(server.version).toBe('v1.20.1')
  })

  it('sees all 2,500 paths of a server, and asks it less often where that would cost more than 1 % of a core (trap 25)', async () => {
    const fleet = await startFleet([{ name: 'Berlin', paths: 2_500 }])
    const client = await start({ servers: fleet.yamlServers() })
    await clock.advance(4_000)
    expect(only(await client.servers.list()).totals.bitrateInBps, 'the second poll comes as soon as was asked for').not.toBeNull()
    await clock.advance(16_000)
    const server = only(await client.servers.list())
    expect(server.totals.streams).toBe(2_500)
    expect(server.cost?.intervalSeconds).toBe(2)
    expect(server.cost?.effectiveIntervalSeconds ?? 0).toBeGreaterThan(2)
    expect(server.cost?.cpuPercent ?? 100).toBeLessThanOrEqual(1.01)
  })

  it('takes one lost answer for no outage, and a dead server for one trouble with its streams unknown', async () => {
    const fleet = await startFleet([cams(4)])
    const client = await start({ servers: fleet.yamlServers() })
    await clock.advance(5_000)
    // One poll is lost and no second one, wherever its slot lies.
    const berlin = fleet.server('Berlin')
    const asked = berlin.asked().length
    berlin.trouble({ kind: 'cut' })
    while (berlin.asked().length === asked) await clock.advance(50)
    berlin.trouble({ kind: 'clear' })
    await clock.advance(4_000)
    expect(only(await client.servers.list()).state).toBe('up')
    expect((await client.history.events({ kinds: ['serverDown'] })).length).toBe(0)
    const { gaps } = only(
      await client.history.range({
        series: [{ serverId: only(await client.servers.list()).id, path: 'cam-0', metric: 'path.bitrateIn' }],
        from: startAt,
        to: startAt + 9_000,
        points: 50,
      }),
    )
    expect(gaps.length, 'what was not answered is not known').toBeGreaterThan(0)

    fleet.server('Berlin').trouble({ kind: 'die' })
    await clock.advance(8_000)
    const down = only(await client.servers.list())
    expect(down.state).toBe('down')
    expect(down.error).toEqual({ kind: 'unreachable', reason: 'refused' })
    expect(down.totals.unknown).toBe(4)
    expect(down.totals.readers).toBeNull()
    const trouble = only(await client.fleet.troubles())
    expect(trouble).toMatchObject({ kind: 'serverDown', severity: 'critical', path: null, streams: 4 })
    expect((await client.streams.list()).map(({ state, bitrateInBps }) => [state, bitrateInBps])).toEqual(Array(4).fill(['unknown', null]))

    fleet.server('Berlin').trouble({ kind: 'clear' })
    await clock.advance(40_000)
    expect(only(await client.servers.list()).state).toBe('up')
    expect((await client.history.events({ kinds: ['serverUp'] })).map(({ text }) => text).join()).toMatch(/Berlin answers again after/)
    expect((await client.history.events({ kinds: ['streamOff'] })).length, 'the server was down, not its streams').toBe(0)
  })

  it('tries a dead server again after 1, 2, 4 and then 5 s', async () => {
    const fleet = await startFleet([cams(1)])
    const client = await start({ servers: fleet.yamlServers() })
    await clock.advance(3_000)
    fleet.server('Berlin').trouble({ kind: 'die' })
    const tries = new Set<number>()
    for (let i = 0; i < 300; i++) {
      await clock.advance(100)
      const { nextTryAt } = only(await client.servers.list())
      if (nextTryAt !== null) tries.add(nextTryAt)
    }
    const distances = [...tries].map((at, i, all) => at - (all[i - 1] ?? at)).slice(1)
    expect(distances.slice(0, 6)).toEqual([2_000, 4_000, 5_000, 5_000, 5_000, 5_000])
  })

  it('halts on 401 without a second try, and goes on at once with other credentials', async () => {
    const fleet = await startFleet([{ ...cams(2), auth: { kind: 'basic', user: 'noc', password: 'watch-me' } }])
    const url = only(fleet.yamlServers()).url
    const client = await start()
    const added = await client.servers.add({ name: 'Berlin', url, auth: { kind: 'basic', user: 'noc', password: 'wrong' } })
    await clock.advance(60_000)
    const halted = await client.servers.get({ id: added.id })
    expect(halted.state).toBe('halted')
    expect(halted.error).toEqual({ kind: 'unauthorized', credentialsGiven: true })
    expect(JSON.stringify(halted)).not.toContain('wrong')
    const refused = only(fleet.servers)
      .asked()
      .filter(({ endpoint, authorized }) => endpoint === 'api' && !authorized)
    expect(refused).toHaveLength(1)
    await client.servers.update({ id: added.id, change: { auth: { kind: 'basic', user: 'noc', password: 'watch-me' } } })
    await clock.advance(100)
    expect((await client.servers.get({ id: added.id })).state).toBe('up')
  })

  it('keeps servers, secrets and history over a new name and a restart', async () => {
    const fleet = await startFleet([{ ...cams(2), auth: { kind: 'basic', user: 'noc', password: 'watch-me' } }])
    const url = only(fleet.yamlServers()).url
    const first = await start()
    const added = await first.servers.add({ name: 'Berlin', url, auth: { kind: 'basic', user: 'noc', password: 'watch-me' }, tags: ['north'] })
    await clock.advance(20_000)
    await first.servers.update({ id: added.id, change: { name: 'Berlin Mitte' } })
    await engines.stop()
    await clock.advance(60_000)
    const second = await start()
    await clock.advance(6_000)
    const again = only(await second.servers.list())
    expect(again).toMatchObject({ id: added.id, name: 'Berlin Mitte', state: 'up', tags: ['north'], auth: { kind: 'basic', user: 'noc', hasSecret: true } })
    const columns = only(
      await second.history.range({
        series: [{ serverId: added.id, path: 'cam-0', metric: 'path.bitrateIn' }],
        from: startAt,
        to: startAt + 100_000,
        points: 50,
      }),
    )
    expect(columns.at.some((at) => at < startAt + 20_000)).toBe(true)
    expect(columns.at.some((at) => at > startAt + 80_000)).toBe(true)
    expect(
      columns.gaps.some(([from, to]) => from <= startAt + 24_000 && to >= startAt + 76_000),
      `nobody watched for a minute: ${JSON.stringify(columns.gaps)}`,
    ).toBe(true)
  })

  it('says when a stored password cannot be read any more, and does not ask the server with a wrong one', async () => {
    const fleet = await startFleet([{ ...cams(1), auth: { kind: 'basic', user: 'noc', password: 'watch-me' } }])
    const first = await start()
    await first.servers.add({ name: 'Berlin', url: only(fleet.yamlServers()).url, auth: { kind: 'basic', user: 'noc', password: 'watch-me' } })
    await clock.advance(3_000)
    await engines.stop()
    const before = only(fleet.servers).asked().length
    const second = await start({}, { ...testSecretsKey, key: new Uint8Array(32).fill(9) })
    await clock.advance(10_000)
    const server = only(await second.servers.list())
    expect(server.state).toBe('halted')
    expect(server.error?.kind).toBe('secretMissing')
    const { rows } = await second.availability.read({ to: clock.now(), of: 'server' })
    expect(rows).toMatchObject([{ downMs: 0, outages: 0 }])
    expect(rows[0]?.unknownMs).toBeGreaterThan(8_000)
    expect(only(fleet.servers).asked().length).toBe(before)
  })

  it('lets the configuration file win over a stored server of the same name, with a warning, and keeps its id', async () => {
    const fleet = await startFleet([cams(1)])
    const yaml = only(fleet.yamlServers())
    const first = await start()
    const stored = await first.servers.add({ name: 'berlin', url: 'http://127.0.0.1:9', tags: ['stored'] })
    await engines.stop()
    const second = await start({ servers: [yaml] })
    await clock.advance(3_000)
    const server = only(await second.servers.list())
    expect(server).toMatchObject({ id: stored.id, name: 'Berlin', origin: 'yaml', state: 'up' })
    expect(cautionsOf(server).join()).toMatch(/configuration file wins/)
    await expect(second.servers.update({ id: server.id, change: { name: 'x' } })).rejects.toMatchObject({ code: 'READ_ONLY' })
    await expect(second.servers.remove({ id: server.id })).rejects.toMatchObject({ code: 'READ_ONLY' })
    await engines.stop()
    const third = await start()
    expect(only(await third.servers.list())).toMatchObject({ id: stored.id, name: 'berlin', origin: 'stored', tags: ['stored'] })
  })

  it('refuses a second server of the same name, and knows no server that was removed', async () => {
    const client = await start()
    const added = await client.servers.add({ name: 'A', url: '127.0.0.1:9', paused: true })
    expect(added.url).toBe('http://127.0.0.1:9')
    expect(added.state).toBe('paused')
    await expect(client.servers.add({ name: 'a', url: '127.0.0.1:9' })).rejects.toMatchObject({ code: 'NAME_TAKEN' })
    await client.servers.remove({ id: added.id })
    await expect(client.servers.get({ id: added.id })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await client.servers.list()).toEqual([])
  })

  it('tells a restart and an upgrade of a server as events, without streams going off', async () => {
    const fleet = await startFleet([{ ...cams(3), version: '1.17' }])
    const client = await start({ servers: fleet.yamlServers() })
    await clock.advance(65_000)
    fleet.server('Berlin').trouble({ kind: 'die', version: '1.20', forMs: 200 })
    await clock.advance(130_000)
    const events = await client.history.events({ limit: 1000 })
    const kinds = events.map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'serverRestarted')).toHaveLength(1)
    expect(kinds.filter((kind) => kind === 'serverUpgraded')).toHaveLength(1)
    expect(events.find(({ kind }) => kind === 'serverUpgraded')?.facts).toEqual({ before: 'v1.17.1', after: 'v1.20.1' })
    expect(only(await client.servers.list()).totals.live).toBe(3)
  })

  it('knows nothing, instead of streams down, after the machine slept', async () => {
    const fleet = await startFleet([cams(2)])
    const client = await start({ servers: fleet.yamlServers() })
    await clock.advance(10_000)
    await clock.sleepMachine(3_600_000)
    await clock.advance(5_000)
    const events = await client.history.events({ limit: 1000 })
    expect(events.map(({ kind }) => kind)).toContain('consoleGap')
    expect(events.filter(({ kind }) => kind === 'streamOff' || kind === 'serverDown')).toEqual([])
    expect(only(await client.servers.list()).state).toBe('up')
    expect((await client.streams.list()).map(({ state }) => state)).toEqual(['live', 'live'])
    for (const { bitrateInBps } of await client.streams.list()) expect(bitrateInBps ?? 0, 'no spike of an hour in one interval').toBeLessThan(50e6)
  })

  it('says that it has no network itself, once, instead of calling its servers down', async () => {
    const client = await start({
      hasNetwork: () => false,
      servers: ['192.0.2.1', '192.0.2.2'].map(
        (host): ServerInput => ({
          name: host,
          url: `http://nowhere-${host}.invalid:9997`,
          auth: { kind: 'none' },
          fingerprint: null,
          intervalSeconds: 2,
          addresses: {},
          tags: [],
          paused: false,
        }),
      ),
    })
    await clock.advance(20_000)
    expect((await client.servers.list()).map(({ state }) => state)).toEqual(['unknown', 'unknown'])
    expect(await client.fleet.troubles()).toEqual([])
    const { consoleWhy } = await client.fleet.changes({})
    expect(consoleWhy).toEqual({ kind: 'noNetwork' })
    expect((await client.history.events({ limit: 100 })).map(({ kind }) => kind)).toEqual(['consoleGap'])
  })

  it.each([
    ['garbage', 'badReply'],
    ['html', 'notMediaMtx'],
    ['cut', 'cutReply'],
    ['hang', 'timedOut'],
    ['noAnswer', 'timedOut'],
  ] as const)('has words for %s, and neither crashes nor shows a zero', async (kind, error) => {
    const fleet = await startFleet([cams(2)])
    const client = await start({ servers: fleet.yamlServers() })
    await clock.advance(5_000)
    fleet.server('Berlin').trouble({ kind })
    await clock.advance(20_000)
    const server = only(await client.servers.list())
    expect(server.state).toBe('down')
    expect(server.error?.kind).toBe(error)
    expect((await client.streams.list()).map(({ state, bitrateInBps, readers }) => [state, bitrateInBps, readers])).toEqual(
      Array(2).fill(['unknown', null, null]),
    )
  })

  it('lends a stored password to a test of its own server only, never to another address', async () => {
    const fleet = await startFleet([
      { ...cams(1), auth: { kind: 'basic', user: 'noc', password: 'watch-me' } },
      { ...cams(1), name: 'Other', auth: { kind: 'basic', user: 'noc', password: 'watch-me' } },
    ])
    const client = await start()
    const [berlin, other] = fleet.yamlServers()
    const added = await client.servers.add({ name: 'Berlin', url: berlin?.url ?? '', auth: { kind: 'basic', user: 'noc', password: 'watch-me' } })
    const auth = { kind: 'basic', user: 'noc' } as const
    const tested = async (url: string) => {
      const testing = client.servers.test({ id: added.id, url, auth })
      await clock.advance(10_000)
      return (await testing).ok
    }
    expect(await tested(berlin?.url ?? '')).toBe(true)
    expect(await tested(other?.url ?? '')).toBe(false)
    expect(
      fleet
        .server('Other')
        .asked()
        .some(({ authorized, endpoint }) => endpoint === 'api' && authorized),
    ).toBe(false)
  })

  it('keeps a stored password for the host that it was entered for: who names another one has to enter it again', async () => {
    const secrets: (string | undefined)[] = []
    const catcher = createServer((request, response) => {
      secrets.push(request.headers.authorization)
      response.writeHead(401).end()
    })
    open.defer(() => void catcher.close())
    await new Promise<void>((resolve) => catcher.listen(0, '127.0.0.1', resolve))
    const { port } = catcher.address() as AddressInfo
    const fleet = await startFleet([{ ...cams(1), auth: { kind: 'basic', user: 'noc', password: 'watch-me' } }])
    const url = only(fleet.yamlServers()).url
    const client = await start()
    const added = await client.servers.add({ name: 'Berlin', url, auth: { kind: 'basic', user: 'noc', password: 'watch-me' } })
    await clock.advance(2_000)
    const elsewhere = await client.servers.update({ id: added.id, change: { url: `http://localhost:${port}`, auth: { kind: 'basic', user: 'noc' } } })
    expect(elsewhere).toMatchObject({ state: 'halted', error: { kind: 'secretMissing' }, auth: { hasSecret: false } })
    await client.servers.update({ id: added.id, change: { name: 'Renamed', url } })
    await clock.advance(10_000)
    expect(await client.servers.get({ id: added.id })).toMatchObject({ state: 'halted', auth: { hasSecret: false } })
    expect(secrets).toEqual([])
    await client.servers.update({ id: added.id, change: { auth: { kind: 'basic', user: 'noc', password: 'watch-me' } } })
    await clock.advance(2_000)
    // Pictures are asked for with it too.
    const addresses = { hls: `http://localhost:${port}` }
    expect(await client.servers.update({ id: added.id, change: { addresses } })).toMatchObject({ state: 'halted', auth: { hasSecret: false } })
    await client.servers.update({ id: added.id, change: { addresses, auth: { kind: 'basic', user: 'noc', password: 'watch-me' } } })
    expect(await client.servers.update({ id: added.id, change: { addresses, tags: ['north'] } })).toMatchObject({ auth: { hasSecret: true } })
    // Another port or another spelling of the same host is no other host.
    const moved = await client.servers.update({ id: added.id, change: { url: `${url}/` } })
    expect(moved).toMatchObject({ auth: { hasSecret: true } })
    await clock.advance(2_000)
    expect(await client.servers.get({ id: added.id })).toMatchObject({ state: 'up', cautions: [] })
  })

  it('does not forget a stored password that cannot be read just now when something else is changed', async () => {
    const fleet = await startFleet([{ ...cams(1), auth: { kind: 'basic', user: 'noc', password: 'watch-me' } }])
    const url = only(fleet.yamlServers()).url
    let client = await start()
    const { id } = await client.servers.add({ name: 'Berlin', url, auth: { kind: 'basic', user: 'noc', password: 'watch-me' } })
    await engines.stop()
    // A keychain that is locked: it opens again another time.
    client = await start({}, { protection: 'none', kept: { kind: 'noKeychain' }, key: null })
    await client.servers.update({ id, change: { tags: ['north'] } })
    expect(await client.servers.get({ id })).toMatchObject({ state: 'halted', error: { kind: 'secretMissing' } })
    await engines.stop()
    client = await start()
    await clock.advance(2_000)
    expect(await client.servers.get({ id })).toMatchObject({ state: 'up', tags: ['north'], auth: { hasSecret: true } })
  })

  it('refuses a data folder that another engine uses, with words', async () => {
    await start()
    await expect(start()).rejects.toThrow(/Another mtxdeck .* uses/)
  })
})
