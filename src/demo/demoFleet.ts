import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../clock/clock.ts'
import type { ProbeInput } from '../shared/probes.ts'
import type { ServerInput } from '../shared/servers.ts'
import { authorize, onApi, onMetrics, recordings, refuse } from './demoApi.ts'
import { answerPlayback, createDemoHls } from './demoHls.ts'
import { createDemoHosts, DemoHost } from './demoHosts.ts'
import type { DemoServerOptions } from './demoOptions.ts'
import { DemoServer, type EndpointHandler, json, notFound, type SharedLists } from './demoServer.ts'
import { showcase } from './demoWorkloads.ts'

/** Size of a uniform fleet: number of servers, and of ordinary paths on each. */
interface DemoSize {
  readonly servers: number
  readonly paths: number
  readonly intervalSeconds?: number
}

export type DemoFleet = Awaited<ReturnType<typeof createDemoFleet>>

function sized(size: DemoSize, churnEveryMs: number): readonly DemoServerOptions[] {
  return Array.from({ length: size.servers }, (_, index): DemoServerOptions => {
    return {
      name: `demo-${String(index + 1).padStart(3, '0')}`,
      version: '1.20',
      paths: size.paths,
      upForMs: 86_400_000,
      churnEveryMs,
      ...(size.intervalSeconds === undefined ? {} : { intervalSeconds: size.intervalSeconds }),
    }
  })
}

/** Streams that the showcase probes: by server, path and project. One of them is published by nobody. */
const probed = [
  ['Berlin-1', 'north/gate', 'north'],
  ['Berlin-1', 'lobby/door', 'north'],
  ['Berlin-1', 'north/spare', 'north'],
  ['Hamburg-2', 'bridge/cam-7', 'bridge'],
] as const
/** How most are read. */
const inTurns = { intervalSeconds: 30, mode: 'turns', lookSeconds: 4, retries: 1, contract: null, profile: null, thresholds: {} } as const
/** One is read on and on, and its pictures and sound are looked at: its picture freezes from time to time. The demo's beeps are soft. */
const evaluated = ['Köln', 'studio-a/pgm', 'studio'] as const
const asEvaluated = { ...inTurns, mode: 'continuous', profile: 'studio', thresholds: { targetLufs: -29 } } as const

/** Probes of streams that demo servers send by HLS, with their credentials. */
function demoProbes(servers: readonly Pick<DemoServer, 'name' | 'hlsUrl' | 'input'>[]): readonly Omit<ProbeInput, 'paused'>[] {
  return [...probed, evaluated].flatMap(([serverName, path, project]) => {
    const server = servers.find(({ name }) => name === serverName)
    if (server === undefined || server.hlsUrl === null) return []
    const url = new URL(`${server.hlsUrl}/${path}/index.m3u8`)
    const { auth } = server.input
    if (auth.kind === 'basic') {
      url.username = auth.user
      url.password = auth.password ?? ''
    }
    return [{ ...(path === evaluated[1] ? asEvaluated : inTurns), checks: [], name: path, url: url.href, project }]
  })
}

/** Starts media servers in this process that speak the MediaMTX API over real HTTP on 127.0.0.1; the same seed produces the same fleet. */
export async function createDemoFleet(deps: {
  readonly clock: Clock
  readonly seed: string
  readonly servers?: readonly DemoServerOptions[]
  readonly preset?: 'showcase' | DemoSize
  /** Give each server a simulated machine that is accessible over SSH. */
  readonly hosts?: boolean | typeof DemoHost
  /** For load benches: what the servers share. */
  readonly shared?: SharedLists
  readonly log?: (text: string) => void
}) {
  const { clock, seed, shared = null, log = () => {} } = deps
  await using stack = new AsyncDisposableStack()
  const wanted = [
    ...(deps.servers ?? []),
    ...(deps.preset === undefined ? [] : deps.preset === 'showcase' ? showcase(seed) : sized(deps.preset, shared === null ? 4_000 : 0)),
  ]
  const servers: DemoServer[] = []
  for (const options of wanted) {
    const server = new DemoServer({ clock, seed, options, shared, log })
    servers.push(stack.use(await server.open(endpointsOf(server))))
  }
  const hosts = deps.hosts ? stack.use(await createDemoHosts(clock, servers, deps.hosts === true ? DemoHost : deps.hosts)) : null
  const owned = stack.move()
  return {
    servers: servers as readonly DemoServer[],
    /** The server with this name; throws if there is none. */
    server: (name: string): DemoServer => {
      const found = servers.find((server) => server.name === name)
      if (!found) throw new Error(`the demo has no server ${name}`)
      return found
    },
    /** Inputs for the engine, including secrets. */
    yamlServers: (): readonly ServerInput[] => servers.map((server) => server.input),
    /** The machines that the servers run on; empty unless `hosts` was set. */
    yamlHosts: () => hosts?.inputs ?? [],
    /** The probes of the showcase; other fleets have none. */
    yamlProbes: () => demoProbes(servers),
    machines: hosts?.machines ?? [],
    [Symbol.asyncDispose]: (): Promise<void> => owned.disposeAsync(),
  }
}

/** What answers at each endpoint that a server has. */
function endpointsOf(server: DemoServer): readonly EndpointHandler[] {
  const { off, options, shared } = server
  const api: EndpointHandler = ['api', (request, response) => onApi(server, request, response)]
  if (shared !== null) return [api]
  const hls = createDemoHls(server)
  const all: readonly EndpointHandler[] = [
    api,
    [
      'hls',
      (request, response) => {
        server.remember('hls', request, true)
        if (server.plight?.kind !== 'noAnswer') hls(request, response)
      },
    ],
    ['webrtc', (request, response) => onWebrtc(server, request, response)],
    ['playback', (request, response) => onPlayback(server, request, response)],
    ['metrics', (request, response) => onMetrics(server, request, response)],
  ]
  return all.filter(([endpoint]) => {
    if (endpoint === 'playback') return server.minor >= 5
    if (endpoint === 'metrics') return options.metrics !== 'none'
    return endpoint === 'api' || !off.includes(endpoint)
  })
}

function onPlayback(server: DemoServer, request: IncomingMessage, response: ServerResponse): void {
  server.remember('playback', request, true)
  const url = new URL(request.url ?? '/', 'http://demo')
  if (url.pathname === '/list') {
    const name = url.searchParams.get('path') ?? ''
    const found = recordings(server).find((one) => one.name === name)
    const segments = found?.segments.map(({ start }) => ({ start, duration: 3_600 }))
    const error = `lstat ./recordings/${name}: no such file or directory`
    const failed = server.minor >= 20 ? server.fail(400, error) : { status: 400, type: 'text/plain; charset=utf-8', body: error }
    server.send(request, response, segments ? json(200, segments) : failed)
    return
  }
  const allowed = authorize(server, request)
  if (url.pathname !== '/get') server.send(request, response, notFound)
  else if (allowed !== 'yes') refuse(server, request, response, allowed)
  else answerPlayback(server, url, request, response).catch(() => response.destroy())
}

/** WHEP and WHIP, as far as they go without media. No MediaMTX answers 501: nobody shall take the demo for a server whose media does not get through. */
function onWebrtc(server: DemoServer, request: IncomingMessage, response: ServerResponse): void {
  server.remember('webrtc', request, true)
  const methods = { 'Access-Control-Allow-Methods': 'OPTIONS, GET, POST, PATCH, DELETE' }
  if (!/^\/.+\/wh[ei]p(\?|$)/.test(request.url ?? '')) server.send(request, response, notFound)
  else if (request.method === 'OPTIONS') server.send(request, response, { status: 204, type: null, body: '' }, methods)
  else if (request.method !== 'POST') server.send(request, response, server.fail(405, 'method not allowed'))
  else server.send(request, response, server.fail(501, 'the demo has no media for WebRTC'))
}
