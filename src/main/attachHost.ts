// Entry of the process that stands in for the engine when a desk attaches to a headless engine elsewhere. To main and to windows it looks like
// engineHost.ts, but it forwards every window's connection as a WebSocket, and fetches pictures from there.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import tls from 'node:tls'
import type { MessagePortMain } from 'electron'
import { WebSocket } from 'ws'
import { createSystemClock, type Timer, timeLimit } from '../clock/clock.ts'
import type { EngineFailure } from '../shared/shell.ts'
import { type AttachedEngine, createLaunchGuard, type EngineStart, type FromEngine, launchSecretHeader, type ToEngine } from './engineMessages.ts'
import { leaveCtrlCToMain } from './node24.ts'

leaveCtrlCToMain()
try {
  // Also trusts this system's certificate authorities, as a browser does. Node below 24.5 has only its own.
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), ...tls.getCACertificates('system')])
} catch {
  // Only Node's own authorities then.
}
const { parentPort } = process
const clock = createSystemClock()
const send = (message: FromEngine) => parentPort.postMessage(message)

/** Time between two tries to reach an engine that was reachable before. */
const retryMs = 2_000
const greetLimitMs = 8_000
/** A connection that is silent for this long is dead: the engine pings twice as often. */
const silenceMs = 60_000

const authorization = ({ token }: Pick<AttachedEngine, 'token'>) => ({ authorization: `Bearer ${token}` })

/** Checks whether an engine is reachable and accepts our token. null: yes; otherwise why not. */
async function greet({ url, ...engine }: AttachedEngine): Promise<EngineFailure | null> {
  using limit = timeLimit(clock, greetLimitMs)
  try {
    const answer = await fetch(`${url}/api/hello`, { headers: authorization(engine), redirect: 'error', signal: limit.signal })
    if (answer.status === 401 || answer.status === 403) return { kind: 'tokenRefused', url }
    const hello = answer.ok ? ((await answer.json()) as { readonly product?: unknown }) : null
    return hello?.product === 'mtxdeck' ? null : { kind: 'notMtxdeck', url }
  } catch (error) {
    const cause = (error as { readonly cause?: { readonly code?: string; readonly message?: string } }).cause
    return { kind: 'noEngine', url, because: cause?.code ?? cause?.message ?? (error as Error).message }
  }
}

/** Starts a relay that fetches pictures from the engine. Only main knows the launch's secret, which the relay requires. */
function openRelay(engine: AttachedEngine, launchSecret: string): Promise<number> {
  const isOurs = createLaunchGuard(launchSecret)
  const server = createServer((request, response) => {
    if (!isOurs(request.headers[launchSecretHeader]) || request.method !== 'GET' || !request.url?.startsWith('/relay/')) {
      response.writeHead(403).end()
      return
    }
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    fetch(`${engine.url}${request.url}`, { headers: authorization(engine), redirect: 'error', signal: gone.signal }).then(
      (answer) => {
        const type = answer.headers.get('content-type')
        response.writeHead(answer.status, type === null ? {} : { 'content-type': type })
        if (answer.body === null) response.end()
        else
          Readable.fromWeb(answer.body as ReadableStream)
            .on('error', () => response.destroy())
            .pipe(response)
      },
      () => response.destroy(),
    )
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))
}

function openEndpoint(engine: AttachedEngine, port: MessagePortMain) {
  const socket = new WebSocket(`${engine.url.replace(/^http/, 'ws')}/api/rpc`, { headers: authorization(engine) })
  let silence: Timer | null = null
  const unwatch = () => {
    if (silence !== null) clock.clearTimeout(silence)
  }
  const heard = () => {
    unwatch()
    silence = clock.setTimeout(() => socket.terminate(), silenceMs)
  }
  const waiting: (string | Uint8Array)[] = []
  port.on('message', ({ data }) => {
    if (socket.readyState === WebSocket.CONNECTING) waiting.push(data)
    else if (socket.readyState === WebSocket.OPEN) socket.send(data)
  })
  let left = false
  port.on('close', () => {
    left = true
    socket.close()
  })
  socket.on('open', () => {
    heard()
    for (const message of waiting.splice(0)) socket.send(message)
  })
  socket.on('ping', heard)
  socket.on('message', (data: Buffer, isBinary) => {
    heard()
    port.postMessage(isBinary ? new Uint8Array(data) : data.toString('utf8'))
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    unwatch()
    // The engine or the connection to it is lost. Main informs the windows and restarts this process, which then tries to reach the engine.
    if (!left) process.exit(1)
  })
  port.start()
}

let attached: AttachedEngine | null = null
async function begin(start: EngineStart) {
  if (start.attach === null) throw new Error('there is nothing to attach to')
  attached = start.attach
  for (;;) {
    const why = await greet(attached)
    if (why === null) break
    if (why.kind !== 'noEngine' || !start.wasReady) {
      send({ kind: 'failed', why })
      return
    }
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, retryMs))
  }
  send({ kind: 'ready', relayPort: await openRelay(attached, start.launchSecret) })
}

parentPort.on('message', ({ data, ports: [port] }: { data: ToEngine; ports: MessagePortMain[] }) => {
  if (data.kind === 'start') void begin(data.start)
  else if (data.kind === 'door' && attached !== null && port !== undefined) openEndpoint(attached, port)
  else if (data.kind === 'stop') process.exit(0)
})
