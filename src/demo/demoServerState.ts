import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Clock, Timer } from '../clock/clock.ts'
import type { Protocol } from '../shared/servers.ts'
import type { DemoList } from './demoAnswers.ts'
import type { DemoCertificate } from './demoCertificate.ts'
import type { ClipSource } from './demoClips.ts'
import type { DemoEndpoints } from './demoConfiguration.ts'
import type { DemoListeners, DemoMediaPorts } from './demoListeners.ts'
import type { DemoModel } from './demoModel.ts'
import type { AnswerTrouble, DemoAuth, DemoPathOptions, DemoServerOptions } from './demoOptions.ts'
import { minorOf } from './demoPaths.ts'
import type { DemoRandom } from './demoRandom.ts'

/** A request received by a demo server. */
export interface DemoRequest {
  readonly at: number
  readonly endpoint: 'api' | 'hls' | 'webrtc' | 'playback' | 'metrics'
  readonly method: string
  /** Path and query as asked. */
  readonly url: string
  readonly userAgent: string
  readonly authorized: boolean
}

/** For load benches (`sharedLists.fixture.ts`): servers that share their streams, and whole lists as bytes. They have an API and nothing else. */
export interface SharedLists {
  readonly modelOf: (server: string, paths: number, make: () => DemoModel) => DemoModel
  /** A whole list at the monotonic time `t`; `release` when it has been sent. */
  readonly bytesOf: (
    model: DemoModel,
    list: DemoList,
    count: number,
    itemsAt: (t: number) => readonly string[],
    t: number,
  ) => { readonly bytes: Buffer; readonly release: () => void }
}

/** Request handler of a listener. */
export interface EndpointHandler {
  readonly endpoint: keyof DemoEndpoints
  readonly tls: boolean
  readonly run: (request: IncomingMessage, response: ServerResponse) => void
}

/** State of one media server, including simulated faults. */
export interface ServerState {
  readonly clock: Clock
  readonly log: (text: string) => void
  readonly options: DemoServerOptions
  readonly seed: string
  readonly random: DemoRandom
  readonly clips: ClipSource
  readonly model: DemoModel
  /** null: its streams are its own. */
  readonly shared: SharedLists | null
  readonly auth: DemoAuth
  certificate: DemoCertificate | null
  /** Disabled protocols. */
  readonly off: readonly Protocol[]
  pathOptions: readonly DemoPathOptions[]
  /** Configuration settings that differ from the defaults. */
  settings: { readonly global: Readonly<Record<string, unknown>>; readonly pathDefaults: Readonly<Record<string, unknown>> }
  /** Path entries changed by the API since the process started: `settings` override the entry's or (`instead`) replace them; null: the entry was removed. */
  readonly edits: Map<string, { readonly instead: boolean; readonly settings: Readonly<Record<string, unknown>> | null }>
  /** Rejected settings by path entry: since 1.16 the server rejects every other change, too, until they are set to something valid. */
  readonly refused: Map<string, Readonly<Record<string, unknown>>>
  handlers: readonly EndpointHandler[]
  /** Addresses of the listeners; null: this server has none of that kind. */
  readonly endpoints: { -readonly [Endpoint in keyof DemoEndpoints]: DemoEndpoints[Endpoint] }
  /** Ports of RTSP, RTMP and SRT; 0: any, null: nothing listens there. */
  media: DemoMediaPorts
  /** null: closed. */
  listeners: DemoListeners | null
  /** HTTP servers that are listening. */
  readonly open: Server[]
  /** Whether the process runs. */
  isRunning: boolean
  /** How often the process was started. */
  starts: number
  /** Queue of process starts and stops, which run sequentially. */
  doing: Promise<void>
  readonly asked: DemoRequest[]
  zeroAsked: number
  bytesAnswered: number
  passwordChanged: boolean
  /** Fault simulated on every response; null: none. */
  plight: AnswerTrouble | null
  /** Requests queued while the process is paused; null: it is not paused. */
  held: (() => void)[] | null
  readonly timers: Set<Timer>
  closed: boolean
}

export function later(server: ServerState, ms: number, run: () => void): void {
  const timer: Timer = server.clock.setTimeout(() => {
    server.timers.delete(timer)
    if (!server.closed) run()
  }, ms)
  server.timers.add(timer)
}

export function minor(server: ServerState): number {
  return minorOf(server.model.version())
}

export function remember(server: ServerState, endpoint: DemoRequest['endpoint'], request: IncomingMessage, authorized: boolean): void {
  if (server.shared !== null) return
  if (server.asked.length >= 5_000) server.asked.shift()
  server.asked.push({
    at: server.clock.now(),
    endpoint,
    method: request.method ?? '',
    url: request.url ?? '',
    userAgent: request.headers['user-agent'] ?? '',
    authorized,
  })
}

export interface Reply {
  readonly status: number
  readonly type: string | null
  readonly body: string | Buffer
}
const jsonType = 'application/json; charset=utf-8'
export function json(status: number, body: unknown): Reply {
  return { status, type: jsonType, body: JSON.stringify(body) }
}
/** Reply with JSON that is already serialized. */
export function jsonText(body: string | Buffer): Reply {
  return { status: 200, type: jsonType, body }
}
export const notFound: Reply = { status: 404, type: 'text/plain', body: '404 page not found' }

/** Headers of every response. */
export function headersOf(server: ServerState, request: IncomingMessage, type: string | null, length: number | null): Record<string, string | number> {
  const headers: Record<string, string | number> = {}
  const version = minor(server)
  // No CORS header at all up to 1.5; none for the origin "null" in the newest.
  if (version >= 9 && !(version >= 20 && request.headers.origin === 'null')) {
    headers['Access-Control-Allow-Origin'] = '*'
    if (version < 20) headers['Access-Control-Allow-Credentials'] = 'true'
  }
  if (type !== null) headers['Content-Type'] = type
  if (length !== null) headers['Content-Length'] = length
  headers.Server = 'mediamtx'
  headers.Date = new Date(server.clock.now() + server.model.clockSkewMs()).toUTCString()
  return headers
}

export function send(server: ServerState, request: IncomingMessage, response: ServerResponse, reply: Reply, more: Record<string, string> = {}): void {
  const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body
  server.bytesAnswered += body.length
  response.writeHead(reply.status, { ...headersOf(server, request, reply.type, body.length), ...more })
  response.end(body)
}

export function fail(server: ServerState, status: number, error: string): Reply {
  return json(status, minor(server) >= 15 ? { status: 'error', error } : { error })
}
