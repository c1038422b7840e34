import { expect, test } from 'vitest'
import { createSlices } from '../../clock/slices.ts'
import { someServer } from '../../shared/servers.fixture.ts'
import { readConfigurationAnswers } from '../servers/parseConfiguration.ts'
import { streamAddressOf } from '../servers/streamAddress.ts'
import { createStreamsFixture, livePath } from '../streams/streams.fixture.ts'
import { createProbedStreams, createTopology } from './topology.ts'

type Paths = Readonly<Record<string, { readonly source?: string; readonly forward?: readonly string[] }>>
interface Configured {
  readonly host: string
  readonly rtspPort?: number
  readonly paths: Paths
}

/** Servers as their configurations say. Returns what a `server/path` comes from. */
async function configured(servers: Readonly<Record<string, Configured>>) {
  const { clock, streams, poll } = createStreamsFixture({ configurationAsked: false })
  const readings = new Map<string, Awaited<ReturnType<typeof readConfigurationAnswers>>>()
  const configure = async (id: string, { host, rtspPort = 8554, paths }: Configured) => {
    const global = { rtsp: true, rtspAddress: `:${rtspPort}`, hls: true, hlsAddress: ':8888', srt: true, srtAddress: ':8890' }
    const answers = {
      global,
      pathDefaults: {},
      paths: Object.entries(paths).map(([name, { source = 'publisher', forward = [] }]) => ({ name, source, forward: forward.map((dest) => ({ dest })) })),
    }
    const reading = await readConfigurationAnswers(answers, host, createSlices(clock).begin(), new AbortController().signal)
    readings.set(id, reading)
    streams.configured({ id, name: id }, reading.paths)
  }
  for (const [id, one] of Object.entries(servers)) await configure(id, one)
  const server = (id: string) => {
    const reading = readings.get(id)
    return reading === undefined ? null : someServer(id, { name: id, addresses: reading.addresses })
  }
  const topology = createTopology({ streams, server, serverHosts: () => Object.entries(servers).map(([id, { host }]) => [id, host]) })
  const from = (name: string): readonly string[] => {
    const [id = '', ...path] = name.split('/')
    return topology()(id, path.join('/')).map(({ serverName, path, by }) => `${by} ${serverName}/${path}`)
  }
  const probed = (...urls: readonly string[]): readonly (string | null)[] => {
    const probes = () => urls.map((url, index) => ({ id: String(index), url, canary: null }))
    const serverHosts = () => Object.entries(servers).map(([id, { host }]) => [id, host] as const)
    const found = createProbedStreams({ clock, streams, server, serverHosts, probes, addressOf: streamAddressOf })()
    return probes().map(({ id }) => {
      const place = found.get(id)
      return place === undefined ? null : `${place.serverId}/${place.path}`
    })
  }
  return { from, probed, poll, streams, configure }
}

test('a stream comes from the one that its server pulls, over several servers', async () => {
  const { from } = await configured({
    origin: { host: 'origin.example.org', paths: { studio: {} } },
    edge1: { host: '10.0.0.1', paths: { 'live/cam1': { source: 'rtsp://Origin.example.org:8554/studio' } } },
    edge2: { host: '10.0.0.2', paths: { door: { source: 'http://10.0.0.1:8888/live/cam1/index.m3u8' } } },
  })
  expect(from('edge2/door')).toEqual(['pull edge1/live/cam1', 'pull origin/studio'])
  expect(from('origin/studio')).toEqual([])
})

test('so it does where it is forwarded to its server, and not where a command pushes it, or several are', async () => {
  const { from } = await configured({
    origin: { host: 'origin', paths: { studio: { forward: ['rtsp://edge:8554/cam1', 'srt://edge:8890?streamid=publish:cam2', 'rtsp://edge:8554/both'] } } },
    other: { host: 'other', paths: { x: { forward: ['rtsp://edge:8554/both'] } } },
    edge: { host: 'edge', paths: { cam1: {}, cam2: {}, both: {}, cam3: {}, again: { source: 'rtsp://edge:8554/cam1' } } },
  })
  expect(from('edge/cam1')).toEqual(['forward origin/studio'])
  expect(from('edge/cam2')).toEqual(['forward origin/studio'])
  expect(from('edge/again')).toEqual(['pull edge/cam1', 'forward origin/studio'])
  expect(from('edge/both')).toEqual([])
  expect(from('edge/cam3')).toEqual([])
})

test('a replica of all paths has each of them from the same one there, and a pattern that forwards sends each there', async () => {
  const { from, poll } = await configured({
    origin: { host: 'origin', paths: { cam1: {} } },
    a: { host: 'a.example.org', paths: { '~^(.+)$': { source: 'rtsp://origin:8554/$G1', forward: ['rtsp://last:8554/in/$MTX_PATH'] } } },
    last: { host: 'last', paths: { 'in/cam1': {}, 'in/cam9': {} } },
  })
  poll([{ ...livePath('cam1', 0), confName: '~^(.+)$' }])
  expect(from('a/cam1')).toEqual(['pull origin/cam1'])
  expect(from('last/in/cam1')).toEqual(['forward a/cam1', 'pull origin/cam1'])
  expect(from('last/in/cam9')).toEqual([])
})

test('two that pull from each other end there', async () => {
  const { from } = await configured({
    a: { host: 'a', paths: { cam: { source: 'rtsp://b:8554/cam' } } },
    b: { host: 'b', paths: { cam: { source: 'rtsp://a:8554/cam' } } },
    c: { host: 'c', paths: { cam: { source: 'rtsp://localhost:8554/cam' } } },
  })
  expect(from('a/cam')).toEqual(['pull b/cam'])
  expect(from('c/cam')).toEqual([])
})

test('a long chain is followed over eight', async () => {
  const { from } = await configured(
    Object.fromEntries(
      Array.from({ length: 12 }, (_, place) => [
        `s${place}`,
        { host: `s${place}`, paths: { cam: place === 0 ? {} : { source: `rtsp://s${place - 1}:8554/cam` } } },
      ]),
    ),
  )
  expect(from('s11/cam')).toHaveLength(8)
})

test('of several servers at one host it is the one with that port, and what may be two is none', async () => {
  const { from } = await configured({
    one: { host: 'here', rtspPort: 8554, paths: { cam: {} } },
    two: { host: 'here', rtspPort: 9554, paths: { cam: {} } },
    edge: {
      host: 'here',
      rtspPort: 10_554,
      paths: {
        a: { source: 'rtsp://localhost:9554/cam' },
        b: { source: 'rtsp://here:7000/cam' },
        c: { source: 'rtmp://here/cam' },
        d: { source: 'rtsp://here:8554/no' },
      },
    },
  })
  expect(from('edge/a')).toEqual(['pull two/cam'])
  for (const path of ['b', 'c', 'd']) expect(from(`edge/${path}`), path).toEqual([])
})

test('what 100 servers forward to one is found by where it arrives', async () => {
  const names = Array.from({ length: 1_000 }, (_, place) => `cam${place}`)
  const edge: Paths = Object.fromEntries(names.map((name) => [name, {}]))
  const senders = Array.from({ length: 100 }, (_, place): [string, Configured] => {
    const own = names.slice(place * 10, place * 10 + 10)
    return [`s${place}`, { host: `s${place}`, paths: Object.fromEntries(own.map((name) => [name, { forward: [`rtsp://edge:8554/${name}`] }])) }]
  })
  const { from } = await configured({ edge: { host: 'edge', paths: edge }, ...Object.fromEntries(senders) })
  expect(from('edge/cam999')).toEqual(['forward s99/cam999'])
  expect(from('edge/cam0')).toEqual(['forward s0/cam0'])
})

test('it is that of the latest configuration, and of a server that is not watched any more none', async () => {
  const servers: Record<string, Configured> = {
    one: { host: 'one', paths: { cam1: { forward: ['rtsp://edge:8554/a'] } } },
    two: { host: 'two', paths: { cam2: {} } },
    edge: { host: 'edge', paths: { a: {}, b: {} } },
  }
  const { from, configure } = await configured(servers)
  expect([from('edge/a'), from('edge/b')]).toEqual([['forward one/cam1'], []])
  await configure('two', { host: 'two', paths: { cam2: { forward: ['rtsp://edge:8554/b'] } } })
  expect([from('edge/a'), from('edge/b')]).toEqual([['forward one/cam1'], ['forward two/cam2']])
  delete servers.one
  expect([from('edge/a'), from('edge/b')]).toEqual([[], ['forward two/cam2']])
})

test('a probe reads the stream that is at its address, on this machine too, and where that may be two or is none, nothing is said', async () => {
  const { probed } = await configured({
    origin: { host: '10.0.0.1', paths: { studio: {}, 'live/cam1': {} } },
    twin: { host: '10.0.0.2', paths: { studio: {} } },
    twin2: { host: '10.0.0.2', paths: { studio: {} } },
    here: { host: '127.0.0.1', paths: { lobby: {} } },
    here2: { host: 'localhost', rtspPort: 9554, paths: { lobby: {} } },
  })
  expect(probed('rtsp://***@10.0.0.1:8554/studio', 'http://10.0.0.1:8888/live/cam1/index.m3u8', 'srt://10.0.0.1:8890?streamid=read:studio')).toEqual([
    'origin/studio',
    'origin/live/cam1',
    'origin/studio',
  ])
  expect(probed('rtsp://localhost:8554/lobby', 'rtsp://127.0.0.1:9554/lobby')).toEqual(['here/lobby', 'here2/lobby'])
  expect(probed('rtsp://10.0.0.2:8554/studio', 'rtsp://10.0.0.1:8554/none', 'rtsp://10.0.0.9/studio', 'udp://10.0.0.1:1234')).toEqual([null, null, null, null])
})
