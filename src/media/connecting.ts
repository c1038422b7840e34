import { type AgentOptions, Agent as SecureAgent } from 'node:https'
import { connect, isIP, type LookupFunction, type Socket, type TcpNetConnectOpts } from 'node:net'
import * as tls from 'node:tls'
import { getSystemErrorMap } from 'node:util'
import type { Clock } from '../clock/clock.ts'
import type { MediaError, MediaGate, ReadFault } from '../shared/media.ts'
import { err, ok, type Result } from '../shared/result.ts'
import type { ReachTimes } from './packetMeter.ts'
import { addressesOf, checkSourceAddress, type FoundAddress, reachableOf, type SourceAddress } from './sourceAddress.ts'

/** Of several addresses of a host the next one is tried after this time, ms. */
const nextAddressMs = 1_000

/** For connections to hosts with several addresses. Node's own default gives each only 250 ms, and that of older Electrons tries only the first. */
export const connectOptions = { noDelay: true, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: nextAddressMs } as const

/** Options to connect to the first of these addresses that accepts it, and to no other, whatever a name says meanwhile. */
function optionsTo(addresses: readonly string[], port: number): TcpNetConnectOpts {
  const found = addresses.map((address) => ({ address, family: isIP(address) }))
  return {
    host: 'looked.up.already',
    port,
    lookup: (_host, _options, answer) => answer(null, found),
    ...connectOptions,
  }
}
export function connectTo(addresses: readonly string[], port: number): Socket {
  return connect(optionsTo(addresses, port))
}

/** A host to which a stream may not lead. */
export class RefusedHost extends Error {
  readonly because: 'linkLocal' | 'leadsInside'
  constructor(because: RefusedHost['because']) {
    super(because)
    this.because = because
  }
}

/** The addresses of a host, as far as a stream may lead to them; rejects with `RefusedHost` if it may to none. */
export async function reachableAt(found: FoundAddress, host: string): Promise<readonly string[]> {
  const looked = await addressesOf(host)
  if (!looked.ok) throw new RefusedHost('linkLocal')
  if (looked.value.length === 0) throw Object.assign(new Error('name not found'), { code: 'ENOTFOUND' })
  const reachable = reachableOf(found, host, looked.value)
  if (reachable === null) throw new RefusedHost('leadsInside')
  return reachable
}

/** Looks up names as `reachableAt`, for connections that Node makes. It does not call this for hosts that are addresses. */
export function checkedLookup(found: FoundAddress): LookupFunction {
  return (host, { all }, answer) => {
    const ready = (addresses: readonly string[]) => {
      const [first = ''] = addresses
      if (all)
        answer(
          null,
          addresses.map((address) => ({ address, family: isIP(address) })),
        )
      else answer(null, first, isIP(first))
    }
    reachableAt(found, host).then(ready, (error: Error) => answer(error, []))
  }
}

/** `said`: the system's own words, or what was found here. */
export function unreachable(said: string | ReadFault): MediaError {
  return { kind: 'unreachable', doing: 'opening', said }
}

/** Why there is no connection, in the words of the system. */
export function connectionFault(error: NodeJS.ErrnoException): MediaError {
  // With several addresses it is an error of errors.
  const { errno, code = '' } = error instanceof AggregateError ? ((error.errors[0] ?? {}) as NodeJS.ErrnoException) : error
  if (code === 'ENOTFOUND') return unreachable({ kind: 'nameNotFound' })
  // Node adds advice for its own users.
  if (/CERT|SIGNATURE/.test(code)) return unreachable(error.message.split(';')[0] ?? '')
  // Not `getSystemErrorMessage`: the Node of older Electrons lacks it.
  const [, message] = getSystemErrorMap().get(errno ?? 0) ?? []
  return unreachable(message ?? { kind: 'noConnection' })
}

/** Also those of this system. Node 18, which Electron brings, has its own alone. */
const authorities = tls.getCACertificates as typeof tls.getCACertificates | undefined
const contexts = new WeakMap<MediaGate, tls.SecureContext>()
function contextOf(gate: MediaGate): tls.SecureContext {
  const { certificate, fingerprint } = gate
  const known = contexts.get(gate)
  if (known !== undefined) return known
  const created = tls.createSecureContext({
    ...(fingerprint === null && authorities && { ca: [...authorities('default'), ...authorities('system')] }),
    ...(certificate !== null && { cert: certificate.chain, key: certificate.key }),
  })
  contexts.set(gate, created)
  return created
}

/** TLS to an endpoint behind a gate. Unlike that of other streams its certificate is checked, before anything is sent that the gate wants. */
export function connectBehind(gate: MediaGate, host: string, addresses: readonly string[], port: number): Promise<tls.TLSSocket> {
  const { fingerprint } = gate
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      ...optionsTo(addresses, port),
      ...(isIP(host) === 0 && { servername: host }),
      secureContext: contextOf(gate),
      rejectUnauthorized: fingerprint === null,
      checkServerIdentity: (_, shown) => tls.checkServerIdentity(host, shown),
    })
    socket.once('error', reject)
    socket.once('secureConnect', () => {
      if (fingerprint === null || socket.getPeerX509Certificate()?.fingerprint256 === fingerprint) return resolve(socket)
      socket.destroy(Object.assign(new Error('certificate is not the pinned one'), { code: 'CERT_NOT_PINNED' }))
    })
  })
}

/** Connects for HTTPS requests to one endpoint behind a gate. */
export class GatedAgent extends SecureAgent {
  readonly #connect: () => Promise<tls.TLSSocket>
  #isEnded = false
  constructor(options: AgentOptions, connectNow: () => Promise<tls.TLSSocket>) {
    super(options)
    this.#connect = connectNow
  }
  override createConnection(...[, done]: Parameters<SecureAgent['createConnection']>): undefined {
    this.#connect().then(
      (socket) => {
        // Node would keep it, as for a later request.
        if (this.#isEnded) socket.destroy()
        done?.(null, socket)
      },
      (error: Error) => done?.(error, undefined as never),
    )
  }
  override destroy(): void {
    this.#isEnded = true
    super.destroy()
  }
}

/** The port of an address of HTTP. */
export function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80)
}

/** Ports of addresses without one; null: it does not run over TCP. */
const defaultPorts: Record<SourceAddress['scheme'], number | null> = {
  http: 80,
  https: 443,
  rtsp: 554,
  rtsps: 322,
  rtmp: 1935,
  rtmps: 443,
  srt: null,
  whep: 80,
  wheps: 443,
  udp: null,
}

/**
 * Checks an address for a probe, and measures what FFmpeg does not say: how long the look-up of its host's name takes, and one TCP
 * connection to it, which is closed at once. A host that is not there costs no thread: FFmpeg would hold one for as long as it waits. `address`: that of the
 * host which accepted the connection; null: none was made.
 */
export async function reach(
  clock: Clock,
  text: string,
  signal: AbortSignal,
): Promise<Result<{ readonly found: FoundAddress; readonly address: string | null; readonly times: ReachTimes }, MediaError>> {
  const askedAt = clock.monotonic()
  const checked = await checkSourceAddress(text, 'probe')
  if (!checked.ok) return err({ kind: 'refusedAddress', because: checked.error })
  const { source, addresses } = checked.value
  if (addresses.length === 0) return err(unreachable({ kind: 'nameNotFound' }))
  const dnsMs = isIP(source.host) === 0 ? clock.monotonic() - askedAt : null
  const defaultPort = defaultPorts[source.scheme]
  const answers = source.scheme !== 'udp' && source.parameters.mode !== 'listener'
  const reached = (address: string | null, connectMs: number | null) => {
    const times: ReachTimes = { answers, dnsMs, connectMs }
    return ok({ found: checked.value, address, times })
  }
  if (defaultPort === null) return reached(null, null)
  const connected = await firstToAccept(clock, addresses, Number(new URL(source.url).port) || defaultPort, signal)
  return connected.ok ? reached(connected.value.address, connected.value.tookMs) : connected
}

interface Accepted {
  readonly address: string | null
  readonly tookMs: number
}

/** Which of these addresses accepts a connection first, and how long that takes. */
const firstToAccept = (clock: Clock, addresses: readonly string[], port: number, signal: AbortSignal): Promise<Result<Accepted, MediaError>> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve(err({ kind: 'cancelled' }))
    const askedAt = clock.monotonic()
    const socket = connectTo(addresses, port)
    const end = (result: Result<Accepted, MediaError>) => {
      signal.removeEventListener('abort', onAbort)
      socket.destroy()
      resolve(result)
    }
    const onAbort = () => end(err({ kind: 'cancelled' }))
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once('connect', () => end(ok({ address: socket.remoteAddress ?? null, tookMs: clock.monotonic() - askedAt })))
    socket.once('error', (error) => end(err(connectionFault(error))))
  })

/** An address without its user. */
export function withoutUser(url: URL): URL {
  return Object.assign(new URL(url), { username: '', password: '' })
}
/** Authorization of the user in an address; null: it names none. */
export function basicOf({ username, password }: URL): string | null {
  if (username === '' && password === '') return null
  return `Basic ${Buffer.from([username, password].map(decoded).join(':')).toString('base64')}`
}
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
