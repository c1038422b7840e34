import { type AgentOptions, Agent as SecureAgent } from 'node:https'
import { isIP, type OnReadOpts } from 'node:net'
import { checkServerIdentity, connect, createSecureContext, getCACertificates, type SecureContext, type TLSSocket } from 'node:tls'
import type { MediaGate } from '../shared/media.ts'
import { optionsTo } from './connectTo.ts'

const contexts = new WeakMap<MediaGate, SecureContext>()
function contextOf(gate: MediaGate): SecureContext {
  const { certificate, fingerprint } = gate
  const known = contexts.get(gate)
  if (known !== undefined) return known
  const created = createSecureContext({
    ...(fingerprint === null && { ca: [...getCACertificates('default'), ...getCACertificates('system')] }),
    ...(certificate !== null && { cert: certificate.chain, key: certificate.key }),
  })
  contexts.set(gate, created)
  return created
}

/** TLS to a door behind a gate. Unlike that of other streams its certificate is checked, before anything is sent that the gate wants. */
export function connectBehind(gate: MediaGate, host: string, addresses: readonly string[], port: number, onread?: OnReadOpts): Promise<TLSSocket> {
  const { fingerprint } = gate
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...optionsTo(addresses, port, onread),
      ...(isIP(host) === 0 && { servername: host }),
      secureContext: contextOf(gate),
      rejectUnauthorized: fingerprint === null,
      checkServerIdentity: (_, shown) => checkServerIdentity(host, shown),
    })
    socket.once('error', reject)
    socket.once('secureConnect', () => {
      if (fingerprint === null || socket.getPeerX509Certificate()?.fingerprint256 === fingerprint) return resolve(socket)
      socket.destroy(Object.assign(new Error('certificate is not the pinned one'), { code: 'CERT_NOT_PINNED' }))
    })
  })
}

/** Connects for HTTPS requests to one door behind a gate. */
export class GatedAgent extends SecureAgent {
  readonly #connect: () => Promise<TLSSocket>
  constructor(options: AgentOptions, connectNow: () => Promise<TLSSocket>) {
    super(options)
    this.#connect = connectNow
  }
  override createConnection(...[, done]: Parameters<SecureAgent['createConnection']>): undefined {
    this.#connect().then(
      (socket) => done?.(null, socket),
      (error: Error) => done?.(error, undefined as never),
    )
  }
}

/** The port of an address of HTTP. */
export function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80)
}
