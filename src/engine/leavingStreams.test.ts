import { afterEach, describe, expect, test } from 'vitest'
import { closeWithoutBugs, createReceiver, createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../demo/demoFleet.fixture.ts'
import type { DemoPathOptions } from '../demo/demoOptions.ts'
import type { RuleInput } from '../shared/rules.ts'
import type { ServerInput } from '../shared/servers.ts'
import { partOf } from '../shared/subjectNames.ts'
import type { TestEngines } from './testEngines.ts'

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const minuteMs = 60_000

let engines: TestEngines
let demo: DemoFleet
let ops: Awaited<ReturnType<typeof createReceiver>>
/** Streams that no configuration names, of a server with the default file. */
const begin = async (...paths: readonly (string | Omit<DemoPathOptions, 'mode'>)[]) => {
  ;({ engines, demo } = await createTestFleet(startAt, 'leaving', [
    {
      name: 'Berlin',
      version: '1.20',
      off: ['hls', 'webrtc', 'srt', 'rtmp'],
      paths: paths.map((path) => ({ source: 'rtspSession', ...(typeof path === 'string' ? { name: path } : path), mode: 'dynamic' })),
    },
  ]))
  ops = await createReceiver(engines)
  return start()
}
afterEach(() => closeWithoutBugs(engines))

const start = async (more: Partial<ServerInput> = {}) => {
  const rules: readonly RuleInput[] = [
    { id: 'bitrateLow', enabled: false },
    { id: 'thin', metric: 'path.bitrateIn', below: 1_000_000, onDelaySeconds: 20, streams: ['thin'] },
  ]
  const { client } = await engines.start({
    servers: demo.yamlServers().map((server) => ({ ...server, ...more })),
    rules,
    channels: [{ name: 'ops', webhook: ops.url }],
  })
  await engines.clock.advance(10_000)
  const serverId = (await client.servers.list())[0]?.id ?? ''
  return {
    client,
    stream: (path: string) => client.streams.get({ serverId, path }),
    open: async () => (await client.alarms.list()).map(({ kind, rule, subject, state }) => `${partOf(subject) ?? 'server'}: ${rule ?? kind} ${state}`),
    lastStep: async () => (await client.alarms.get({ id: (await client.alarms.list())[0]?.id ?? '' })).changes.at(-1),
    text: async () => (await client.alarms.list())[0]?.text,
    ids: async () => (await client.alarms.list()).map(({ id }) => id),
  }
}
const after = (seconds: number) => engines.clock.advance(seconds * 1_000)
const events = () => ops.received.map((received) => received.split(' ')[0])

describe('what disappears has not recovered:', () => {
  test('a frozen publisher whose server drops it is gone under the alarm that said “no data”, until data flows', async () => {
    const { open, ids, stream, text } = await begin('cam1', 'cam2')
    demo.server('Berlin').trouble({ kind: 'stall', path: 'cam1', forMs: 5 * minuteMs })
    await after(9)
    expect(await open()).toEqual(['cam1: streamStalled unacknowledged'])
    const [alarm] = await ids()
    await after(3 * 60)
    expect(await open()).toEqual(['cam1: streamGone unacknowledged'])
    expect(await ids()).toEqual([alarm])
    expect(await text(), 'which says how long it sent nothing, not how long it was on air').toMatch(/was disconnected after .*1[0-9] s.* without data\.$/)
    expect(await stream('cam1')).toMatchObject({ state: 'gone', expected: false })
    expect(events()).toEqual(['start', 'update'])
    await after(3 * 60)
    expect(await open()).toEqual(['cam1: streamGone healedUnseen'])
    expect(events()).toEqual(['start', 'update', 'end'])
  })

  test('so it is after a restart of this console, and when a day has passed', async () => {
    const { ids } = await begin('cam1', 'cam2')
    demo.server('Berlin').trouble({ kind: 'stall', path: 'cam1', forMs: 26 * 60 * minuteMs })
    await after(9)
    const [alarm] = await ids()
    await engines.stop()
    await after(60)
    const again = await start()
    expect(await again.open()).toEqual(['cam1: streamGone unacknowledged'])
    await engines.stop()
    await engines.clock.advance(25 * 60 * minuteMs)
    const nextDay = await start()
    await after(60)
    expect(await nextDay.open()).toEqual(['cam1: streamGone unacknowledged'])
    expect(await nextDay.ids()).toEqual([alarm])
    expect(events()).not.toContain('end')
  })

  test('a stream that nobody expects and that leaves with bad data ends its alarms, and they say why', async () => {
    const { open, lastStep } = await begin({ name: 'thin', bitrateBps: 300_000 }, 'cam2')
    await after(30)
    expect(await open()).toEqual(['thin: thin unacknowledged'])
    demo.server('Berlin').trouble({ kind: 'publisherGone', path: 'thin' })
    await after(120)
    expect(await open()).toEqual(['thin: thin healedUnseen'])
    expect(await lastStep()).toMatchObject({ kind: 'healed', unexpected: true })
    expect(events()).toEqual(['start', 'end'])
  })

  test('an alarm for low bit rate of a stream that is gone lasts until its rate is known again', async () => {
    const { open } = await begin({ name: 'thin', bitrateBps: 300_000 }, 'cam2')
    await after(30)
    expect(await open()).toEqual(['thin: thin unacknowledged'])
    demo.server('Berlin').trouble({ kind: 'stall', path: 'thin', forMs: 5 * minuteMs })
    await after(4 * 60)
    expect(await open()).toEqual(['thin: streamGone unacknowledged', 'thin: thin suppressed'])
  })
})

describe('nothing ends unseen:', () => {
  const leave = (...paths: readonly string[]) => {
    for (const path of paths) demo.server('Berlin').trouble({ kind: 'publisherGone', path })
  }
  const readers = ['webRTCSession', 'webRTCSession', 'webRTCSession'] as const

  test('a stream that nobody expects and that ends while it is read is a warning with the number of its viewers, for some minutes', async () => {
    const { client, open } = await begin({ name: 'read', readers }, 'unread', 'stays')
    leave('read', 'unread')
    await after(10)
    expect(await client.alarms.list()).toMatchObject([
      { kind: 'endedWhileRead', severity: 'warning', readers: 3, text: expect.stringContaining('left after'), subject: { path: 'read' } },
    ])
    expect((await client.alarms.list())[0]?.text).toContain('It had 3 viewers.')
    await after(5 * 60)
    expect(await open()).toEqual([])
  })

  test('streams that do not return with their server are one alarm of it, each named, until all of them are back', async () => {
    const { client, open } = await begin({ name: 'cam1', readers }, 'cam2', 'cam3')
    leave('cam1', 'cam2')
    demo.server('Berlin').trouble({ kind: 'die', forMs: 500 })
    await after(80)
    expect((await open()).filter((line) => !line.includes('serverRestarted'))).toEqual(['server: streamsLost unacknowledged'])
    expect((await client.alarms.list({ severity: 'major' }))[0]).toMatchObject({
      streams: 2,
      why: { lost: 2, of: 3, isReturn: true, paths: ['cam1', 'cam2'] },
      text: expect.stringContaining('2 of 3 streams did not return with the server: cam1, cam2.'),
    })
    await engines.stop()
    const again = await start()
    await after(60)
    expect(await again.open(), 'nor has a restart of this console brought them back').toEqual(['server: streamsLost unacknowledged'])
    demo.server('Berlin').trouble({ kind: 'clear' })
    await after(30)
    expect(await again.open()).toEqual(['server: streamsLost healedUnseen'])
  })

  test('so is a server whose streams all leave within a minute, and not one whose streams leave one by one', async () => {
    const { client, open } = await begin('cam1', 'cam2', 'cam3', 'cam4')
    leave('cam1')
    await after(70)
    for (const path of ['cam2', 'cam3']) {
      leave(path)
      await after(20)
    }
    expect(await open()).toEqual([])
    leave('cam4')
    await after(10)
    expect(await client.alarms.list()).toMatchObject([
      { kind: 'streamsLost', severity: 'major', why: { lost: 3, of: 3, isReturn: false, paths: ['cam2', 'cam3', 'cam4'] } },
    ])
    await engines.stop()
    await engines.clock.advance(25 * 60 * minuteMs)
    const nextDay = await start()
    expect(await nextDay.open(), 'a day later they count as over').toEqual(['server: streamsLost healedUnseen'])
  })

  test('a server of events may empty when they are over; what did not return with it is an alarm there, too', async () => {
    await begin('cam1', 'cam2', 'cam3')
    await engines.stop()
    const { open } = await start({ newStreams: 'events' })
    leave('cam1', 'cam2', 'cam3')
    await after(90)
    expect(await open()).toEqual([])
    demo.server('Berlin').trouble({ kind: 'clear' })
    await after(60)
    leave('cam1', 'cam2')
    demo.server('Berlin').trouble({ kind: 'die', forMs: 500 })
    await after(80)
    expect(await open()).toContain('server: streamsLost unacknowledged')
  })
})
