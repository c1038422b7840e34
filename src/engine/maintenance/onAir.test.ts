import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../../demo/demoFleet.ts'
import type { DemoTrouble } from '../../demo/demoOptions.ts'
import { rtspServer } from '../../demo/rtspServer.fixture.ts'
import { type OnAirInput, onAirInputSchema } from '../../shared/onAir.ts'
import { pathOf } from '../../shared/subjects.ts'
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
  async function watch(onAir: readonly OnAirInput[]) {
    const { engine, client } = await engines.start({ yamlServers: demo.yamlServers(), onAir }, { dataDir: join(engines.folder, 'data') })
    await engines.clock.advance(10_000)
    return {
      engine,
      client,
      alarms: async () => (await client.alarms.list()).map(({ kind, subject, state }) => `${kind} ${pathOf(subject)}: ${state}`),
      notices: async () => (await client.history.events({ kinds: ['onAirBeyondPlan'], limit: 100 })).map(({ subject, text }) => `${pathOf(subject)}: ${text}`),
    }
  }
  const befall = async (trouble: DemoTrouble, ms = 20_000) => {
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
    engine.applyYaml('mtxdeck.yaml', { servers: demo.yamlServers(), hosts: [], channels: [], routes: null, maintenance: [], rules: [], onAir: [] })
    await engines.clock.advance(20_000)
    expect(await alarms()).toEqual(['streamGone event/stage: unacknowledged'])
  })
})
