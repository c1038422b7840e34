import { cpSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeWithoutBugs, createSite, createTestFleet } from '../../../tests/fakes/testFleet.ts'
import type { DemoFleet, TestTrouble } from '../../demo/demoFleet.fixture.ts'
import { rtspServer } from '../../demo/rtspServer.fixture.ts'
import { type OnAirInput, onAirInputSchema } from '../../shared/onAir.ts'
import { pathOf } from '../../shared/subjectNames.ts'
import type { TestEngines } from '../testEngines.ts'

/** A Saturday. */
const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const minuteMs = 60_000
const plan = (more: Partial<OnAirInput> = {}): OnAirInput => onAirInputSchema.parse({ name: 'the show', streams: ['event/stage'], zone: 'UTC', ...more })

describe('streams that are to be on air at times only, over real HTTP, in virtual time', () => {
  let engines: TestEngines
  let demo: DemoFleet
  beforeEach(async () => {
    ;({ engines, demo } = await createTestFleet(startAt, 'on air', [rtspServer('Berlin', 'event/stage', 'cam1')]))
  })
  afterEach(() => closeWithoutBugs(engines))
  async function watch(onAir: readonly OnAirInput[] = [], dataDir = join(engines.folder, 'data')) {
    const { engine, client } = await engines.start({ servers: demo.yamlServers(), onAir }, { dataDir })
    await engines.clock.advance(10_000)
    return {
      engine,
      client,
      alarms: async () => (await client.alarms.list()).map(({ kind, subject, state }) => `${kind} ${pathOf(subject)}: ${state}`),
      notices: async () => (await client.history.events({ kinds: ['onAirBeyondPlan'], limit: 100 })).map(({ subject, text }) => `${pathOf(subject)}: ${text}`),
    }
  }
  const befall = async (trouble: TestTrouble, ms = 20_000) => {
    demo.server('Berlin').trouble(trouble)
    await engines.clock.advance(ms)
  }
  const until = (minutes: number) => engines.clock.advance(startAt + minutes * minuteMs - engines.clock.now())

  test('missing within the plan is an alarm, and other streams are as ever', async () => {
    const { alarms } = await watch([plan({ weekly: ['SA 02:00-04:00'] })])
    await befall({ kind: 'publisherGone', path: 'event/stage' })
    await befall({ kind: 'publisherGone', path: 'cam1' })
    expect(await alarms()).toEqual(expect.arrayContaining(['streamGone event/stage: unacknowledged', 'streamGone cam1: unacknowledged']))
  })

  test('missing within a plan that only fits its name is an alarm, where no configuration names it', async () => {
    demo.server('Berlin').trouble({ kind: 'configure', add: [{ name: 'studio/cam3', mode: 'dynamic', source: 'rtspSession' }] })
    const { alarms } = await watch([plan({ streams: ['studio/*'], weekly: ['MO-SU 00:00-24:00'] })])
    await befall({ kind: 'publisherGone', path: 'studio/cam3' })
    expect(await alarms()).toEqual(['streamGone studio/cam3: unacknowledged'])
  })

  test('a broader plan never shadows one that names the stream, whichever comes first', async () => {
    const allWeek = { weekly: ['MO-SU 00:00-24:00'] }
    const { alarms, client } = await watch([plan({ name: 'all', streams: ['*'], ...allWeek }), plan({ name: 'the show', weekly: ['SA 02:00-03:02'] })])
    await until(3)
    await befall({ kind: 'publisherGone', path: 'event/stage' })
    await befall({ kind: 'publisherGone', path: 'cam1' })
    expect(await alarms()).toEqual(['streamGone cam1: unacknowledged'])
    const [{ id: serverId } = expect.fail('there is a server')] = await client.servers.list()
    expect(await client.streams.get({ serverId, path: 'event/stage' })).toMatchObject({ state: 'ended', expected: false, offPlan: true })
  })

  test('outside the plan there is nothing; when it begins, what is missing is missed since then', async () => {
    const { alarms, client } = await watch([plan({ weekly: ['SA 03:03-03:05'] })])
    await befall({ kind: 'publisherGone', path: 'event/stage' })
    await until(2)
    expect(await alarms()).toEqual([])
    const [{ id: serverId } = expect.fail('there is a server')] = await client.servers.list()
    expect(await client.streams.get({ serverId, path: 'event/stage' })).toMatchObject({ state: 'ended', expected: false, offPlan: true })
    await until(4)
    expect(await alarms()).toEqual(['streamGone event/stage: unacknowledged'])
    expect((await client.alarms.list())[0]?.since).toBe(startAt + 3 * minuteMs)
    await until(6)
    expect(await alarms()).toEqual(['streamGone event/stage: healedUnseen'])
  })

  test('on air beyond the plan is noted once, and is no alarm', async () => {
    const { alarms, notices } = await watch([plan({ weekly: ['SA 02:00-03:02'] })])
    await until(2)
    expect(await notices()).toEqual([])
    await until(5)
    expect(await notices()).toEqual([expect.stringContaining('the show')])
    expect(await alarms()).toEqual([])
    await befall({ kind: 'stall', path: 'event/stage', keep: true })
    expect(await alarms()).toEqual([])
  })

  test('a calendar says when, is followed, and while it was never read says nothing', async () => {
    const file = join(engines.folder, 'show.ics')
    const { alarms, client } = await watch([plan({ calendar: file })])
    expect(await client.onAir.list()).toMatchObject([
      { name: 'the show', now: null, problem: { kind: 'unreachable', code: 'ENOENT' }, words: expect.any(String) },
    ])
    await befall({ kind: 'publisherGone', path: 'event/stage' })
    expect(await alarms()).toEqual(['streamGone event/stage: unacknowledged'])
    const text = ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'UID:a', 'DTSTART:20261114T050000Z', 'DURATION:PT1H', 'END:VEVENT', 'END:VCALENDAR', '']
    await writeFile(file, text.join('\r\n'))
    await engines.clock.advance(90_000)
    expect(await client.onAir.list()).toMatchObject([{ problem: null, next: [{ from: startAt + 120 * minuteMs, to: startAt + 180 * minuteMs }] }])
    expect(await alarms()).toEqual(['streamGone event/stage: healedUnseen'])
  })

  test('a plan that is taken out of the configuration file leaves everything as it was before', async () => {
    const { alarms, engine } = await watch([plan({ weekly: ['SA 10:00-12:00'] })])
    await befall({ kind: 'publisherGone', path: 'event/stage' })
    expect(await alarms()).toEqual([])
    engine.applyYaml('mtxdeck.yaml', { servers: demo.yamlServers(), hosts: [], probes: [], channels: [], routes: null, maintenance: [], rules: [], onAir: [] })
    await engines.clock.advance(20_000)
    expect(await alarms()).toEqual(['streamGone event/stage: unacknowledged'])
  })

  describe('entered in the console', () => {
    test('missing within the plan is an alarm from then on, outside nothing; removed, everything is as it was before', async () => {
      const { alarms, client } = await watch()
      const added = await client.onAir.add(plan({ weekly: ['SA 03:03-03:05'] }))
      expect(added).toMatchObject({ origin: 'stored', by: 'operator', addedAt: engines.clock.now(), now: null })
      expect(added.next[0]).toEqual({ from: startAt + 3 * minuteMs, to: startAt + 5 * minuteMs })
      await befall({ kind: 'publisherGone', path: 'event/stage' })
      await until(2)
      expect(await alarms()).toEqual([])
      await until(4)
      expect(await alarms()).toEqual(['streamGone event/stage: unacknowledged'])
      await until(6)
      expect(await alarms()).toEqual(['streamGone event/stage: healedUnseen'])
      await client.onAir.remove({ id: added.id })
      await engines.clock.advance(20_000)
      expect(await client.onAir.list()).toEqual([])
      expect(await alarms()).toEqual(['streamGone event/stage: unacknowledged'])
    })

    test('a change takes effect at once', async () => {
      const { alarms, client } = await watch()
      const { id } = await client.onAir.add(plan({ weekly: ['SA 10:00-12:00'] }))
      await befall({ kind: 'publisherGone', path: 'event/stage' })
      expect(await alarms()).toEqual([])
      const changed = await client.onAir.update({ id, change: plan({ name: 'the other show', weekly: ['SA 03:00-04:00'] }) })
      expect(changed).toMatchObject({ id, name: 'the other show', now: { from: startAt, to: startAt + 60 * minuteMs } })
      await engines.clock.advance(20_000)
      expect(await alarms()).toEqual(['streamGone event/stage: unacknowledged'])
    })

    test('it survives a console that is killed, also what its calendar had', async () => {
      const text = 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20261114T030200Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n'
      let isReachable = true
      const calendar = await createSite(engines, (_, response) => void response.writeHead(isReachable ? 200 : 404).end(text))
      const { engine, client } = await watch()
      await client.onAir.add(plan({ calendar: `${calendar}private-hunter2.ics` }))
      await client.onAir.add(plan({ name: 'never', streams: ['cam*'], weekly: ['SU 10:00-11:00'] }))
      await befall({ kind: 'publisherGone', path: 'cam1' })
      isReachable = false
      const left = join(engines.folder, 'left')
      cpSync(join(engines.folder, 'data'), left, { recursive: true, filter: (name) => !name.includes('lock') })
      await engines.stop(engine)
      const again = await watch([plan({ name: 'of the file', weekly: ['SU 10:00-11:00'] })], left)
      await befall({ kind: 'publisherGone', path: 'event/stage' })
      expect(await again.alarms()).toEqual([])
      await until(4)
      expect(await again.alarms()).toEqual(['streamGone event/stage: unacknowledged'])
      const listed = await again.client.onAir.list()
      expect(listed.map(({ name, origin, by, problem }) => [name, origin, by, problem?.kind]).sort()).toEqual([
        ['never', 'stored', 'operator', undefined],
        ['of the file', 'yaml', null, undefined],
        ['the show', 'stored', 'operator', 'unreachable'],
      ])
      expect(JSON.stringify(listed) + engines.logged.join()).not.toContain('hunter2')
    })

    test('only the server of a calendar is shown; sent back like that it stays', async () => {
      const text = 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20261114T030000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n'
      const site = await createSite(engines, (_, response) => void response.end(text))
      const { client } = await watch()
      const { id } = await client.onAir.add(plan({ calendar: `${site}private-hunter2.ics` }))
      await engines.clock.advance(1_000)
      const shown = await client.onAir.get({ id })
      expect(shown).toMatchObject({ calendar: `${site}…`, now: { from: startAt } })
      const kept = await client.onAir.update({ id, change: plan({ calendar: shown.calendar, streams: ['cam1'] }) })
      expect(kept).toMatchObject({ streams: ['cam1'], now: { from: startAt }, problem: null })
    })

    test('the next times of what is not stored are shown before it is', async () => {
      const { client } = await watch()
      const { now, next } = await client.onAir.preview(plan({ zone: 'Europe/Berlin', weekly: ['MO-FR 08:00-18:00', 'SA 04:00-05:00'] }))
      expect(now).toEqual({ from: startAt, to: startAt + 60 * minuteMs })
      expect(next.map(({ from }) => new Date(from).toISOString())).toEqual([
        '2026-11-16T07:00:00.000Z',
        '2026-11-17T07:00:00.000Z',
        '2026-11-18T07:00:00.000Z',
        '2026-11-19T07:00:00.000Z',
        '2026-11-20T07:00:00.000Z',
      ])
      expect(await client.onAir.list()).toEqual([])
    })

    test.each([
      ['no stream', { streams: [] }, 'streams'],
      ['hours that are none', { weekly: ['weekdays 8 to 18'] }, 'weekly.0'],
      ['no hours', { weekly: [] }, 'weekly'],
      ['a calendar beside hours', { calendar: 'http://127.0.0.1/x.ics' }, 'weekly'],
      ['a file of the console’s machine', { weekly: [], calendar: '/etc/passwd' }, 'calendar'],
      ['a zone that does not exist', { zone: 'Europe/Atlantis' }, 'zone'],
      ['a name of nothing', { name: ' ' }, 'name'],
    ])('%s is refused at its field', async (_, change, field) => {
      const { client } = await watch()
      const refused = client.onAir.add({ ...plan({ weekly: ['SA 10:00-12:00'] }), ...change })
      await expect(refused).rejects.toMatchObject({
        data: { kind: 'notAccepted', validationErrors: expect.arrayContaining([expect.objectContaining({ field })]) },
      })
    })

    test('what stands in the configuration file, is not there or is too much is refused in words', async () => {
      const some = plan({ weekly: ['SA 10:00-12:00'] })
      const { client } = await watch([some])
      const id = (await client.onAir.list())[0]?.id ?? ''
      await expect(client.onAir.update({ id, change: some })).rejects.toMatchObject({ data: { kind: 'fromFile' } })
      await expect(client.onAir.remove({ id })).rejects.toMatchObject({ data: { kind: 'fromFile' } })
      await expect(client.onAir.get({ id: 'none' })).rejects.toMatchObject({ data: { kind: 'noSuch' } })
      for (let added = 0; added < 200; added++) await client.onAir.add(some)
      await expect(client.onAir.add(some)).rejects.toMatchObject({ data: { kind: 'tooMany' } })
    })
  })
})
