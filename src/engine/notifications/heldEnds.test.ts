import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeWithoutBugs } from '../../../tests/fakes/testFleet.ts'
import { createDemoFleet, type DemoFleet } from '../../demo/demoFleet.fixture.ts'
import { rtspServer } from '../../demo/rtspServer.fixture.ts'
import { createTestEngines, type TestEngines } from '../testEngines.ts'
import { type Answer, answers, createReceiver, type Receiver } from './channels.fixture.ts'

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const shortS = 20

// The end of an outage shorter than 75 s is sent 75 s after its start: it may come and go.
describe('an end that waits, because its outage was short,', () => {
  let engines: TestEngines
  let demo: DemoFleet
  let ops: Receiver
  let reply: Answer
  beforeEach(async () => {
    engines = await createTestEngines(startAt)
    reply = answers(200, {})
    ops = engines.open.use(await createReceiver((response, got) => reply(response, got)))
    demo = engines.open.use(await createDemoFleet({ clock: engines.clock, seed: 'held', servers: [rtspServer('Berlin', 'cam1')] }))
  })
  afterEach(() => closeWithoutBugs(engines))

  const pass = (seconds: number) => engines.clock.advance(seconds * 1_000)
  const start = async (folder = 'data') => {
    const started = await engines.start(
      { servers: demo.yamlServers().map((server) => ({ ...server, intervalSeconds: 2 })), channels: [{ name: 'ops', webhook: `${ops.origin}/hook` }] },
      { dataDir: join(engines.folder, folder) },
    )
    await pass(10)
    return started
  }
  const gone = (seconds: number) => demo.server('Berlin').trouble({ kind: 'publisherGone', path: 'cam1', forMs: seconds * 1_000 })
  const received = () => ops.bodies().map(({ event }) => event)
  const keys = () => new Set(ops.bodies().map(({ key }) => key)).size
  /** A short outage that has healed, whose start was sent and whose end waits. */
  const held = async () => {
    const started = await start()
    gone(shortS)
    await pass(shortS + 20)
    expect(received()).toEqual(['start'])
    const [alarm] = await started.client.alarms.list()
    expect(alarm).toMatchObject({ rule: 'streamGone', state: 'healedUnseen' })
    return { ...started, id: alarm?.id ?? '' }
  }
  /** It is sent within the hold and what a restart takes, and never again. */
  const endsOnce = async (more: readonly string[] = []) => {
    await pass(120)
    expect(received()).toEqual(['start', ...more, 'end'])
    await pass(1_200)
    expect(received()).toEqual(['start', ...more, 'end'])
    expect(keys()).toBe(1)
  }

  test('is sent once over a restart', async () => {
    const { engine } = await held()
    await engines.stop(engine)
    await start()
    await endsOnce()
  })

  test('is sent once by the console that follows one that was killed', async () => {
    const { engine } = await held()
    cpSync(join(engines.folder, 'data'), join(engines.folder, 'killed'), { recursive: true, filter: (file) => !file.endsWith('.lock') })
    await engines.stop(engine)
    await start('killed')
    await endsOnce()
  })

  test('is not sent while it is gone again, which began while mtxdeck did not run', async () => {
    const { engine } = await held()
    await engines.stop(engine)
    gone(300)
    await pass(20)
    await start()
    await pass(60)
    expect(received()).not.toContain('end')
    await pass(300)
    await pass(1_200)
    expect(received().filter((event) => event === 'start')).toHaveLength(1)
    expect(received().filter((event) => event === 'end')).toHaveLength(1)
    expect(received().at(-1)).toBe('end')
    expect(keys()).toBe(1)
  })

  test('is sent once where somebody acknowledges it meanwhile', async () => {
    const { client, id } = await held()
    await client.alarms.acknowledge({ ids: [id] })
    await endsOnce()
  })

  test('is sent once where it is shelved meanwhile', async () => {
    const { client, id } = await held()
    await client.alarms.shelve({ ids: [id], until: engines.clock.now() + 3_600_000, reason: 'lens change' })
    await endsOnce()
  })

  test('is sent once where a maintenance window begins meanwhile', async () => {
    const { client } = await held()
    await client.maintenance.add({ name: 'works', streams: ['*'], start: '2026-11-14T03:00', zone: 'UTC', hours: 2 })
    await endsOnce()
  })

  test('is sent once where its rule is switched off meanwhile', async () => {
    const { client } = await held()
    await client.rules.update({ id: 'streamGone', change: { enabled: false } })
    await endsOnce()
  })

  test('is sent once where the channel fails when it is due', async () => {
    await held()
    reply = answers(500, {})
    await pass(90)
    reply = answers(200, {})
    await pass(600)
    expect(received().filter((event) => event === 'start')).toHaveLength(1)
    expect(received().at(-1)).toBe('end')
    const tries = received().length
    await pass(1_200)
    expect(received()).toHaveLength(tries)
    expect(keys()).toBe(1)
  })

  test('still says when it ended where it is sent once more after the stream has gone again', async () => {
    await held()
    // It arrives, and its answer is lost.
    reply = (response) => void response.socket?.destroy()
    const before = ops.bodies().length
    while (ops.bodies().length === before) await pass(1)
    expect(received().at(-1)).toBe('end')
    gone(600)
    await pass(30)
    reply = answers(200, {})
    await pass(120)
    const [first, again] = [ops.bodies().find(({ event }) => event === 'end'), ops.bodies().findLast(({ event }) => event === 'end')]
    expect(again).toMatchObject({ mayRepeat: true })
    // When it was found to have ended, which is later than it ended by the rule's delay.
    const laterMs = Date.parse(String(again?.['endedAt'])) - Date.parse(String(first?.['endedAt']))
    expect(laterMs).toBeGreaterThanOrEqual(0)
    expect(laterMs).toBeLessThan(10_000)
  })

  test.each([
    ['forward', 3_600_000],
    ['back', -3_600_000],
  ])('is sent once and in time where the clock is set %s by an hour meanwhile', async (_, ms) => {
    await held()
    engines.clock.jumpWall(ms)
    await endsOnce()
  })
})
