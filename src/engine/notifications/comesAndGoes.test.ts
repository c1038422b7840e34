import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeWithoutBugs } from '../../../tests/fakes/testFleet.ts'
import { createDemoFleet, type DemoFleet } from '../../demo/demoFleet.fixture.ts'
import { rtspServer } from '../../demo/rtspServer.fixture.ts'
import { TroubledHost, troubleMachine } from '../../demo/troubledHost.fixture.ts'
import { createTestEngines, type TestEngines } from '../testEngines.ts'
import { answers, createReceiver, type Receiver } from './channels.fixture.ts'

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const hourS = 3_600
const halfHourS = 1_800

// What is gone for some seconds every minute, every three and every nine, and figures that saw otherwise: complaints.test.ts, judgeOwner.test.ts.
describe('what comes and goes, sent to a webhook by a whole engine', () => {
  let engines: TestEngines
  let demo: DemoFleet
  let ops: Receiver
  beforeEach(async () => {
    engines = await createTestEngines(startAt)
    ops = engines.open.use(await createReceiver(answers(200, {})))
    demo = engines.open.use(await createDemoFleet({ clock: engines.clock, seed: 'saw', servers: [rtspServer('Berlin', 'cam1')], hosts: TroubledHost }))
  })
  afterEach(() => closeWithoutBugs(engines))

  const pass = (seconds: number) => engines.clock.advance(seconds * 1_000)
  const watch = async (what: 'streams' | 'machine') => {
    const { client } = await engines.start({
      // Only what the test is about is asked closely: hours of all of it take minutes.
      servers: demo.yamlServers().map((server) => ({ ...server, intervalSeconds: what === 'streams' ? 4 : 60 })),
      hosts: what === 'streams' ? [] : demo.yamlHosts().map((host) => ({ ...host, intervalSeconds: 20 })),
      channels: [{ name: 'ops', webhook: `${ops.origin}/hook` }],
    })
    await pass(10)
    return client
  }
  /** Each as a load of so many percent for so many seconds, for half an hour. */
  const saw = async (...teeth: readonly (readonly [percent: number, seconds: number])[]) => {
    const periodS = teeth.reduce((sum, [, seconds]) => sum + seconds, 0)
    for (let passed = 0; passed < halfHourS; passed += periodS)
      for (const [cpuPercent, seconds] of teeth) {
        troubleMachine(demo, 'Berlin', { kind: 'load', cpuPercent, forMs: seconds * 1_000 })
        await pass(seconds)
      }
  }
  const received = () => ops.bodies().map(({ event, severity, returns }) => `${event} ${severity} ${returns}`)
  const ofKeys = () => new Set(ops.bodies().map(({ key }) => key)).size

  test('a stream that is gone for 12 s every minute: one start, that it returned, and one end when it is truly quiet', async () => {
    await watch('streams')
    for (let minute = 0; minute < 20; minute++) {
      demo.server('Berlin').trouble({ kind: 'publisherGone', path: 'cam1', forMs: 12_000 })
      await pass(60)
    }
    expect(received()).toEqual(['start critical 0', 'update critical 1'])
    expect(ops.bodies()[1]?.text).toMatch(/It has returned 1 time in [45]\d s\./)
    await pass(hourS + 10)
    expect(received().slice(2)).toEqual(['end critical 19'])
    expect(ops.bodies()[2]?.text).toMatch(/It has returned 19 times in 1[89] min \d\d s\./)
    expect(ofKeys()).toBe(1)
  })

  test('CPU that saws through its limit and the deadband for an hour: one start and one end', async () => {
    await watch('machine')
    await saw([82, 200], [0, 100])
    await saw([82, 200], [0, 100])
    await pass(hourS)
    expect(received().map((text) => text.split(' ')[0])).toEqual(['start', 'end'])
    expect(ofKeys()).toBe(1)
  })

  test('CPU that is beyond its limit twice, some minutes apart: each is notified, and its end within minutes', async () => {
    await watch('machine')
    for (let time = 0; time < 2; time++) {
      troubleMachine(demo, 'Berlin', { kind: 'load', cpuPercent: 82, forMs: 200_000 })
      await pass(200 + 150)
      expect(received().length, 'start and end').toBe(2 * (time + 1))
      await pass(150)
    }
    expect(received().map((text) => text.split(' ')[0])).toEqual(['start', 'end', 'start', 'end'])
  })

  test('CPU that saws between two levels: the worse one is notified once, and is taken once', async () => {
    const client = await watch('machine')
    await saw([82, 150], [95, 150])
    expect(received()).toEqual(['start warning 0', 'update major 0'])
    const [{ id } = expect.fail('there is an alarm')] = await client.alarms.list()
    await client.alarms.acknowledge({ ids: [id] })
    await saw([82, 150], [95, 150])
    await pass(200)
    expect(received().slice(2)).toEqual(['update major 0', 'end major 0'])
    expect(ofKeys()).toBe(1)
  })
})
