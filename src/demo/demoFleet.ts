import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../clock/clock.ts'
import type { ProbeInput } from '../shared/probes.ts'
import type { ServerInput } from '../shared/servers.ts'
import { onApi, onMetrics, recordings, refuse } from './demoApi.ts'
import { answerPlayback, createDemoHls } from './demoHls.ts'
import { createDemoHosts, DemoHost } from './demoHosts.ts'
import type { DemoServerOptions } from './demoOptions.ts'
import { DemoServer, type DemoServerSetup, type EndpointHandlers, json, notFound } from './demoServer.ts'
import { showcase } from './demoWorkloads.ts'

/** Size of a uniform fleet: number of servers, and of ordinary paths on each. */
export interface DemoSize {
  readonly servers: number
  readonly paths: number
  readonly intervalSeconds?: number
  /** Default 4,000. */
  readonly churnEveryMs?: number
}

function sized({ servers, ...size }: DemoSize): readonly DemoServerOptions[] {
  return Array.from({ length: servers }, (_, index) => ({
    name: `demo-${String(index + 1).padStart(3, '0')}`,
    upForMs: 86_400_000,
    churnEveryMs: 4_000,
    ...size,
  }))
}

const inTurns = { intervalSeconds: 30, mode: 'turns', lookSeconds: 4, retries: 1, contract: null, profile: null, thresholds: {} } as const
/** Streams that the showcase probes: by server, path and project. Nobody publishes the spare one. */
const probed = [
  ['Berlin-1', 'north/gate', 'north', inTurns],
  ['Berlin-1', 'lobby/door', 'north', inTurns],
  ['Berlin-1', 'north/spare', 'north', inTurns],
  ['Hamburg-2', 'bridge/cam-7', 'bridge', inTurns],
  // It is read on and on, and its pictures and sound are looked at: its picture freezes from time to time. The demo's beeps are soft.
  ['Köln', 'studio-a/pgm', 'studio', { ...inTurns, mode: 'continuous', profile: 'studio', thresholds: { targetLufs: -29 } }],
] as const

/** Probes of streams that demo servers send by HLS, with their credentials. */
function demoProbes(servers: readonly DemoServer[]): readonly Omit<ProbeInput, 'paused'>[] {
  return probed.flatMap(([serverName, path, project, how]) => {
    const server = servers.find(({ name }) => name === serverName)
    if (server === undefined || server.hlsUrl === null) return []
    const url = new URL(`${server.hlsUrl}/${path}/index.m3u8`)
    if (server.auth.kind === 'basic') Object.assign(url, { username: server.auth.user, password: server.auth.password })
    return [{ ...how, checks: [], name: path, url: url.href, project }]
  })
}

/** Starts media servers in this process that speak the MediaMTX API over real HTTP on 127.0.0.1; the same seed produces the same fleet. */
export function createDemoFleet(deps: DemoFleetDeps) {
  return createFleet(deps, DemoServer)
}
export interface DemoFleetDeps {
  readonly clock: Clock
  readonly seed: string
  readonly servers?: readonly DemoServerOptions[]
  readonly preset?: 'showcase' | DemoSize
  /** Give each server a simulated machine that is accessible over SSH. */
  readonly hosts?: boolean | typeof DemoHost
  readonly log?: (text: string) => void
}
export async function createFleet<Server extends DemoServer>(deps: DemoFleetDeps, Server: new (setup: DemoServerSetup) => Server) {
  const { clock, seed, log = () => {} } = deps
  await using stack = new AsyncDisposableStack()
  const wanted = [...(deps.servers ?? []), ...(deps.preset === undefined ? [] : deps.preset === 'showcase' ? showcase(seed) : sized(deps.preset))]
  const servers: Server[] = []
  for (const options of wanted) {
    const server = new Server({ clock, seed: `${seed}/${options.name}`, options, log })
    servers.push(stack.use(await server.open(endpointsOf(server))))
  }
  const hosts = deps.hosts ? stack.use(await createDemoHosts(clock, servers, deps.hosts === true ? DemoHost : deps.hosts)) : null
  const owned = stack.move()
  return {
    servers: servers as readonly Server[],
    server: (name: string): Server => {
      const found = servers.find((server) => server.name === name)
      if (!found) throw new Error(`the demo has no server ${name}`)
      return found
    },
    yamlServers: (): readonly ServerInput[] => servers.map((server) => server.input),
    /** The machines that the servers run on; empty unless `hosts` was set. */
    yamlHosts: () => hosts?.inputs ?? [],
    /** The probes of the showcase; other fleets have none. */
    yamlProbes: () => demoProbes(servers),
    machines: hosts?.machines ?? [],
    [Symbol.asyncDispose]: (): Promise<void> => owned.disposeAsync(),
  }
}

function endpointsOf(server: DemoServer): EndpointHandlers {
  const { off, minor, options } = server
  return {
    api: onApi,
    ...(!off.includes('hls') && { hls: createDemoHls(server) }),
    ...(!off.includes('webrtc') && { webrtc: onWebrtc }),
    ...(minor >= 5 && { playback: onPlayback }),
    ...(options.metrics !== 'none' && { metrics: onMetrics }),
  }
}

function onPlayback(server: DemoServer, request: IncomingMessage, response: ServerResponse, url: URL): void {
  if (url.pathname === '/list') {
    const name = url.searchParams.get('path') ?? ''
    const found = recordings(server).find((one) => one.name === name)
    const segments = found?.segments.map(({ start }) => ({ start, duration: 3_600 }))
    const error = `lstat ./recordings/${name}: no such file or directory`
    const failed = server.minor >= 20 ? server.fail(400, error) : { status: 400, type: 'text/plain; charset=utf-8', body: error }
    server.send(response, segments ? json(200, segments) : failed)
    return
  }
  const allowed = server.authorize(request)
  if (url.pathname !== '/get') server.send(response, notFound)
  else if (allowed !== 'yes') refuse(server, response, allowed)
  else answerPlayback(server, url, response).catch(() => response.destroy())
}

/** WHEP and WHIP, as far as they go without media. No MediaMTX answers 501: nobody shall take the demo for a server whose media does not get through. */
function onWebrtc(server: DemoServer, request: IncomingMessage, response: ServerResponse): void {
  const methods = { 'Access-Control-Allow-Methods': 'OPTIONS, GET, POST, PATCH, DELETE' }
  if (!/^\/.+\/wh[ei]p(\?|$)/.test(request.url ?? '')) server.send(response, notFound)
  else if (request.method === 'OPTIONS') server.send(response, { status: 204, type: null, body: '' }, methods)
  else if (request.method !== 'POST') server.send(response, server.fail(405, 'method not allowed'))
  else server.send(response, server.fail(501, 'the demo has no media for WebRTC'))
}
