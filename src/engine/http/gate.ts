import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { isLoopback } from '../../shared/ipAddresses.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { ServerInput } from '../../shared/servers.ts'
import type { ValidationError } from '../../shared/validationErrors.ts'
import { ciphers, trustedAuthorities } from './serverTls.ts'

/** What a gate before a media server wants of every request, beside what the server itself wants: all of it is secret. */
export interface Gate {
  /** By names as entered. */
  readonly headers: Readonly<Record<string, string>>
  /** With its key, PEM. */
  readonly certificate: { readonly chain: string; readonly key: string } | null
}

/** A mistake with the key that it is about. */
export interface GateValidationError {
  readonly field: string
  readonly validationError: ValidationError
}

type GateInput = Pick<ServerInput, 'headers' | 'clientCertificate' | 'clientKey'>

/** What is wrong with a client certificate and its key; null: nothing. */
function certificateValidationError({ chain, key }: NonNullable<Gate['certificate']>): GateValidationError | null {
  const unreadable = (field: string, what: 'certificate' | 'key') => ({ field, validationError: { kind: 'notPem', what } }) as const
  try {
    const leaf = new X509Certificate(chain)
    try {
      if (!leaf.checkPrivateKey(createPrivateKey(key))) return { field: 'clientKey', validationError: { kind: 'keyOfOtherCertificate' } }
    } catch {
      return unreadable('clientKey', 'key')
    }
    // TLS refuses what is too weak, and reads the whole chain.
    createSecureContext({ ciphers, cert: chain, key })
    return null
  } catch {
    return unreadable('clientCertificate', 'certificate')
  }
}

/** The gate after an edit of what was known before: what is left out stays, and so does a header without a value. null: there is none. */
export function gateAfter(before: Gate | null, { headers, clientCertificate, clientKey }: GateInput): Result<Gate | null, GateValidationError> {
  const known = new Map(Object.entries(before?.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]))
  const after: Record<string, string> = headers === undefined ? { ...before?.headers } : {}
  for (const [name, entered] of Object.entries(headers ?? {})) {
    const value = entered ?? known.get(name.toLowerCase())
    if (value === undefined) return err({ field: `headers.${name}`, validationError: { kind: 'empty' } })
    after[name] = value
  }
  const kept = clientCertificate === undefined && clientKey === undefined
  if (!kept && clientCertificate && !clientKey) return err({ field: 'clientKey', validationError: { kind: 'empty' } })
  if (clientKey && !clientCertificate) return err({ field: 'clientCertificate', validationError: { kind: 'empty' } })
  const certificate = kept ? (before?.certificate ?? null) : clientCertificate && clientKey ? { chain: clientCertificate, key: clientKey } : null
  const wrong = certificate === null || kept ? null : certificateValidationError(certificate)
  if (wrong !== null) return err(wrong)
  return ok(certificate === null && Object.keys(after).length === 0 ? null : { headers: after, certificate })
}

/** Whether an edit goes on with something that was entered before. */
export function keepsOf(before: Gate | null, { headers, clientCertificate, clientKey }: GateInput): boolean {
  if (before === null) return false
  const keepsHeaders = headers === undefined ? Object.keys(before.headers).length > 0 : Object.values(headers).includes(null)
  return keepsHeaders || (before.certificate !== null && clientCertificate === undefined && clientKey === undefined)
}

const contexts = new WeakMap<Gate, SecureContext>()
/** With the client certificate, and the trust of the system. Created once for each gate. */
export function contextOf(gate: Gate | null | undefined): SecureContext | null {
  if (!gate?.certificate) return null
  const { chain, key } = gate.certificate
  const context = contexts.get(gate) ?? createSecureContext({ ciphers, ca: trustedAuthorities(), cert: chain, key })
  contexts.set(gate, context)
  return context
}

/** Whether what signs in at a server's API may be sent to another endpoint of it: what goes to the API encrypted does not go elsewhere in clear. */
export function mayGoTo(address: string, apiUrl: string): boolean {
  const endpoint = new URL(address)
  return endpoint.protocol !== 'http:' || new URL(apiUrl).protocol !== 'https:' || isLoopback(endpoint.hostname)
}

/** The headers that sign in at one of a server's endpoints, if they may be sent there. */
export function signInAt(
  address: string,
  { url, authorization }: { readonly url: string; readonly authorization: string | null },
): Readonly<Record<string, string>> {
  return authorization !== null && mayGoTo(address, url) ? { authorization } : {}
}

/** What gates want at one of a server's endpoints, if it may be sent there. */
export function gateAt(address: string, { url, gate = null }: { readonly url: string; readonly gate?: Gate | null }): Gate | null {
  return gate !== null && mayGoTo(address, url) ? gate : null
}
