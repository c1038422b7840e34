import { afterEach, beforeEach, expect, test } from 'vitest'
import { bytesOfMain, createTestEngines, refused, type TestEngines } from '../testEngines.ts'
import { answers, createReceiver } from './channels.fixture.ts'

const startAt = Date.UTC(2026, 10, 14, 3)
let engines: TestEngines
beforeEach(async () => {
  engines = await createTestEngines(startAt)
})
afterEach(() => engines[Symbol.asyncDispose]())

test('a heartbeat that is entered reaches its watcher, also after a restart, and its URL is in no answer and not readable in the store', async () => {
  await using watcher = await createReceiver(answers(200, {}))
  const first = await engines.start()
  await first.client.channels.putReadiness({ part: 'heartbeat', entries: { url: `${watcher.origin}/hunter2`, everySeconds: '30' } })
  await engines.clock.advance(30_000)
  const shown = await first.client.channels.readiness()
  expect(shown).toMatchObject({
    heartbeat: { origin: watcher.origin, everySeconds: 30, failure: null },
    entered: { heartbeat: { entries: { everySeconds: '30' }, by: 'operator', at: startAt }, drill: null },
  })
  expect(JSON.stringify(shown)).not.toContain('hunter2')
  await engines.stop(first.engine)
  expect(bytesOfMain(engines.folder)).not.toContain('hunter2')
  const before = watcher.all.length
  const { client } = await engines.start()
  await engines.clock.advance(60_000)
  expect(watcher.all.length).toBeGreaterThan(before)
  expect((await client.history.events({ kinds: ['readinessEdited'] })).map(({ facts }) => facts)).toEqual([
    { part: 'heartbeat', by: 'operator', what: 'added' },
  ])
})

test('a change of its interval keeps the URL, and one that is removed asks no more', async () => {
  await using watcher = await createReceiver(answers(200, {}))
  const { client } = await engines.start()
  await client.channels.putReadiness({ part: 'heartbeat', entries: { url: watcher.origin } })
  await client.channels.putReadiness({ part: 'heartbeat', entries: { url: '', everySeconds: '10' } })
  expect((await client.channels.readiness()).heartbeat).toMatchObject({ origin: watcher.origin, everySeconds: 10 })
  await engines.clock.advance(20_000)
  await client.channels.removeReadiness({ part: 'heartbeat' })
  const before = watcher.all.length
  expect(before).toBeGreaterThan(0)
  await engines.clock.advance(60_000)
  expect(watcher.all).toHaveLength(before)
  expect(await client.channels.readiness()).toMatchObject({ heartbeat: null, entered: { heartbeat: null } })
})

test('a drill that is entered tests each channel at its time', async () => {
  await using receiver = await createReceiver(answers(200, {}))
  const { client } = await engines.start()
  await client.channels.add({ name: 'ops', webhook: receiver.origin })
  // A Saturday, three in the morning.
  await client.channels.putReadiness({ part: 'drill', entries: { days: ['SA'], at: '04:00', zone: 'UTC' } })
  expect((await client.channels.readiness()).drill).toEqual({ weekly: ['SA 04:00-24:00'], zone: 'UTC' })
  await engines.clock.advance(3_700_000)
  expect((await client.channels.list())[0]?.tests).toMatchObject([{ isDrill: true, failure: null }])
})

test('mistakes are said, and what the configuration file has is not changed here', async () => {
  const { client } = await engines.start({ heartbeat: { url: 'http://127.0.0.1:1/', everySeconds: 60 } })
  expect(await refused(client.channels.putReadiness({ part: 'heartbeat', entries: { url: 'http://127.0.0.1:2/' } }))).toMatch(/configuration file/)
  expect(await refused(client.channels.removeReadiness({ part: 'heartbeat' }))).toMatch(/configuration file/)
  expect(await refused(client.channels.putReadiness({ part: 'drill', entries: { at: 'ten', zone: 'UTC' } }))).toMatch(/such as 10:00/)
  expect(await refused(client.channels.putReadiness({ part: 'drill', entries: { at: '10:00' } }))).toMatch(/zone/)
  expect(await refused(client.channels.putReadiness({ part: 'drill', entries: { at: '10:00', zone: 'UTC', url: 'x' } }))).toMatch(/url/)
})
