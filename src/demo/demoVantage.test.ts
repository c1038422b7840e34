import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { MediaPort } from '../engine/ports.ts'
import type { TestEngines } from '../engine/testEngines.ts'
import { goodReading } from '../shared/probeReadings.fixture.ts'
import { probeInputSchema } from '../shared/probes.ts'
import type { DemoFleet } from './demoFleet.ts'
import { createDemoVantage } from './demoVantage.ts'

const minuteMs = 60_000
const unavailable = { ok: false, error: { kind: 'unavailable', because: 'noProcess' } } as const
/** What this console reads: everything but the stream that nobody publishes here. */
const media: MediaPort = {
  snapshot: async () => unavailable,
  tools: async () => unavailable,
  probe: async ({ url }, onReading) => {
    if (url.includes('spare')) return { kind: 'notFound' }
    onReading(goodReading, null)
    return null
  },
}

let engines: TestEngines
let demo: DemoFleet
beforeEach(async () => {
  const path = (name: string) => ({ name, source: 'rtspSession' as const })
  ;({ engines, demo } = await createTestFleet(Date.UTC(2026, 10, 14, 3), 'vantage', [
    { name: 'Berlin-1', paths: [path('north/gate'), path('lobby/door')] },
    { name: 'Hamburg-2', paths: [path('bridge/cam-7')] },
  ]))
})
afterEach(() => closeWithoutBugs(engines))

test('the other console of the demo sees what is so, and one stream that does not arrive here', async () => {
  const vantage = await createDemoVantage(engines.clock, demo.servers)
  if (vantage === null) throw new Error('the demo has no other console')
  engines.open.use(vantage)
  const yamlProbes = ['north/gate', 'bridge/cam-7', 'north/spare', 'studio-a/pgm'].map((name) =>
    probeInputSchema.parse({ name, url: `rtsp://192.0.2.1/${name}`, intervalSeconds: 10, retries: 0 }),
  )
  const { client } = await engines.start({ yamlProbes, yamlVantages: [vantage.input] }, { media })
  await engines.clock.advance(minuteMs)
  expect(await client.vantages.list()).toMatchObject([{ name: 'Frankfurt-1', state: 'up', error: null, shared: 3, probes: 4 }])
  const seen = async () =>
    Object.fromEntries((await client.probes.list()).map(({ name, state, elsewhere }) => [name, [state, elsewhere[0]?.state, elsewhere[0]?.grade]]))
  expect(await seen()).toEqual({
    'north/gate': ['up', 'up', 'good'],
    'bridge/cam-7': ['up', 'up', 'good'],
    'north/spare': ['down', 'up', 'good'],
    'studio-a/pgm': ['up', undefined, undefined],
  })
  demo.server('Berlin-1').trouble({ kind: 'publisherGone', path: 'north/gate', forMs: 5 * minuteMs })
  await engines.clock.advance(minuteMs)
  expect((await seen())['north/gate']).toEqual(['up', 'down', null])
  await engines.clock.advance(6 * minuteMs)
  expect((await seen())['north/gate']).toEqual(['up', 'up', 'good'])
})

test('a fleet without these streams has no other console, and a wrong token is told nothing', async () => {
  expect(await createDemoVantage(engines.clock, demo.servers.slice(0, 1))).toBeNull()
  const vantage = await createDemoVantage(engines.clock, demo.servers)
  if (vantage === null) throw new Error('the demo has no other console')
  engines.open.use(vantage)
  const ask = async (token: string, path = '/api/probes/sights') => {
    const answer = await fetch(`${vantage.input.url}${path}`, { headers: { authorization: `Bearer ${token}` } })
    return [answer.status, (await answer.text()).includes('north/gate')]
  }
  expect([await ask('wrong'), await ask(vantage.input.token, '/api/servers'), await ask(vantage.input.token)]).toEqual([
    [401, false],
    [404, false],
    [200, true],
  ])
})
