import { type AgentOptions, Agent as SecureAgent } from 'node:https'
import { isIP, type OnReadOpts } from 'node:net'
import * as tls from 'node:tls'
import type { MediaGate } from '../shared/media.ts'
import { optionsTo } from './connectTo.ts'

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
export function connectBehind(gate: MediaGate, host: string, addresses: readonly string[], port: number, onread?: OnReadOpts): Promise<tls.TLSSocket> {
  const { fingerprint } = gate
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      ...optionsTo(addresses, port, onread),
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
  constructor(options: AgentOptions, connectNow: () => Promise<tls.TLSSocket>) {
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
