import { cpSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeWithoutBugs, createReceiver, createSite, createTestFleet } from '../../../tests/fakes/testFleet.ts'
import type { DemoFleet, TestTrouble } from '../../demo/demoFleet.fixture.ts'
import { rtspServer } from '../../demo/rtspServer.fixture.ts'
import { type MaintenanceInput, maintenanceInputSchema } from '../../shared/maintenance.ts'
import { pathOf } from '../../shared/subjectNames.ts'
import type { TestEngines } from '../testEngines.ts'

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const minuteMs = 60_000
/** A window of this length that begins at a time on the day of the tests. */
const window = (start: string, minutes: number, more: Partial<MaintenanceInput> = {}): MaintenanceInput =>
  maintenanceInputSchema.parse({ name: 'patch night', zone: 'UTC', start: `2026-11-14T${start}`, hours: minutes / 60, ...more })

describe('maintenance windows over real HTTP, in virtual time', () => {
  let engines: TestEngines
  let demo: DemoFleet
  beforeEach(async () => {
    ;({ engines, demo } = await createTestFleet(startAt, 'maintenance', [rtspServer('Berlin', 'cam1', 'north/gate')]))
  })
  afterEach(() => closeWithoutBugs(engines))

  async function watch(maintenance: readonly MaintenanceInput[] = [], dataDir = join(engines.folder, 'data')) {
    const ops = await createReceiver(engines)
    const { engine, client } = await engines.start({ servers: demo.yamlServers(), channels: [{ name: 'ops', webhook: ops.url }], maintenance }, { dataDir })
    await engines.clock.advance(10_000)
    return {
      ...ops,
      engine,
      client,
      open: async () =>
        (await client.alarms.list()).map(({ subject, state, count }) => `${pathOf(subject) ?? 'server'}: ${state}${count > 1 ? ` × ${count}` : ''}`),
      past: async () => (await client.alarms.past()).map(({ subject }) => pathOf(subject) ?? 'server'),
    }
  }
  const befall = async (trouble: TestTrouble, ms = 20_000) => {
    demo.server('Berlin').trouble(trouble)
    await engines.clock.advance(ms)
  }
  const until = (minutes: number) => engines.clock.advance(startAt + minutes * minuteMs - engines.clock.now())

  test('notified, then a window opens, then healed inside: exactly one end (Uptime Kuma #4004)', async () => {
    const { received, open } = await watch([window('03:02', 10)])
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: 4 * minuteMs })
    expect(received).toEqual(['start Berlin · cam1'])
    await until(3)
    expect(await open()).toEqual(['cam1: outOfService'])
    await until(8)
    expect(received).toEqual(['start Berlin · cam1', 'end Berlin · cam1'])
    await until(20)
    expect(received).toEqual(['start Berlin · cam1', 'end Berlin · cam1'])
    // Somebody was notified of it, so it is to be seen.
    expect(await open()).toEqual(['cam1: healedUnseen'])
  })

  test('what is gone inside is counted as in maintenance, and the number of expected streams stays', async () => {
    const { client } = await watch([window('03:00', 10)])
    await befall({ kind: 'publisherGone', path: 'cam1' })
    const totals = async () => (await client.servers.list())[0]?.totals
    expect(await totals()).toMatchObject({ expected: 2, expectedLive: 1, expectedMaintenance: 1, expectedGone: 0, gone: 1 })
    await until(12)
    expect(await totals()).toMatchObject({ expected: 2, expectedLive: 1, expectedMaintenance: 0, expectedGone: 1 })
  })

  test('what begins and heals inside is recorded and not notified, and nobody needs to see it', async () => {
    const { received, open, past, client } = await watch([window('03:00', 10)])
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: 30_000 })
    expect(await open()).toEqual(['cam1: outOfService'])
    await engines.clock.advance(minuteMs)
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: 30_000 }, minuteMs)
    await until(9)
    expect(await open()).toEqual(['cam1: outOfService × 2'])
    await until(12)
    expect(received).toEqual([])
    expect(await open()).toEqual([])
    expect(await past()).toEqual(['cam1'])
    const [alarm] = await client.alarms.past()
    const { changes } = await client.alarms.get({ id: alarm?.id ?? '' })
    expect(changes.map(({ kind }) => kind)).toEqual(['raised', 'suppressed', 'healed', 'returned', 'suppressed', 'healed', 'released', 'closed'])
  })

  test('what lasts beyond the window is notified within a second of its end', async () => {
    const { received, open } = await watch([window('03:00', 10)])
    await befall({ kind: 'publisherGone', path: 'cam1' })
    await engines.clock.advance(startAt + 10 * minuteMs - 100 - engines.clock.now())
    expect(received).toEqual([])
    await engines.clock.advance(1_100)
    expect(received).toEqual(['start Berlin · cam1'])
    expect(await open()).toEqual(['cam1: unacknowledged'])
  })

  test('a window that opens takes effect within a second, while nothing else happens', async () => {
    const { open } = await watch([window('03:02', 10)])
    await befall({ kind: 'publisherGone', path: 'cam1' })
    await engines.clock.advance(startAt + 2 * minuteMs - 100 - engines.clock.now())
    expect(await open()).toEqual(['cam1: unacknowledged'])
    await engines.clock.advance(1_100)
    expect(await open()).toEqual(['cam1: outOfService'])
  })

  test('notified, still there after the window: an update says so, and then comes one end', async () => {
    const { received } = await watch([window('03:02', 10)])
    await befall({ kind: 'publisherGone', path: 'cam1', forMs: 20 * minuteMs })
    await until(13)
    expect(received).toEqual(['start Berlin · cam1', 'update Berlin · cam1'])
    await until(25)
    expect(received).toEqual(['start Berlin · cam1', 'update Berlin · cam1', 'end Berlin · cam1'])
  })

  test('a window is for the streams that it names, and everything else is notified', async () => {
    const { received } = await watch([window('03:00', 30, { streams: ['north/*'] })])
    await befall({ kind: 'publisherGone', path: 'cam1' })
    await befall({ kind: 'publisherGone', path: 'north/gate' })
    expect(received).toEqual(['start Berlin · cam1'])
    await befall({ kind: 'die' }, minuteMs)
    expect(received).toEqual(['start Berlin · cam1', 'start Berlin'])
  })

  test('windows by server and tag, whatever the case of the name', async () => {
    const { received, client } = await watch([window('03:00', 30, { servers: ['berlin'] }), window('03:00', 30, { name: 'elsewhere', tags: ['north'] })])
    await befall({ kind: 'die' }, minuteMs)
    expect(received).toEqual([])
    expect((await client.alarms.list()).map(({ state }) => state)).toEqual(['outOfService'])
  })

  test('one that is added over the API opens at once, and closing it early tells what lasts', async () => {
    const { received, open, client } = await watch()
    const added = await client.maintenance.add({ ...window('03:00', 60), streams: ['cam1'] })
    expect(added).toMatchObject({ origin: 'stored', by: 'operator', now: { from: startAt, to: startAt + 60 * minuteMs }, next: [] })
    await befall({ kind: 'publisherGone', path: 'cam1' })
    expect(await open()).toEqual(['cam1: outOfService'])
    expect(received).toEqual([])
    await client.maintenance.remove({ id: added.id })
    await engines.clock.advance(2_000)
    expect(received).toEqual(['start Berlin · cam1'])
    expect(await client.maintenance.list()).toEqual([])
    await expect(client.maintenance.remove({ id: added.id })).rejects.toMatchObject({ data: { kind: 'noSuch' } })
    const edits = await client.history.events({ kinds: ['planEdited'] })
    expect(edits.map(({ facts }) => [facts.plan, facts.what, facts.by])).toEqual([
      [added.name, 'removed', 'operator'],
      [added.name, 'added', 'operator'],
    ])
  })

  test('one that is edited counts as it is now; one of the configuration file is edited there', async () => {
    const { client, engine } = await watch([window('05:00', 60)])
    const [fromFile] = await client.maintenance.list()
    expect(fromFile).toMatchObject({ origin: 'yaml', by: null, name: 'patch night', now: null })
    for (const call of [
      client.maintenance.update({ id: fromFile?.id ?? '', change: window('06:00', 60) }),
      client.maintenance.remove({ id: fromFile?.id ?? '' }),
    ])
      await expect(call).rejects.toMatchObject({ data: { kind: 'fromFile' } })
    const { id } = await client.maintenance.add(window('07:00', 60))
    const edited = await client.maintenance.update({ id, change: window('03:00', 60, { rrule: 'FREQ=DAILY' }) })
    expect(edited.now).toEqual({ from: startAt, to: startAt + 60 * minuteMs })
    expect(edited.next).toHaveLength(5)
    engine.applyYaml('mtxdeck.yaml', { servers: demo.yamlServers(), hosts: [], probes: [], channels: [], routes: null, maintenance: [], rules: [], onAir: [] })
    expect((await client.maintenance.list()).map((one) => one.id)).toEqual([id])
  })

  test('windows survive a console that is killed within one: what it knew is not notified again', async () => {
    const { engine, client } = await watch()
    await client.maintenance.add(window('03:00', 10))
    await befall({ kind: 'publisherGone', path: 'cam1' })
    const left = join(engines.folder, 'left')
    cpSync(join(engines.folder, 'data'), left, { recursive: true, filter: (name) => !name.includes('lock') })
    await engines.stop(engine)
    const again = await watch([], left)
    await until(9)
    expect(await again.open()).toEqual(['cam1: outOfService'])
    expect(again.received).toEqual([])
    await until(11)
    expect(again.received).toEqual(['start Berlin · cam1'])
  })

  test('the next windows of something that is not stored are shown before it is', async () => {
    const { client } = await watch()
    const { now, next } = await client.maintenance.preview(
      maintenanceInputSchema.parse({ name: 'x', zone: 'Europe/Berlin', start: '2026-11-28T02:00', hours: 2, rrule: 'FREQ=MONTHLY;BYDAY=-1SA' }),
    )
    expect(now).toBeNull()
    expect(next.map(({ from }) => new Date(from).toISOString())).toEqual([
      '2026-11-28T01:00:00.000Z',
      '2026-12-26T01:00:00.000Z',
      '2027-01-30T01:00:00.000Z',
      '2027-02-27T01:00:00.000Z',
      '2027-03-27T01:00:00.000Z',
    ])
    expect(await client.maintenance.list()).toEqual([])
  })

  test.each([
    ['a zone that does not exist', { zone: 'Europe/Atlantis' }, 'zone'],
    ['a day that does not exist', { start: '2026-02-30T02:00' }, 'start'],
    ['no length', { hours: 0 }, 'hours'],
    ['more than a month', { hours: 745 }, 'hours'],
    ['a rule within the day', { rrule: 'FREQ=HOURLY' }, 'rrule'],
    ['a rule that says nothing known', { rrule: 'FREQ=DAILY;BYDAY=XX' }, 'rrule'],
    ['lines beside the rule', { rrule: 'FREQ=DAILY\nEXDATE:20260101T000000Z' }, 'rrule'],
    ['a calendar beside a start', { calendar: 'http://127.0.0.1/x.ics' }, 'start'],
    ['a file of the console’s machine', { start: null, hours: null, calendar: '/etc/passwd' }, 'calendar'],
    ['a name of nothing', { name: ' ' }, 'name'],
  ])('%s is refused at its field', async (_, change, field) => {
    const { client } = await watch()
    const refused = client.maintenance.add({ ...window('03:00', 60), ...change } as MaintenanceInput)
    await expect(refused).rejects.toMatchObject({
      data: { kind: 'notAccepted', validationErrors: expect.arrayContaining([expect.objectContaining({ field })]) },
    })
  })

  test('a calendar gives the windows, is followed while it changes, and counts as it was read last while it cannot be read', async () => {
    const file = join(engines.folder, 'plan.ics')
    const event = (start: string, end: string) =>
      ['BEGIN:VEVENT', `UID:${start}`, `DTSTART:20261114T${start}Z`, `DTEND:20261114T${end}Z`, 'END:VEVENT'].join('\r\n')
    const calendar = (...events: readonly string[]) => writeFile(file, ['BEGIN:VCALENDAR', 'VERSION:2.0', ...events, 'END:VCALENDAR', ''].join('\r\n'))
    await calendar(event('030000', '031000'))
    const { received, client } = await watch([maintenanceInputSchema.parse({ name: 'plan', zone: 'UTC', calendar: file })])
    const now = async () => (await client.maintenance.list())[0]?.now
    expect(await now()).toEqual({ from: startAt, to: startAt + 10 * minuteMs })
    await befall({ kind: 'publisherGone', path: 'cam1' })
    expect(received).toEqual([])
    await calendar(event('030000', '032000'))
    await engines.clock.advance(20_000)
    expect(await now()).toEqual({ from: startAt, to: startAt + 20 * minuteMs })
    await writeFile(file, 'no calendar any more')
    await engines.clock.advance(20_000)
    expect((await client.maintenance.list())[0]).toMatchObject({ problem: { kind: 'notACalendar' }, words: expect.stringContaining('BEGIN:VCALENDAR') })
    await until(15)
    expect(received).toEqual([])
    await until(21)
    expect(received).toEqual(['start Berlin · cam1'])
  })

  describe('a calendar at a URL', () => {
    const site = async (answer: (response: ServerResponse) => void) => `${await createSite(engines, (_, response) => answer(response))}private-hunter2/plan.ics`
    const plan = (calendar: string, name = 'plan') => maintenanceInputSchema.parse({ name, zone: 'UTC', calendar })
    const text = 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20261114T030000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n'

    test('is read, and only its server is shown; sent back like that it stays', async () => {
      const url = await site((response) => void response.end(text))
      const { client } = await watch()
      const { id } = await client.maintenance.add(plan(url))
      await engines.clock.advance(1_000)
      const shown = await client.maintenance.get({ id })
      expect(shown).toMatchObject({ calendar: `${new URL(url).origin}/…`, now: { from: startAt, to: startAt + 60 * minuteMs }, problem: null })
      const { calendar, ...kept } = await client.maintenance.update({ id, change: { ...plan(String(shown.calendar)), name: 'their plan' } })
      expect(kept).toMatchObject({ name: 'their plan', now: { from: startAt } })
      expect(JSON.stringify(await client.maintenance.list())).not.toContain('hunter2')
      expect(engines.logged.join()).not.toContain('hunter2')
    })

    test.each([
      ['404', (response: ServerResponse): void => void response.writeHead(404).end(), { kind: 'unreachable', code: 'HTTP 404' }],
      ['a page', (response: ServerResponse): void => void response.end('<html>sign in</html>'), { kind: 'notACalendar' }],
      ['a connection that is cut', (response: ServerResponse): void => void response.destroy(), { kind: 'unreachable' }],
      [
        'a million entries',
        (response: ServerResponse): void => {
          response.write('BEGIN:VCALENDAR\r\n')
          const entries = 'BEGIN:VEVENT\r\nEND:VEVENT\r\n'.repeat(10_000)
          let sent = 0
          const more = (): void => {
            if (response.destroyed) return
            if (++sent > 100) return void response.end('END:VCALENDAR\r\n')
            response.write(entries, more)
          }
          more()
        },
        { kind: 'tooLarge' },
      ],
    ] as const)('that answers with %s is a problem in words, and no windows', async (_, answer, problem) => {
      const url = await site(answer)
      const { client } = await watch()
      await client.maintenance.add(plan(url))
      await engines.clock.advance(2_000)
      expect(await client.maintenance.list()).toMatchObject([{ now: null, next: [], readAt: null, problem, words: expect.stringMatching(/\.$/) }])
      expect((await client.maintenance.preview(plan(url))).problem).toMatchObject(problem)
    })

    test('is not waited for any more once its plan is removed', async () => {
      let asked = 0
      let closed = 0
      const hangs = await site((response) => {
        asked++
        response.once('close', () => closed++)
      })
      const { client } = await watch()
      const { id } = await client.maintenance.add(plan(hangs))
      await expect.poll(() => asked).toBe(1)
      await client.maintenance.remove({ id })
      await expect.poll(() => closed).toBe(1)
      expect(engines.logged.join()).not.toContain('calendar')
    })

    test('that never answers delays no other, and no message', async () => {
      const hangs = await site(() => undefined)
      const url = await site((response) => void response.end(text))
      const { client, received } = await watch([plan(hangs, 'hangs'), window('05:00', 60)])
      await client.maintenance.add({ ...plan(url), streams: ['north/*'] })
      await befall({ kind: 'publisherGone', path: 'cam1' }, 12_000)
      expect(received).toEqual(['start Berlin · cam1'])
      expect((await client.maintenance.list()).map(({ name, now }) => [name, now !== null])).toEqual([
        ['hangs', false],
        ['patch night', false],
        ['plan', true],
      ])
      await engines.clock.advance(30_000)
      expect((await client.maintenance.list())[0]).toMatchObject({ problem: { kind: 'unreachable', code: 'ETIMEDOUT' } })
    })
  })
})
