import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeWithoutBugs, createReceiver, createTestFleet } from '../../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../../demo/demoFleet.fixture.ts'
import { rtspServer } from '../../demo/rtspServer.fixture.ts'
import { type MaintenanceInput, maintenanceInputSchema } from '../../shared/maintenance.ts'
import { type OnAirInput, onAirInputSchema } from '../../shared/onAir.ts'
import { pathOf } from '../../shared/subjectNames.ts'
import { namedZone, recurringWindows } from '../maintenance/windows.ts'
import type { TestEngines } from '../testEngines.ts'

/** A Saturday. */
const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const minuteMs = 60_000
const window = (start: string, minutes: number): MaintenanceInput =>
  maintenanceInputSchema.parse({ name: 'patch night', zone: 'UTC', start: `2026-11-14T${start}`, hours: minutes / 60 })

let engines: TestEngines
let demo: DemoFleet
let ops: Awaited<ReturnType<typeof createReceiver>>
const begin = async (at = startAt) => {
  ;({ engines, demo } = await createTestFleet(at, 'while stopped', [rtspServer('Berlin', 'cam1', 'cam2')]))
  ops = await createReceiver(engines)
}
afterEach(() => closeWithoutBugs(engines))

const start = async (planned: { readonly maintenance?: readonly MaintenanceInput[]; readonly onAir?: readonly OnAirInput[] } = {}) => {
  const { client } = await engines.start({ servers: demo.yamlServers(), channels: [{ name: 'ops', webhook: ops.url }], ...planned })
  await engines.clock.advance(10_000)
  return {
    client,
    open: async () => (await client.alarms.list()).map(({ subject, state }) => `${pathOf(subject)}: ${state}`),
    ids: async () => (await client.alarms.list()).map(({ id }) => id),
  }
}
const gone = async (minutes: number, path = 'cam1') => {
  demo.server('Berlin').trouble({ kind: 'publisherGone', path, forMs: minutes * minuteMs })
  await engines.clock.advance(20_000)
}
const until = (minutes: number) => engines.clock.advance(startAt + minutes * minuteMs - engines.clock.now())
const events = () => ops.received.map((received) => received.split(' ')[0])

describe('what ends while mtxdeck is stopped has ended when it starts again:', () => {
  beforeEach(() => begin())

  test('a shelf, of what still lasts, which is told again', async () => {
    const { client, ids } = await start()
    await gone(12)
    await client.alarms.shelve({ ids: await ids(), until: startAt + 5 * minuteMs, reason: 'lens change' })
    await engines.stop()
    await until(8)
    const again = await start()
    expect(await again.open()).toEqual(['cam1: unacknowledged'])
    expect(events()).toEqual(['start', 'update'])
    await until(13)
    expect(events()).toEqual(['start', 'update', 'end'])
  })

  test('a shelf, of what has healed meanwhile, whose end is told once', async () => {
    const { client, ids } = await start()
    await gone(4)
    await client.alarms.shelve({ ids: await ids(), until: startAt + 5 * minuteMs, reason: 'lens change' })
    await engines.stop()
    await until(8)
    const { open } = await start()
    await until(12)
    expect(events()).toEqual(['start', 'end'])
    // Nobody knows when.
    expect(await open()).toEqual(['cam1: healedUnseen'])
  })

  test('a shelf that ends when it was well for some time, which is counted from when that is known', async () => {
    const { client, ids } = await start()
    await gone(4)
    await client.alarms.shelve({ ids: await ids(), until: startAt + 120 * minuteMs, reason: 'lens change', endsHealedForMs: 5 * minuteMs })
    await engines.stop()
    await until(10)
    const { open } = await start()
    expect(await open()).toEqual(['cam1: shelved'])
    await until(16)
    expect(await open()).toEqual([])
    expect(events()).toEqual(['start', 'end'])
  })

  test('an outage, whose length is told by what is known of it', async () => {
    const { ids } = await start()
    await gone(1)
    const [id = ''] = await ids()
    await engines.clock.advance(35_000)
    const stoppedAt = engines.clock.now()
    await engines.stop()
    await engines.clock.advance(55_000)
    const { client } = await start()
    await engines.clock.advance(10_000)
    const { since, healedAt, wrongUntil } = await client.incidents.get({ id })
    expect(wrongUntil).toBe(stoppedAt)
    expect([(stoppedAt - since) / 1_000, ((healedAt ?? 0) - since) / 1_000]).toEqual([expect.closeTo(55, -0.7), expect.closeTo(112, -0.7)])
    expect(ops.said.at(-1)).toMatch(/^ENDED after 5\d s to 1 min 5\d s: /)
  })

  test('an outage that lasts when it starts again, whose end is seen', async () => {
    const { ids } = await start()
    await gone(4)
    const [id = ''] = await ids()
    await engines.stop()
    await until(2)
    const { client } = await start()
    await until(6)
    const { healedAt, wrongUntil } = await client.incidents.get({ id })
    expect(healedAt).not.toBeNull()
    expect(wrongUntil).toBeUndefined()
  })

  test('an acknowledgement, of what still lasts, which is told again', async () => {
    const { client, ids } = await start()
    await gone(30)
    await client.alarms.acknowledge({ ids: await ids(), until: startAt + 5 * minuteMs })
    await engines.clock.advance(5_000)
    expect(events()).toEqual(['start', 'update'])
    await engines.stop()
    await until(8)
    expect(await (await start()).open()).toEqual(['cam1: unacknowledged'])
    expect(events()).toEqual(['start', 'update', 'update'])
  })

  test('a maintenance window, in which something began that lasts', async () => {
    const windows = { maintenance: [window('03:00', 5)] }
    await start(windows)
    await gone(30)
    await engines.stop()
    await until(8)
    expect(events()).toEqual([])
    await start(windows)
    expect(events()).toEqual(['start'])
  })

  test('a maintenance window, in which something began that has healed since: nobody is told, and it is to be seen', async () => {
    const windows = { maintenance: [window('03:00', 5)] }
    await start(windows)
    await gone(4)
    await engines.stop()
    await until(8)
    const { open } = await start(windows)
    await until(10)
    // Nobody knows whether within it.
    expect([await open(), events()]).toEqual([['cam1: healedUnseen'], []])
  })

  test('a maintenance window that began meanwhile, too: what was told before and has healed gets its end', async () => {
    const windows = { maintenance: [window('03:03', 3)] }
    await start(windows)
    await gone(5)
    expect(events()).toEqual(['start'])
    await engines.stop()
    await until(8)
    await start(windows)
    await until(10)
    expect(events()).toEqual(['start', 'end'])
  })

  test('a maintenance window that has begun and lasts: what was told before and lasts is told after it, and of nothing new meanwhile', async () => {
    const windows = { maintenance: [window('03:03', 12)] }
    await start(windows)
    await gone(30)
    await engines.stop()
    await until(8)
    const { open } = await start(windows)
    await gone(30, 'cam2')
    expect((await open()).toSorted()).toEqual(['cam1: outOfService', 'cam2: outOfService'])
    expect(events()).toEqual(['start'])
    await until(16)
    expect((await open()).toSorted()).toEqual(['cam1: unacknowledged', 'cam2: unacknowledged'])
    expect(events().toSorted()).toEqual(['start', 'start', 'update'])
  })
})

const calendarOf = (...events: readonly (readonly [start: string, end: string])[]): string =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    ...events.flatMap(([from, to]) => ['BEGIN:VEVENT', `UID:${from}`, `DTSTART:20261114T${from}Z`, `DTEND:20261114T${to}Z`, 'END:VEVENT']),
    'END:VCALENDAR',
    '',
  ].join('\r\n')

describe.each([
  ['while an alarm is open', false],
  ['while an alarm is open and mtxdeck is stopped', true],
] as const)('a calendar that is changed %s', (_, isStopped) => {
  let file: string
  beforeEach(async () => {
    await begin()
    file = join(engines.folder, 'plan.ics')
  })
  const maintenance = () => ({ maintenance: [maintenanceInputSchema.parse({ name: 'plan', zone: 'UTC', calendar: file })] })
  const onAir = () => ({ onAir: [onAirInputSchema.parse({ name: 'show', streams: ['cam1'], zone: 'UTC', calendar: file })] })
  const change = async (text: string, planned: ReturnType<typeof maintenance> | ReturnType<typeof onAir>, before: Awaited<ReturnType<typeof start>>) => {
    if (isStopped) await engines.stop()
    await writeFile(file, text)
    await engines.clock.advance(30_000)
    return isStopped ? start(planned) : before
  }

  test('and calls maintenance off: what lasts is told', async () => {
    await writeFile(file, calendarOf(['030000', '040000']))
    const before = await start(maintenance())
    await gone(8)
    expect([await before.open(), events()]).toEqual([['cam1: outOfService'], []])
    const { open } = await change(calendarOf(['200000', '210000']), maintenance(), before)
    expect([await open(), events()]).toEqual([['cam1: unacknowledged'], ['start']])
    await until(10)
    expect(events()).toEqual(['start', 'end'])
  })

  test('and puts maintenance over it: it is put away, and its end is told once', async () => {
    await writeFile(file, calendarOf(['200000', '210000']))
    const before = await start(maintenance())
    await gone(6)
    const { open } = await change(calendarOf(['030000', '031500']), maintenance(), before)
    expect([await open(), events()]).toEqual([['cam1: outOfService'], ['start']])
    await until(8)
    expect(events()).toEqual(['start', 'end'])
    await until(16)
    expect(events()).toEqual(['start', 'end'])
  })

  test('and calls a programme off: what is missing is missed no more, and its end is told once', async () => {
    await writeFile(file, calendarOf(['020000', '040000']))
    const before = await start(onAir())
    await gone(90)
    const { open } = await change(calendarOf(['200000', '210000']), onAir(), before)
    await until(5)
    expect([await open(), events()]).toEqual([['cam1: healedUnseen'], ['start', 'end']])
  })

  test('and puts a programme on: what is missing is told', async () => {
    await writeFile(file, calendarOf(['200000', '210000']))
    const before = await start(onAir())
    await gone(90)
    expect([await before.open(), events()]).toEqual([[], []])
    const { open } = await change(calendarOf(['020000', '040000']), onAir(), before)
    await engines.clock.advance(20_000)
    expect([await open(), events()]).toEqual([['cam1: unacknowledged'], ['start']])
  })
})

test('a stream that went while nobody watched was live until its server answered last, also where the console ended without a word', async () => {
  await begin()
  await start()
  // Until when all were live is written once a minute.
  await engines.clock.advance(107_000)
  await engines.stop()
  const stoppedAt = engines.clock.now()
  const db = new Database(join(engines.folder, 'data', 'main.db'))
  db.prepare('UPDATE seen_servers SET looked_at = ?').run(stoppedAt - 47_000)
  db.prepare("UPDATE settings SET value = ? WHERE key = 'aliveAt'").run(JSON.stringify({ at: stoppedAt - 7_000, stopped: false }))
  db.close()
  await gone(12)
  const { client } = await start()
  await engines.clock.advance(20_000)
  const [alarm] = await client.alarms.list()
  const stream = await client.streams.get({ serverId: alarm?.subject.kind === 'stream' ? alarm.subject.serverId : '', path: 'cam1' })
  const lastAnswerAt = expect.closeTo(stoppedAt - 1_000, -3.4)
  expect({ lastLiveAt: stream.lastLiveAt, outageSince: stream.outageSince }).toEqual({ lastLiveAt: lastAnswerAt, outageSince: lastAnswerAt })
})

// The night in which the clocks change, in the middle of which the console is stopped and started again.
test.each([
  ['Europe/Berlin', '2026-03-29T02:30'],
  ['Europe/Berlin', '2026-10-25T02:30'],
  ['America/New_York', '2026-03-08T02:30'],
  ['America/New_York', '2026-11-01T01:30'],
  ['Australia/Sydney', '2026-10-04T02:30'],
  ['Australia/Sydney', '2026-04-05T02:30'],
  ['Australia/Lord_Howe', '2026-10-04T02:15'],
  ['Australia/Lord_Howe', '2026-04-05T01:45'],
])('maintenance every night in %s, %s: over two restarts nothing is told within it, and what lasts is told at its end', async (zone, at) => {
  const [{ from, to } = expect.fail('there is a window')] = recurringWindows({
    start: at,
    zone: namedZone(zone),
    lengthMs: 6 * minuteMs,
    rrule: null,
  }).from(Date.parse(`${at}Z`) - 48 * 3_600_000, 1)
  await begin(from - minuteMs)
  const first = new Date(Date.parse(`${at}Z`) - 3 * 86_400_000).toISOString().slice(0, 16)
  const windows = { maintenance: [maintenanceInputSchema.parse({ name: 'night', zone, start: first, hours: 0.1, rrule: 'FREQ=DAILY' })] }
  await start(windows)
  const passTo = (moment: number) => engines.clock.advance(moment - engines.clock.now())
  await passTo(from + 5_000)
  await gone(60)
  await engines.stop()
  await passTo(from + 2 * minuteMs)
  const { open } = await start(windows)
  expect([await open(), events()]).toEqual([['cam1: outOfService'], []])
  await engines.stop()
  await passTo(to - minuteMs)
  const again = await start(windows)
  await passTo(to - 500)
  expect([await again.open(), events()]).toEqual([['cam1: outOfService'], []])
  await passTo(to + 1_500)
  expect([await again.open(), events()]).toEqual([['cam1: unacknowledged'], ['start']])
})
