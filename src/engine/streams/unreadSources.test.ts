import { expect, test } from 'vitest'
import { createDemoFleet } from '../../demo/demoFleet.ts'
import { createTestEngines } from '../testEngines.ts'
import { createStreamsFixture, livePath, readerSession } from './streams.fixture.ts'

const startAt = Date.UTC(2026, 10, 14, 3)

test('a source on demand that nobody but this console reads is known since its last reader, with what came of it; what is recorded or forwarded is used', async () => {
  const fixture = createStreamsFixture()
  const entry = { pattern: false, onDemand: true, source: 'rtsp', alwaysAvailable: false, closeAfterMs: 90_000 }
  const recording = { format: 'fmp4', segmentMs: 60_000, deleteAfterMs: null, slates: true, folder: '/rec' }
  const configured = [
    { ...entry, name: 'lazy' },
    { ...entry, name: 'ours' },
    { ...entry, name: 'slow', closeAfterMs: 600_000 },
    { ...entry, name: 'recorded', recording },
    { ...entry, name: 'forwarded', forwards: true },
    { ...entry, name: 'steady', onDemand: false },
  ]
  fixture.streams.configured(fixture.server, configured)
  const own = { type: 'rtspSession', id: 'own' }
  let n = 0
  const poll = async (readers: readonly { readonly type: string; readonly id: string }[] = [], changes: object = {}) => {
    n++
    const path = (name: string) =>
      livePath(name, n * 1_000, { sourceType: 'rtspSource', sourceId: '', readers: name === 'ours' ? [own] : name === 'lazy' ? readers : [], ...changes })
    await fixture.next(
      configured.map(({ name }) => path(name)),
      [readerSession('ours', 'own', { own: true })],
      ['rtspSessions'],
    )
  }
  const unread = () => fixture.streams.unreadSources('a').map(({ path, since, bytes }) => [path, (fixture.clock.now() - since) / 1_000, bytes])
  for (let at = 0; at < 10; at++) await poll([{ type: 'rtspSession', id: 'viewer' }])
  for (let at = 0; at < 45; at++) await poll()
  expect(unread()).toEqual([['ours', 108, 54_000]])
  await poll()
  expect(unread()).toEqual([
    ['ours', 110, 55_000],
    ['lazy', 90, 45_000],
  ])
  await poll([{ type: 'rtspSession', id: 'viewer' }])
  expect(unread()).toEqual([['ours', 112, 56_000]])
  await poll([], { available: false })
  expect(unread()).toEqual([])
  expect(fixture.errors).toEqual([])
  fixture.db.close()
})

test('one that stays on for 5 min is a warning, which ends with it', async () => {
  await using engines = await createTestEngines(startAt, 100)
  const { clock } = engines
  const fleet = engines.open.use(
    await createDemoFleet({ clock, seed: 'unread', servers: [{ name: 'Berlin', paths: [{ name: 'lobby', mode: 'onDemand', live: true }] }] }),
  )
  const { client } = await engines.start({ yamlServers: fleet.yamlServers() })
  const alarms = async () => (await client.alarms.list({})).map(({ kind, severity, text }) => ({ kind, severity, text }))
  await clock.advance(300_000)
  expect(await alarms()).toEqual([])
  await clock.advance(20_000)
  expect(await alarms()).toEqual([
    {
      kind: 'unreadOnDemand',
      severity: 'warning',
      text: expect.stringMatching(/^On demand, but it stays on although nobody reads it: \d+ MB arrived meanwhile\.$/),
    },
  ])
  fleet.server('Berlin').trouble({ kind: 'publisherGone', path: 'lobby' })
  await clock.advance(10_000)
  expect(await alarms()).toEqual([])
})
