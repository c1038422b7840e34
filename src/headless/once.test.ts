import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clock, createSystemClock } from '../clock/clock.ts'
import { createTestClock } from '../clock/testClock.ts'
import { createDemoFleet, type DemoFleet } from '../demo/demoFleet.fixture.ts'
import type { YamlHost } from '../engine/hosts/hosts.ts'
import { canListenByName, startNamedListener } from '../engine/hosts/testMediaProcess.fixture.ts'
import { createTestSshHost } from '../engine/hosts/testSshHost.fixture.ts'
import { pollOnce } from '../engine/pollOnce.ts'
import { createTestLog } from '../engine/testLog.ts'
import type { OnceHost } from '../shared/hosts.ts'
import { type ServerInput, serverInputSchema } from '../shared/servers.ts'
import { type OnceReport, onceReportSchema } from '../shared/streams.ts'
import { onceExitCode, onceTable } from './once.ts'

const clock = createSystemClock()
const log = createTestLog((_facts, text) => expect.fail(text))
const password = 'hunter2-of-berlin'
let fleet: DemoFleet
beforeAll(async () => {
  fleet = await createDemoFleet({
    clock,
    seed: 'once',
    servers: [
      {
        name: 'berlin',
        version: '1.20',
        auth: { kind: 'basic', user: 'noc', password },
        paths: [
          { name: 'studio/a', source: 'srtConn', readers: ['hlsSession'] },
          { name: 'silent', source: 'rtspSource', mode: 'pulled' },
          { name: 'empty', live: false },
        ],
      },
      { name: 'old', version: '1.3', paths: 3 },
      { name: 'slate', version: '1.20', paths: [{ name: 'always', mode: 'alwaysAvailable', live: false }] },
    ],
  })
})
afterAll(() => fleet[Symbol.asyncDispose]())

const poll = (servers: readonly ServerInput[], more: { single?: boolean; hosts?: readonly YamlHost[] } = {}) =>
  pollOnce({ clock, log, version: 'test', servers, single: false, signal: new AbortController().signal, ...more })
const inputOf = (name: string, change: Partial<ServerInput> = {}): ServerInput => ({ ...fleet.server(name).input, intervalSeconds: 0.5, ...change })
function streamOf(report: OnceReport, name: string) {
  const found = report.servers.flatMap((server) => server.streams).find((stream) => stream.name === name)
  if (!found) throw new Error(`no stream ${name}`)
  return found
}

test('two polls give rates, in the form that scripts were promised', async () => {
  const report = await poll([inputOf('berlin'), inputOf('old')])
  expect(onceReportSchema.strict().parse(JSON.parse(JSON.stringify(report)))).toEqual(report)
  expect(report.at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  expect(report.servers.map(({ name, reachable, error, version }) => ({ name, reachable, error, version }))).toEqual([
    { name: 'berlin', reachable: true, error: null, version: 'v1.20.1' },
    // Before 1.15 no server told its version.
    { name: 'old', reachable: true, error: null, version: null },
  ])
  expect(report.servers[0]?.startedAt).toMatch(/Z$/)
  const live = streamOf(report, 'studio/a')
  expect(live).toMatchObject({ state: 'live', source: { type: 'srtConn' }, sourceType: 'srtConn', readers: 1, ownReaders: 0, jitter: null })
  expect(live.bitrateInBps).toBeGreaterThan(100_000)
  for (const figure of [live.rtt, live.recvRateMbps, live.linkCapacityMbps, live.packetsLost, live.packetsDropped]) expect(figure).not.toBeNull()
  expect(live.upSince).toMatch(/Z$/)
  // Nobody publishes: nothing is known, and nothing is zero.
  expect(streamOf(report, 'empty')).toMatchObject({ state: 'waiting', bitrateInBps: null, upSince: null, rtt: null })
  expect(onceExitCode(report)).toBe(0)
})

test('what the configuration file expects and is not there is trouble', async () => {
  const report = await poll([inputOf('berlin', { expected: ['studio/*', 'missing'] })])
  expect(streamOf(report, 'studio/a')).toMatchObject({ state: 'live', expected: true })
  expect(streamOf(report, 'missing')).toMatchObject({ state: 'gone', expected: true, severity: 'critical' })
  expect(onceExitCode(report)).toBe(1)
})

test('a single poll knows no rates', async () => {
  const report = await poll([inputOf('berlin')], { single: true })
  expect(streamOf(report, 'studio/a')).toMatchObject({ state: 'live', bitrateInBps: null, bitrateOutBps: null })
  expect(streamOf(report, 'studio/a').bytesReceived).toBeGreaterThan(0)
})

test('a slate and a stall are trouble, whatever the interval', async () => {
  const slate = await poll([inputOf('slate')])
  expect(streamOf(slate, 'always').state).toBe('slate')
  expect(onceExitCode(slate)).toBe(1)

  // In virtual time, which goes on once the first poll has all its answers: a slow machine is no stall.
  const time = createTestClock(Date.UTC(2026, 10, 14))
  await using stalled = await createDemoFleet({
    clock: time,
    seed: 'stall',
    servers: [{ name: 'berlin', version: '1.20', paths: ['studio/a', 'silent'].map((name) => ({ name, source: 'rtspSource', mode: 'pulled' as const })) }],
  })
  stalled.server('berlin').trouble({ kind: 'stall', path: 'silent', keep: true })
  const pollApart = async (intervalSeconds: number) => {
    let polled = Promise.withResolvers<void>()
    const clock: Clock = {
      ...time,
      setTimeout: (run, ms) => {
        if (ms === intervalSeconds * 1000) polled.resolve()
        return time.setTimeout(run, ms)
      },
    }
    const servers = [{ ...stalled.server('berlin').input, intervalSeconds }]
    const report = pollOnce({ clock, log, version: 'test', servers, single: false, signal: new AbortController().signal })
    while (!(await Promise.race([polled.promise.then(() => false), report.then(() => true)]))) {
      polled = Promise.withResolvers<void>()
      await time.advance(intervalSeconds * 1000)
    }
    return await report
  }
  const short = await pollApart(0.5)
  const long = await pollApart(4)
  expect(streamOf(short, 'silent').state).toBe('stalled')
  expect(streamOf(long, 'silent').state).toBe('stalled')
  expect(streamOf(long, 'studio/a').state).toBe('live')
  expect(onceExitCode(long)).toBe(1)
})

test('a hundred servers that are silent, refuse or lie hold nobody up, and come before other trouble', async () => {
  const mute = createServer(() => {})
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
  const muteUrl = `http://127.0.0.1:${(mute.address() as AddressInfo).port}`
  const server = (index: number, url: string) => serverInputSchema.parse({ name: `dead ${index}`, url })
  const dead = Array.from({ length: 100 }, (_, index) => server(index, index % 2 ? muteUrl : 'http://127.0.0.1:9'))
  const started = clock.monotonic()
  const report = await poll([...dead, inputOf('slate'), inputOf('berlin', { auth: { kind: 'basic', user: 'noc', password: 'wrong-hunter2' } })])
  const tookMs = clock.monotonic() - started
  mute.closeAllConnections()
  mute.close()
  // Each has its 5 s, all at the same time: one after the other it would be 250 s.
  expect(tookMs).toBeLessThan(125_000)
  expect(report.servers).toHaveLength(102)
  expect(report.servers[0]).toMatchObject({ reachable: false, streams: [], error: expect.stringContaining('nothing listens') })
  expect(report.servers[1]).toMatchObject({ reachable: false, error: expect.stringContaining('no answer within 5 s') })
  expect(report.servers[101]).toMatchObject({ reachable: false, error: expect.stringContaining('rejects this user') })
  expect(streamOf(report, 'always').state).toBe('slate')
  expect(onceExitCode(report)).toBe(2)
  expect(JSON.stringify(report)).not.toContain('hunter2')
  expect(onceTable(report)).not.toContain('hunter2')
})

test('an answer that breaks the HTTP client costs its own server, and not the report of the others', async () => {
  const sockets = new Set<Socket>()
  const broken = createTcpServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    socket.on('data', () => socket.write('HTTP/1.1 099 x\r\ncontent-length: 2\r\n\r\n{}'))
  })
  await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(broken.address() as AddressInfo).port}`
  const report = await poll([serverInputSchema.parse({ name: 'broken', url }), inputOf('berlin')])
  for (const socket of sockets) socket.destroy()
  broken.close()
  expect(report.servers[0]).toMatchObject({ reachable: false, error: expect.stringContaining('its HTTP is malformed') })
  expect(report.servers[1]).toMatchObject({ reachable: true })
  expect(onceExitCode(report)).toBe(2)
})

test('people get a table in which unknown is a dash and names cannot steer the terminal', async () => {
  const report = await poll([inputOf('berlin')])
  const [server] = report.servers
  if (!server) throw new Error('no server')
  const table = onceTable({ ...report, servers: [{ ...server, streams: [...server.streams, { ...streamOf(report, 'empty'), name: 'evil\u001b[2J' }] }] })
  expect(table).toMatch(/^berlin {2}http:\/\/127\.0\.0\.1:\d+ {2}MediaMTX 1\.20\.1, \d streams$/m)
  expect(table).toMatch(/studio\/a\s+live\s+srtConn.*Mbit\/s/)
  expect(table).toMatch(/empty\s+waiting\s+–/)
  expect(table).toContain('evil�[2J')
  expect(table).not.toContain('\u001b')
})

test('a server that does not answer is said in capitals, and a host with its figures', async () => {
  const away = serverInputSchema.parse({ name: 'away', url: 'http://127.0.0.1:1' })
  const report = await poll([away, inputOf('berlin')], { single: true })
  const table = onceTable(report)
  expect(table).toMatch(/^away {2}http:\/\/127\.0\.0\.1:1 {2}CAN NOT BE READ$/m)
  expect(table).toMatch(/STREAM\s+STATE/)
  const rates = { receivedBps: 4_210_000, sentBps: null, errors: 0, drops: 0 }
  const host: OnceHost = {
    name: 'oslo',
    reachable: true,
    error: null,
    cpuPercent: 7,
    perCorePercent: null,
    load1: 1.25,
    memoryPercent: 40,
    memoryTotalBytes: 16e9,
    disks: [{ mount: '/', usedPercent: 61, freeBytes: 90e9 }],
    networks: [{ name: 'eth0', ...rates }],
    temperaturesC: null,
    uptimeSeconds: 93_600,
    mediaServer: { cpuPercent: 3, memoryBytes: 90e6, openFiles: null },
  }
  expect(onceTable({ ...report, servers: [], hosts: [host] }).split('\n')).toEqual([
    'oslo  host  CPU 7 %, load 1.25, memory 40 % of 16.0 GB, up 1 d 02 h, mediamtx 3 % of a core, 90.0 MB',
    '  /  61 % used, 90.0 GB free',
    '  eth0  4.21 Mbit/s in, – out',
  ])
})

test('names cannot turn the table around, nor make it wider than anybody reads', async () => {
  const report = await poll([inputOf('berlin')], { single: true })
  const [server] = report.servers
  if (!server) throw new Error('no server')
  const stream = streamOf(report, 'empty')
  const names = ['\u202egnp.exe', 'two\u2028lines', '\u2066x', 'n'.repeat(4000)]
  const lines = onceTable({ ...report, servers: [{ ...server, streams: names.map((name) => ({ ...stream, name })) }] }).split('\n')
  expect(lines.slice(2).map((line) => line.trim().split(' ')[0])).toEqual(['�gnp.exe', 'two�lines', '�x', `${'n'.repeat(99)}…`])
  for (const line of lines) expect(line.length).toBeLessThan(250)
})

test('a server with more streams than a call has arguments has its table', async () => {
  const report = await poll([inputOf('berlin')], { single: true })
  const [server] = report.servers
  if (!server) throw new Error('no server')
  const streams = Array.from({ length: 150_000 }, () => streamOf(report, 'empty'))
  expect(onceTable({ ...report, servers: [{ ...server, streams }] }).split('\n')).toHaveLength(150_002)
})

test.skipIf(!canListenByName)('of two media servers on a host the one whose server it is named for has its figures', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mtxdeck-once-'))
  using one = await startNamedListener(folder, 'mediamtx-a')
  using other = await startNamedListener(folder, 'mediamtx-b')
  const api = createServer((request, response) => {
    // It tells where it listens: what stands before it may have another port.
    const answer = request.url?.includes('config/global/get') ? { apiAddress: `:${other.port}` } : { itemCount: 0, pageCount: 1, items: [] }
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => void api.listen(0, '127.0.0.1', resolve))
  const { port } = api.address() as AddressInfo
  const here = { ssh: null, auth: null, knownHostsFile: null, jump: [], intervalSeconds: 1 }
  const named = (name: string, url: string) => inputOf('berlin', { name, url, auth: { kind: 'none' } })
  const { hosts } = await poll(
    [named('proxied', `http://127.0.0.1:${port}`), named('direct', `http://127.0.0.1:${one.port}`), named('gone', 'http://127.0.0.1:9')],
    {
      single: true,
      hosts: ['Proxied', 'direct', 'gone', null].map((server) => ({ ...here, name: `of ${server}`, server })),
    },
  )
  api.close()
  await rm(folder, { recursive: true })
  expect(hosts.map(({ name, mediaServer }) => [name, mediaServer === null ? null : mediaServer.memoryBytes === null])).toEqual([
    ['of Proxied', false],
    ['of direct', false],
    ['of gone', null],
    ['of null', null],
  ])
})

test('hosts have their figures in the form that scripts were promised, null where they cannot tell', async () => {
  await using far = await createTestSshHost()
  const folder = await mkdtemp(join(tmpdir(), 'mtxdeck-once-'))
  const knownHostsFile = join(folder, 'known')
  await writeFile(knownHostsFile, far.knownHostsLine())
  const base = { jump: [], intervalSeconds: 1, server: null }
  const auth = { kind: 'password', password: 'secret' } as const
  const started = clock.monotonic()
  const report = await poll([inputOf('berlin')], {
    hosts: [
      { ...base, name: 'far', ssh: far.ssh, auth, knownHostsFile },
      { ...base, name: 'here', ssh: null, auth: null, knownHostsFile: null },
      { ...base, name: 'unknown', ssh: far.ssh, auth, knownHostsFile: null },
      { ...base, name: 'nobody', ssh: 'noc@127.0.0.1:9', auth, knownHostsFile },
    ],
  })
  await rm(folder, { recursive: true })
  expect(clock.monotonic() - started).toBeGreaterThanOrEqual(1000)
  expect(onceReportSchema.strict().parse(JSON.parse(JSON.stringify(report)))).toEqual(report)
  expect(report.hosts.map(({ name, reachable }) => [name, reachable])).toEqual([
    ['far', true],
    ['here', true],
    ['unknown', false],
    ['nobody', false],
  ])
  for (const host of report.hosts)
    expect(Object.keys(host)).toEqual([
      'name',
      'reachable',
      'error',
      'cpuPercent',
      'perCorePercent',
      'load1',
      'memoryPercent',
      'memoryTotalBytes',
      'disks',
      'networks',
      'temperaturesC',
      'uptimeSeconds',
      'mediaServer',
    ])
  const [one, here, unknown, nobody] = report.hosts
  for (const host of [one, here]) {
    expect(host?.error).toBeNull()
    // Known from the second reading on.
    expect(host?.cpuPercent).toEqual(expect.any(Number))
    expect(host?.perCorePercent).toContainEqual(expect.any(Number))
    expect(host?.memoryTotalBytes).toBeGreaterThan(1e6)
    expect(host?.uptimeSeconds).toBeGreaterThan(0)
  }
  expect(unknown).toMatchObject({
    error: expect.stringContaining(far.fingerprint()),
    cpuPercent: null,
    disks: null,
    networks: null,
    temperaturesC: null,
    mediaServer: null,
  })
  expect(nobody?.error).toContain('refused')
  expect(far.credentials).toEqual(['secret'])
  const table = onceTable(report)
  expect(table).toMatch(/^far {2}host {2}CPU \d+ %, load .*, memory \d+ % of /m)
  expect(table).toContain('nobody  host  CAN NOT BE READ')
  // A host that is dead is no server that does not answer.
  expect(onceExitCode(report)).toBe(0)
})
