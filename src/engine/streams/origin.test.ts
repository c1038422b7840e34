import { expect, test } from 'vitest'
import { createSlices } from '../../clock/slices.ts'
import { createTestClock } from '../../clock/testClock.ts'
import type { StreamOrigin } from '../../shared/alarms.ts'
import { readConfigurationAnswers } from '../servers/parseConfiguration.ts'
import { createStreamsFixture, livePath, publisherSession } from './streams.fixture.ts'

const hosts = async (...sources: readonly string[]) => {
  const clock = createTestClock()
  const paths = sources.map((source, place) => ({ name: `cam${place}`, source }))
  const answers = { global: {}, pathDefaults: {}, paths }
  const reading = await readConfigurationAnswers(answers, 'localhost', createSlices(clock).begin(), new AbortController().signal)
  return reading.paths
}
const hostOf = async (source: string) => (await hosts(source))[0]?.sourceHost

test.each([
  ['rtsp://noc:hunter2@Camera.example.org:554/stream?key=hunter2', 'camera.example.org'],
  ['srt://10.4.1.20:8890?streamid=hunter2', '10.4.1.20'],
  ['whep://[2001:db8::1]:8889/cam/whep', '2001:db8::1'],
  ['udp+mpegts://238.0.0.1:1234', '238.0.0.1'],
])('of a source such as %s nothing but the host is kept', async (source, host) => {
  expect(await hostOf(source)).toBe(host)
})

test.each(['publisher', 'redirect', 'rpiCamera', 'rtsp://$G1:554/', 'rtsp://', 'unix+rtp:///tmp/socket', `rtsp://${'a.'.repeat(200)}b/`])(
  'the source %s has no host',
  async (source) => {
    expect(await hostOf(source)).toBeUndefined()
  },
)

test('where a stream comes from stays known after its publisher left, and what is counted says until when it was live', async () => {
  const { poll, next, streams, server } = createStreamsFixture()
  const cams = ['cam1', 'cam2'].map((name) => publisherSession(name))
  poll([livePath('cam1', 0), livePath('cam2', 0)], cams)
  await next([livePath('cam1', 1_000), livePath('cam2', 1_000)], cams)
  await next([livePath('cam2', 2_000)], [publisherSession('cam2')])
  expect(streams.get('a', 'cam1')?.publisher).toBeNull()
  expect(streams.originOf('a', 'cam1')).toEqual({ address: '10.4.1.7', agent: 'Lavf59', source: null })
  expect(streams.originOf('a', 'nowhere')).toBeNull()
  const seen: (StreamOrigin & { path: string; isLive: boolean })[] = []
  streams.eachLive((origin, path, liveUntil) => seen.push({ ...origin, path, isLive: liveUntil === Number.POSITIVE_INFINITY }))
  const origin = { address: '10.4.1.7', agent: 'Lavf59', source: null }
  expect(seen).toEqual([
    { ...origin, path: 'cam1', isLive: false },
    { ...origin, path: 'cam2', isLive: true },
  ])
  streams.configured(server, [{ name: 'cam1', pattern: false, onDemand: false, source: 'rtsp', sourceHost: '10.4.1.20', alwaysAvailable: false }])
  expect(streams.originOf('a', 'cam1')).toEqual({ address: null, agent: null, source: '10.4.1.20' })
})
