import { z } from 'zod'
import type { ServerAuthInput } from '../../shared/servers.ts'
import type { ServerSettings } from './serverRows.ts'
import type { Watched } from './watchedServer.ts'

/** Value of the Authorization header, or null. Basic in UTF-8 as RFC 7617 allows; MediaMTX takes `Bearer user:pass` and `Bearer JWT`. */
export function authorizationHeader(kind: ServerAuthInput['kind'], user: string | null, secret: string | null): string | null {
  switch (kind) {
    case 'none':
      return null
    case 'basic':
      return `Basic ${Buffer.from(`${user ?? ''}:${secret ?? ''}`, 'utf8').toString('base64')}`
    case 'bearer':
    case 'jwt':
      return secret === null ? null : `Bearer ${secret}`
    default:
      return kind satisfies never
  }
}

/** The secret of an operator's input, or null where it was left out. */
export function secretOf(auth: ServerAuthInput): string | null {
  switch (auth.kind) {
    case 'none':
      return null
    case 'basic':
      return auth.password ?? null
    case 'bearer':
    case 'jwt':
      return auth.token ?? null
    default:
      return auth satisfies never
  }
}

const sealedSchema = z.object({
  secret: z.string().nullable(),
  gate: z.object({ headers: z.record(z.string(), z.string()), certificate: z.object({ chain: z.string(), key: z.string() }).nullable() }).nullable(),
})
/** What is sealed of a server: its password or token, and what its gate wants. */
export type ServerSecrets = Pick<Watched, 'secret' | 'gate'>
/** null: there are none. */
export function secretsToText({ secret, gate }: ServerSecrets): string | null {
  return secret === null && gate === null ? null : JSON.stringify({ secret, gate })
}
/** Earlier, the password or token stood alone. */
export function secretsFromText(text: string): ServerSecrets {
  try {
    return sealedSchema.parse(JSON.parse(text))
  } catch {
    return { secret: text, gate: null }
  }
}

type Addressed = Pick<ServerSettings, 'url' | 'addresses'>
const hostOf = (address: string): string => (URL.canParse(address) ? new URL(address).hostname.toLowerCase() : address)
const hostsOf = ({ url, addresses }: Addressed): readonly string[] =>
  [url, ...Object.values(addresses)].flatMap((address) => (address ? [hostOf(address)] : []))
/** A secret may be used for other ports and paths of the same hosts, and after a change from http to https, but never for another host or from https to http. */
export function mayMoveTo(before: Addressed, after: Addressed): boolean {
  const known = new Set(hostsOf(before))
  return hostsOf(after).every((host) => known.has(host)) && (new URL(before.url).protocol === 'http:' || new URL(after.url).protocol === 'https:')
}
/** Why a stored secret is not used, as the server's error and as a caution. */
export const elsewhere = { detail: { kind: 'ofOtherAddress' }, caution: { kind: 'passwordLeftBehind' } } as const
export const unreadable = { detail: { kind: 'encryptedWithOtherKey' }, caution: { kind: 'passwordUnreadable' } } as const
