import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../../demo/demoFleet.fixture.ts'
import { rtspServer } from '../../demo/rtspServer.fixture.ts'
import { incidentMessage } from '../../i18n/incidentText.ts'
import { someAlarm } from '../../shared/alarms.fixture.ts'
import type { Alarm } from '../../shared/alarms.ts'
import type { Cause } from '../../shared/causes.ts'
import { newEvent } from '../../shared/events.ts'
import type { SeriesColumns } from '../../shared/history.ts'
import { someHost } from '../../shared/hosts.fixture.ts'
import type { Incident } from '../../shared/incidents.ts'
import { hostSubject, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import type { ChannelInput } from '../notifications/channelKinds.ts'
import type { TestEngines } from '../testEngines.ts'
import { createTestLog } from '../testLog.ts'
import { createCauseFinder } from './causes.ts'

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
let engines: TestEngines
let demo: DemoFleet
beforeEach(async () => {
  ;({ engines, demo } = await createTestFleet(startAt, 'causes', [rtspServer('Berlin', 'cam1', 'cam2')]))
})
afterEach(() => closeWithoutBugs(engines))

const columns = (at: number[], mean: number[]): SeriesColumns => ({ at, min: mean, mean, max: mean, gaps: [], tier: 'samples' })

type Deps = Parameters<typeof createCauseFinder>[0]
/** A finder beside which nothing is known but what is given. */
function finderOf({ streams, ...given }: Partial<Omit<Deps, 'streams'>> & Pick<Deps, 'found'> & { readonly streams?: Partial<Deps['streams']> }) {
  return createCauseFinder({
    clock: engines.clock,
    log: createTestLog(),
    history: { range: async ({ series }) => series.map(() => columns([], [])) },
    streams: {
      get: () => null,
      recordingOf: () => null,
      lastOnAt: () => null,
      entryOf: (_, path) => path,
      ...streams,
    },
    hostOf: () => null,
    elsewhereOf: () => [],
    canaryOf: () => null,
    alarmsOf: () => [],
    signal: new AbortController().signal,
    ...given,
  })
}

async function watch(channels: readonly ChannelInput[] = []) {
  const { engine, client } = await engines.start({ servers: demo.yamlServers(), channels }, { dataDir: join(engines.folder, 'data') })
  await engines.clock.advance(70_000)
  return { engine, client }
}

test('an alarm says why by the minute before, and so do its incident and its first message, also after a restart', async () => {
  const told: string[] = []
  const receiver = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => told.push(chunk.toString('utf8')))
    request.on('end', () => response.end())
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', () => resolve()))
  try {
    const { client, engine } = await watch([{ name: 'ops', webhook: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/` } as ChannelInput])
    demo.server('Berlin').trouble({ kind: 'publisherGone', path: 'cam1' })
    await engines.clock.advance(20_000)
    const [{ causes = [] } = {}] = await client.alarms.list()
    expect(causes.map(({ facts, sure }) => [facts.kind, sure])).toEqual([['publisherClosed', 'likely']])
    expect(causes[0]).toMatchObject({ of: { kind: 'stream', path: 'cam1' }, metric: 'path.bitrateIn' })
    expect(causes[0]?.facts.kind === 'publisherClosed' && causes[0].facts.bps).toBeGreaterThan(100_000)
    expect(await client.incidents.list()).toMatchObject([{ causes }])
    expect(told.map((text) => JSON.parse(text) as { event: string; cause: string })).toEqual([
      expect.objectContaining({
        event: 'start',
        cause: expect.stringMatching(/publisher closed it: .* arrived until then.*\(likely\)/),
      }),
    ])
    await engine[Symbol.asyncDispose]()
    const again = await watch()
    expect(await again.client.alarms.list()).toMatchObject([{ causes }])
  } finally {
    receiver.closeAllConnections()
    await new Promise((resolve) => receiver.close(resolve))
  }
})

test('of a publisher that an operator disconnected it is said by whom and why, with no other cause and no advice', async () => {
  const { client } = await watch()
  const { sessions } = await client.streams.get({ serverId: (await client.servers.list())[0]?.id ?? '', path: 'cam1' })
  const publisher = sessions.find(({ role }) => role === 'publisher')
  await client.sessions.kick({ id: publisher?.id ?? '', reason: 'wrong camera' })
  demo.server('Berlin').trouble({ kind: 'publisherGone', path: 'cam1' })
  await engines.clock.advance(20_000)
  const [alarm] = await client.alarms.list()
  expect(alarm).toMatchObject({ kind: 'streamGone', why: { kind: 'streamOff', kicked: { by: 'operator', reason: 'wrong camera' } } })
  expect(alarm?.causes?.map(({ facts }) => facts.kind)).toEqual([])
  const [incident] = await client.incidents.list()
  expect(incidentMessage(incident as Incident, 'en')).toEqual({
    cause: expect.stringMatching(/^Publisher [0-9.]+ was disconnected by operator after .*: “wrong camera”\.$/),
    todo: '',
  })
})

test('a return is looked up anew', async () => {
  const { client } = await watch()
  const causeOf = async () => (await client.alarms.list())[0]?.causes?.[0]?.facts
  demo.server('Berlin').trouble({ kind: 'publisherGone', path: 'cam1', forMs: 20_000 })
  await engines.clock.advance(60_000)
  const first = await causeOf()
  demo.server('Berlin').trouble({ kind: 'publisherGone', path: 'cam1' })
  await engines.clock.advance(30_000)
  expect(await causeOf()).toMatchObject({ kind: 'publisherClosed' })
  expect(await causeOf()).not.toEqual(first)
})

test('an outage long after the last one of the same alarm, which nobody acknowledged, is looked up anew, and shows nothing of then', async () => {
  const { client } = await watch()
  demo.server('Berlin').trouble({ kind: 'publisherGone', path: 'cam1', forMs: 20_000 })
  await engines.clock.advance(60_000)
  const [first] = (await client.alarms.list())[0]?.causes ?? []
  expect(first?.facts).toMatchObject({ kind: 'publisherClosed' })
  await engines.clock.advance(300_000)
  demo.server('Berlin').trouble({ kind: 'publisherGone', path: 'cam2' })
  await engines.clock.advance(120_000)
  demo.server('Berlin').trouble({ kind: 'publisherGone', path: 'cam1' })
  await engines.clock.advance(30_000)
  const [alarm] = (await client.alarms.list()).filter(({ subject }) => subject.kind === 'stream' && subject.path === 'cam1')
  expect(alarm?.incident).not.toBe(alarm?.id)
  expect(alarm?.causes?.map(({ facts }) => facts.kind)).toEqual(['publisherClosed'])
  expect(alarm?.causes?.[0]?.facts).not.toEqual(first?.facts)
})

test('of streams that return together long after, one is looked up for all of them', async () => {
  const lost = (id: string, change: Partial<Alarm> = {}) => someAlarm({ id, subject: streamSubject('a', id), incident: 'of today', since: startAt, ...change })
  const lookedUp = async (...alarms: readonly Alarm[]) => {
    const found: string[] = []
    const finder = finderOf({
      alarmsOf: () => alarms,
      found: (id) => found.push(id),
    })
    finder.search(alarms)
    await finder.searching()
    return found
  }
  expect(await lookedUp(lost('cam2', { count: 3 }), lost('cam1'), lost('cam3', { count: 2, since: startAt + 2_000 }))).toEqual(['cam1'])
  // An incident that begins with one of its alarms is looked up for that one.
  expect(await lookedUp(lost('cam2', { count: 3 }), lost('of today'), lost('cam3'))).toEqual(['of today'])
})

test('a busy host is the first cause, by the minute around the onset and by nothing later, also where several servers are on it', async () => {
  const host = someHost({ id: 'host-local', ssh: null, serverIds: ['a', 'b'] })
  const busyFrom = async (at: number, before: readonly number[] = []) => {
    const found: (readonly Cause[])[] = []
    const finder = finderOf({
      clock: { now: () => startAt + 300_000 },
      history: {
        range: async ({ series }) =>
          series.map(({ metric }) =>
            columns(
              [...before.map((_, index) => startAt - 120_000 - index * 60_000), startAt - 30_000, startAt + 30_000, at],
              metric === 'host.cpu' ? [...before, 10, 10, 400] : [...before.map(() => 0), 0, 0, 0],
            ),
          ),
      },
      hostOf: (serverId) => (host.serverIds.includes(serverId) ? host : null),
      found: (_, causes) => found.push(causes),
    })
    const { state: _, ...down } = someAlarm({ kind: 'serverDown', subject: serverSubject('b'), since: startAt })
    finder.search([down])
    await finder.searching()
    return found[0]?.map(({ facts }) => facts.kind)
  }
  expect(await busyFrom(startAt + 50_000)).toEqual(['hostBusy'])
  expect(await busyFrom(startAt + 50_000, [20, 30, 25])).toEqual(['hostBusy'])
  expect(await busyFrom(startAt + 50_000, [140, 130, 135]), 'as busy while all was well').toEqual([])
  expect(await busyFrom(startAt + 70_000)).toEqual([])
})

test('that the process of its media server ended is said of a server that is down, also where its machine is asked later, and not of an outage long after', () => {
  const down = (since: number): Alarm =>
    someAlarm({
      id: `down ${since}`,
      kind: 'serverDown',
      subject: serverSubject('a'),
      since,
      causes: [{ facts: { kind: 'hostNotRead', forMs: 3 }, sure: 'seen', of: null, metric: null }],
    })
  const found: unknown[] = []
  const finder = finderOf({
    alarmsOf: (serverId) => (serverId === 'a' ? [down(startAt), down(startAt - 600_000)] : []),
    found: (id, causes) => found.push([id, causes.map(({ facts }) => facts)]),
  })
  const about = { subject: hostSubject('host-local'), ownerName: 'local' }
  finder.addEvents([
    newEvent('mediaServerEnded', startAt + 9_000, { pid: 4711, serverId: 'a' }, about),
    newEvent('mediaServerEnded', startAt, { pid: 1, serverId: 'b' }, about),
  ])
  expect(found).toEqual([
    [
      `down ${startAt}`,
      [
        { kind: 'processEnded', pid: 4711, next: null },
        { kind: 'hostNotRead', forMs: 3 },
      ],
    ],
  ])
  finder.addEvents([newEvent('mediaServerRestarted', startAt + 90_000, { pid: 4780, before: 4711, serverId: 'a' }, about)])
  expect(found.at(-1)).toEqual([
    `down ${startAt}`,
    [
      { kind: 'processEnded', pid: 4711, next: 4780 },
      { kind: 'hostNotRead', forMs: 3 },
    ],
  ])
})

test('of two ends of the process within a minute, each outage is said to have the one that it began with', async () => {
  const down = (since: number, causes?: Alarm['causes']): Alarm =>
    someAlarm({ id: `down ${since}`, kind: 'serverDown', subject: serverSubject('a'), since, ...(causes && { causes }) })
  const found = new Map<string, unknown>()
  const [first, second] = [down(startAt, []), down(startAt + 32_000)]
  const finder = finderOf({
    clock: { now: () => startAt + 34_000 },
    hostOf: () => someHost({ id: 'host-local', ssh: null, serverIds: ['a'] }),
    alarmsOf: () => [first, { ...second, causes: [] }],
    found: (id, causes) => found.set(id, causes.find(({ facts: { kind } }) => kind === 'processEnded')?.facts),
  })
  const about = { subject: hostSubject('host-local'), ownerName: 'local' }
  finder.addEvents([newEvent('mediaServerRestarted', startAt + 5_000, { pid: 25579, before: 6952, serverId: 'a' }, about)])
  finder.search([second])
  await finder.searching()
  expect(found.get(second.id)).toBeUndefined()
  finder.addEvents([newEvent('mediaServerEnded', startAt + 36_000, { pid: 25579, serverId: 'a' }, about)])
  expect(found.get(first.id)).toMatchObject({ pid: 6952, next: 25579 })
  expect(found.get(second.id)).toMatchObject({ pid: 25579, next: null })
})

test('the end of a process is no cause of what befalls a stream that was published after it', async () => {
  const end = newEvent('mediaServerEnded', startAt, { pid: 16509, serverId: 'a' }, { subject: hostSubject('host-local'), ownerName: 'local' })
  const alarm = someAlarm({ kind: 'streamGone', subject: streamSubject('a', 'fwd'), since: startAt + 20_000, causes: [] })
  const kinds = async (onAt: number | null) => {
    const found: (readonly Cause[])[] = []
    const finder = finderOf({
      clock: { now: () => startAt + 24_000 },
      streams: { lastOnAt: () => onAt },
      hostOf: () => someHost({ id: 'host-local', ssh: null, serverIds: ['a'] }),
      alarmsOf: () => [alarm],
      found: (_, causes) => found.push(causes),
    })
    finder.addEvents([end])
    finder.search([alarm])
    await finder.searching()
    return found.map((causes) => causes.some(({ facts }) => facts.kind === 'processEnded'))
  }
  expect(await kinds(startAt + 16_000)).toEqual([false])
  // Of before the end, of after the fault, or unknown.
  expect(await kinds(startAt - 600_000)).toEqual([true, true])
  expect(await kinds(startAt + 23_000)).toEqual([true, true])
  expect(await kinds(null)).toEqual([true, true])
})

test('of a stream whose path was removed from the configuration it is said, and what to do about that', async () => {
  const { client, engine } = await watch()
  const [server] = await client.servers.list()
  await client.streams.expect({ streams: [{ serverId: server?.id ?? '', path: 'cam1' }], expected: true })
  await engines.clock.advance(60_000)
  demo.server('Berlin').trouble({ kind: 'configure', remove: ['cam1'] })
  for (let step = 0; step < 10; step++) {
    await engines.clock.advance(10_000)
    await engine.settled()
  }
  const [event] = await client.history.events({ kinds: ['serverConfigurationChanged'] })
  expect(event?.text).toMatch(/^Configuration of Berlin: − paths\.cam1: /)
  const [alarm] = await client.alarms.list()
  expect(alarm).toMatchObject({ kind: 'streamGone', subject: { path: 'cam1' } })
  expect(alarm?.causes?.map(({ facts }) => facts)).toEqual([{ kind: 'pathRemoved', entry: 'cam1', readAt: event?.at }])
  const [incident] = await client.incidents.list()
  expect(incidentMessage(incident as Incident, 'en')).toEqual({
    cause: expect.stringMatching(/Its path was removed from the configuration of its server at .* \(paths\.cam1\)/),
    todo: 'Put the path back into the configuration of its server, or no longer expect the stream.',
  })
})

test('a removed pattern is the cause for the streams that belonged to it, at that time only', () => {
  const found: unknown[] = []
  const gone = (path: string, since: number) =>
    someAlarm({ id: `${path} ${since - startAt}`, kind: 'streamGone', subject: streamSubject('a', path), since, causes: [] })
  const finder = finderOf({
    streams: { entryOf: (_, path) => (path === 'cam2' ? 'all_others' : path) },
    alarmsOf: () => [gone('cam1', startAt), gone('cam2', startAt), gone('cam2', startAt - 600_000)],
    found: (id, causes) => found.push([id, causes.map(({ facts }) => facts)]),
  })
  const facts = { setting: 'paths.all_others', before: 'publisher', after: null, settings: 3, seenBefore: startAt - 10_000 }
  const about = { subject: serverSubject('a'), ownerName: 'Berlin' }
  finder.addEvents([newEvent('serverConfigurationChanged', startAt, { ...facts, removed: ['all_others', 'dead'] }, about)])
  expect(found).toEqual([['cam2 0', [{ kind: 'pathRemoved', entry: 'all_others', readAt: startAt }]]])
})
