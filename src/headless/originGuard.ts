import { isIP } from 'node:net'
import { hostname } from 'node:os'
import type { ListenAddress } from '../configuration/listenAddress.ts'

interface OriginGuardOptions {
  /** Names of this machine beside `localhost`: the address listened on, the host's name. */
  readonly ownNames: readonly string[]
  readonly publicOrigins: () => readonly string[]
  readonly webrtcOrigins?: readonly string[]
}

/** This machine's name, and the one listened on. */
export function ownNames({ host }: ListenAddress): readonly string[] {
  return [hostname(), ...(host === '' ? [] : [host])]
}

/**
 * Refuses requests from web pages of other origins.
 *
 * - Host: a page whose name was pointed at our address (DNS rebinding) sends its own name. A plain IP address
 *   can't be redirected by DNS, so each one is allowed; of names only ours. Ports are ignored, because tunnels change them.
 * - Origin: browsers send it on unsafe methods and with WebSockets. It must match the Host header, or be a public origin.
 */
export function createOriginGuard({ ownNames, publicOrigins, webrtcOrigins = [] }: OriginGuardOptions) {
  const names = new Set(['localhost', ...ownNames.map((name) => name.toLowerCase())])
  const isPublic = (name: string) => publicOrigins().some((origin) => new URL(origin).hostname === name)
  return {
    hostAllowed: (host: string | undefined): boolean => {
      const name = hostName(host)
      return name !== null && (isIP(name) !== 0 || names.has(name) || isPublic(name) || name.endsWith('.localhost'))
    },
    isOfApplication: (origin: string | undefined, path: string): origin is string =>
      origin !== undefined && /^\/api\/webrtc\/(?:whep|whip|sessions\/[\w-]+)$/.test(path) && webrtcOrigins.includes(origin),
    /** `origin` undefined: a script, which has no cookie that a page could misuse. */
    originAllowed: (origin: string | undefined, host: string | undefined): boolean => {
      if (origin === undefined) return true
      if (publicOrigins().includes(origin)) return true
      if (!/^https?:\/\//.test(origin) || !URL.canParse(origin) || host === undefined) return false
      // The scheme may differ where a proxy ends TLS in front of us.
      const { protocol } = new URL(origin)
      return URL.canParse(`${protocol}//${host}`) && new URL(origin).host === new URL(`${protocol}//${host}`).host
    },
  }
}

/** Host header to plain name: no port, no brackets, lower case; null: invalid. */
function hostName(host: string | undefined): string | null {
  if (!host || /[/\\@?#\s]/.test(host) || !URL.canParse(`http://${host}`)) return null
  return new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}
