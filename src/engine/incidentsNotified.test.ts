import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../demo/demoFleet.fixture.ts'
import { rtspServer } from '../demo/rtspServer.fixture.ts'
import type { RuleInput } from '../shared/rules.ts'
import type { Notification } from './notifications/notification.ts'
import type { TestEngines } from './testEngines.ts'

// What channels are told of outages, beside what really happened: which incident, since when, how long, and in which words.

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const minute = 60

let engines: TestEngines
let demo: DemoFleet
let told: Notification[]
const cams = Array.from({ length: 20 }, (_, place) => `cam-${place + 1}`)
beforeEach(async () => {
  ;({ engines, demo } = await createTestFleet(startAt, 'told', [rtspServer('Gate B', ...cams)]))
  told = []
})
afterEach(() => closeWithoutBugs(engines))

async function watch(rules: readonly RuleInput[] = [{ id: 'bitrateLow', below: 500_000 }]) {
  const channel = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
    request.on('end', () => {
      told.push(JSON.parse(text))
      response.end()
    })
  })
  await new Promise<void>((resolve) => channel.listen(0, '127.0.0.1', resolve))
  engines.open.defer(async () => {
    channel.closeAllConnections()
    await new Promise((resolve) => channel.close(resolve))
  })
  const url = `http://127.0.0.1:${(channel.address() as AddressInfo).port}/`
  const { client } = await engines.start({ servers: demo.yamlServers(), channels: [{ name: 'ops', webhook: url }], rules: [...rules] })
  await pass(2 * minute)
  // That its API is open to all is not what this is about.
  told = []
  return client
}
const pass = (seconds: number) => engines.clock.advance(seconds * 1_000)
const gateB = () => demo.server('Gate B')
const lose = (path: string, seconds?: number) => gateB().trouble({ kind: 'publisherGone', path, ...(seconds !== undefined && { forMs: seconds * 1_000 }) })
const slow = (seconds: number, ...paths: readonly string[]) => {
  for (const path of paths) gateB().trouble({ kind: 'bitrate', path, factor: 0.01, forMs: seconds * 1_000 })
}
const now = () => engines.clock.now()
/** Incidents in the order of their first message, as names for their keys. */
const journal = () => {
  const keys = [...new Set(told.map(({ key }) => key))]
  return told.map(({ event, key, title, since, endedAt }) => ({
    event,
    thread: keys.indexOf(key) + 1,
    title,
    since: Date.parse(since),
    seconds: endedAt === null ? null : (Date.parse(endedAt) - Date.parse(since)) / 1_000,
  }))
}
const last = () => told.at(-1) ?? expect.fail('something was told')
/** Within the time of two polls. */
const close = (value: number) => expect.toSatisfy((seconds: number) => Math.abs(seconds - value) <= 5, `about ${value}`)

test('an outage of a server has its own thread and age where a stream of it had an old alarm, of which nothing is known meanwhile', async () => {
  const client = await watch()
  slow(60 * minute, 'cam-1')
  await pass(8 * minute)
  const died = now()
  gateB().trouble({ kind: 'die', forMs: 90_000 })
  await pass(30)
  expect(journal()).toMatchObject([
    { event: 'start', thread: 1, title: 'Gate B · cam-1' },
    { event: 'start', thread: 2, title: 'Gate B' },
  ])
  expect(Math.abs((journal()[1]?.since ?? 0) - died)).toBeLessThanOrEqual(5_000)
  const [server, old] = await client.incidents.list()
  expect(server).toMatchObject({ kind: 'serverDown', membersTotal: 1 })
  expect(old).toMatchObject({ state: 'suppressed', isUnknown: true, cause: expect.stringMatching(/^Unknown while its server does not answer\. Before: /) })
})

test('a stream of it that was lost just before its server with an alarm of long ago does not make the outage as old as that', async () => {
  await watch()
  slow(60 * minute, 'cam-1')
  await pass(8 * minute)
  lose('cam-1')
  await pass(8)
  gateB().trouble({ kind: 'die', forMs: 90_000 })
  await pass(30)
  expect(journal()).toMatchObject([
    { event: 'start', thread: 1, title: 'Gate B · cam-1' },
    { event: 'start', thread: 2, title: 'Gate B · cam-1' },
    { event: 'update', thread: 2, title: 'Gate B' },
  ])
  expect(now() - Date.parse(last().since)).toBeLessThanOrEqual(45_000)
})

test('after an outage nothing is told as that outage, and its end says how long it was', async () => {
  await watch()
  gateB().trouble({ kind: 'hang', forMs: 90_000 })
  await pass(90 + 38)
  lose('cam-7', 60)
  await pass(3 * minute)
  expect(journal()).toMatchObject([
    { event: 'start', thread: 1, title: 'Gate B' },
    // Why it does not answer.
    { event: 'update', thread: 1, title: 'Gate B' },
    { event: 'end', thread: 1, title: 'Gate B', seconds: close(92) },
    { event: 'start', thread: 2, title: 'Gate B · cam-7' },
    { event: 'end', thread: 2, title: 'Gate B · cam-7', seconds: close(60) },
  ])
  expect(told[3]?.text).toMatch(/^Publisher \S+ left /)
})

test('a server that answers explains nothing, while its alarm waits for an off-delay that has grown', async () => {
  await watch()
  for (let round = 0; round < 5; round++) {
    gateB().trouble({ kind: 'die', forMs: 30_000 })
    await pass(3 * minute)
  }
  const before = told.length
  const lost = now()
  lose('cam-7', 60)
  await pass(3 * minute)
  const own = journal().slice(before)
  expect(own).toMatchObject([
    { event: 'start', title: 'Gate B · cam-7' },
    { event: 'end', title: 'Gate B · cam-7', seconds: close(60) },
  ])
  expect(Math.abs((own[0]?.since ?? 0) - lost)).toBeLessThanOrEqual(5_000)
  told = told.slice(0, before)
  await pass(60 * minute)
  expect(journal().at(-1)).toMatchObject({ event: 'end', title: 'Gate B', seconds: close(32) })
})

test('the outage of a server lasts until its streams are back or told: of those that do not come back it is never silent', async () => {
  const client = await watch()
  const died = now()
  gateB().trouble({ kind: 'die', forMs: 60_000 })
  for (const path of ['cam-3', 'cam-4']) lose(path)
  await pass(60)
  const lasting = []
  for (let second = 0; second < 60; second += 2) {
    await pass(2)
    lasting.push((await client.incidents.list()).filter(({ healedAt }) => healedAt === null).length)
  }
  expect(new Set(lasting), 'at each moment there is one incident').toEqual(new Set([1]))
  await pass(2 * minute)
  expect(journal()).toMatchObject([
    { event: 'start', thread: 1, title: 'Gate B' },
    { event: 'update', thread: 1, title: 'Gate B · 2 streams' },
  ])
  expect(last().cause).toMatch(/^No signal on 2 streams|^No signal on 2 of 20 streams/)
  expect(Math.abs((journal()[1]?.since ?? 0) - died)).toBeLessThanOrEqual(5_000)
})

test('what is worse and of another kind is told by its name in the incident of its stream, and so is that it is over', async () => {
  const below = (id: string, bps: number, severity: 'minor' | 'critical', onDelaySeconds: number): RuleInput => ({
    id,
    metric: 'path.bitrateIn',
    below: bps,
    clear: bps,
    severity,
    onDelaySeconds,
    offDelaySeconds: 5,
  })
  await watch([{ id: 'bitrateLow', enabled: false }, below('thin', 1_000_000, 'minor', 0), below('dead', 100_000, 'critical', 40)])
  slow(90, 'cam-1')
  await pass(90)
  gateB().trouble({ kind: 'bitrate', path: 'cam-1', factor: 0.1, forMs: 120_000 })
  await pass(5 * minute)
  expect(told.map(({ event, severity, members, cause }) => [event, severity, members.length, cause?.match(/the limit is 100 k/) ? 'dead' : 'thin'])).toEqual([
    ['start', 'minor', 1, 'thin'],
    ['update', 'critical', 2, 'dead'],
    ['update', 'minor', 1, 'thin'],
    // As bad as it was.
    ['end', 'critical', 2, 'thin'],
  ])
  expect(new Set(told.map(({ key }) => key)).size).toBe(1)
})

test('of many streams it is told what is wrong, with how many of how many, and what they share', async () => {
  await watch()
  slow(30 * minute, ...cams.slice(0, 12))
  await pass(5 * minute)
  // By where a poll falls, one of them may be seen a poll before the others: it is told, and the others join it.
  expect(told.length).toBeLessThanOrEqual(2)
  expect(new Set(told.map(({ key }) => key)).size).toBe(1)
  expect(last().cause).toMatch(/^Bitrate low on 12 of 20 streams of Gate B, within \d s\./)
})

test('a loss is told of as many streams as were live before it, also where it took some polls', async () => {
  await watch()
  for (const path of cams.slice(0, 6)) lose(path)
  await pass(2)
  for (const path of cams.slice(6, 12)) lose(path)
  await pass(minute)
  expect(told.map(({ key }) => key)).toEqual(told.map(() => told[0]?.key))
  expect(last().cause).toMatch(/^No signal on 12 of 20 streams of Gate B, within \d s\./)
})

test('what an operator’s own rule finds on many streams is told by the name of the rule', async () => {
  const thin = { id: 'rule-1', name: 'Thin picture', metric: 'path.bitrateIn', below: 500_000, onDelaySeconds: 4 } as const
  await watch([thin])
  slow(10 * minute, ...cams.slice(0, 12))
  await pass(2 * minute)
  expect(last()).toMatchObject({
    headline: expect.stringMatching(/MINOR Gate B · 12 streams: Thin picture$/),
    text: expect.stringMatching(/^Thin picture on 12 of 20 streams of Gate B, within /),
  })
})

test('an outage soon after one that had a thread of its own goes on in that one, and never in that of an outage long over', async () => {
  await watch([])
  lose('cam-1', 40)
  await pass(5 * minute)
  lose('cam-1', 40)
  await pass(40 + 60)
  // Told as over by now, and well for less than 90 s.
  lose('cam-1', 40)
  await pass(4 * minute)
  expect(journal().map(({ event, thread }) => [event, thread])).toEqual([
    ['start', 1],
    ['end', 1],
    ['start', 2],
    ['end', 2],
    ['start', 2],
    // Flapping by now.
    ['update', 2],
  ])
})
