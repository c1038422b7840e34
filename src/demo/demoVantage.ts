import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../clock/clock.ts'
import type { Sight } from '../shared/sights.ts'
import type { Sights, VantageInput } from '../shared/vantages.ts'
import { createDemoRandom } from './demoRandom.ts'
import type { DemoServer } from './demoServer.ts'

/** Streams that it probes, too: by server, path, and the address at which it reads them. */
const probed = [
  ['Berlin-1', 'north/gate', 'rtsp://198.51.100.10:8554/north/gate'],
  ['Berlin-1', 'lobby/door', 'rtsp://198.51.100.10:8554/lobby/door'],
  ['Hamburg-2', 'bridge/cam-7', 'rtsp://198.51.100.22:8554/bridge/cam-7'],
] as const
/** Down here, up there: it reads the encoder itself, which does not reach the media server. */
const bypassed = ['north/spare', 'srt://198.51.100.77:9000?mode=caller'] as const
const name = 'Frankfurt-1'
const token = 'of-the-demo'
const readEveryMs = 30_000
const upSinceMs = 3 * 3_600_000

type Watched = Pick<DemoServer, 'name' | 'model' | 'pid'>

/** A console elsewhere that probes streams of the showcase: it only says what it sees, and that is what is so. null: none of the servers has these streams. */
export async function createDemoVantage(clock: Clock, servers: readonly Watched[]) {
  const known = probed.flatMap(([serverName, path, url]) => {
    const server = servers.find((one) => one.name === serverName)
    return server?.model.paths.has(path) ? [{ server, path, url }] : []
  })
  if (known.length < probed.length) return null
  const began = clock.now()
  const states = new Map<string, { readonly isUp: boolean; readonly since: number }>()
  const sightOf = (probe: string, url: string, isUp: boolean): Sight => {
    const now = clock.now()
    const random = createDemoRandom(`${probe} ${Math.floor(now / readEveryMs)}`)
    const before = states.get(probe) ?? { isUp, since: began - upSinceMs }
    const state = before.isUp === isUp ? before : { isUp, since: now }
    states.set(probe, state)
    return {
      name: probe,
      url,
      state: isUp ? 'up' : 'down',
      since: state.since,
      readAt: now - (now % readEveryMs),
      why: isUp ? null : { kind: 'notFound' },
      // The demo's pictures are small.
      bitrateBps: isUp ? random.between(195_000, 215_000) : null,
      answerMs: isUp ? random.between(40, 90) : null,
      grade: isUp ? 'good' : null,
    }
  }
  const sights = (): Sights => ({
    product: 'mtxdeck',
    installation: 'demo-elsewhere',
    at: clock.now(),
    probes: [
      ...known.map(({ server, path, url }) => {
        server.model.settle()
        return sightOf(path, url, server.pid() !== null && server.model.paths.get(path)?.live === true)
      }),
      sightOf(...bypassed, true),
    ],
  })
  const door = createServer(({ url, headers }, response) => {
    const isAsked = url === '/api/probes/sights'
    const status = headers.authorization !== `Bearer ${token}` ? 401 : isAsked ? 200 : 404
    response.writeHead(status, { 'content-type': 'application/json' }).end(status === 200 ? JSON.stringify(sights()) : '{}')
  })
  await new Promise<void>((resolve, reject) => door.once('error', reject).listen(0, '127.0.0.1', resolve))
  const { port } = door.address() as AddressInfo
  return {
    input: { name, url: `http://127.0.0.1:${port}`, token, fingerprint: null } as VantageInput,
    [Symbol.asyncDispose]: () => closed(door),
  }
}

function closed(door: Server): Promise<void> {
  const ended = new Promise<void>((resolve) => void door.close(() => resolve()))
  door.closeAllConnections()
  return ended
}
