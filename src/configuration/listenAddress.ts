import { isIPv6 } from 'node:net'

/** The address on which the console listens. Host '' means all addresses of the machine. */
export interface ListenAddress {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
}

/** Reads `127.0.0.1:8787`, `[::1]:8787`, `name:8787`, `:8787` (all addresses) or `8787` (loopback); null where it is none of them. */
export function parseListen(text: string): ListenAddress | null {
  const found = /^(?:(?<host>\[[^\]]*\]|[^:[\]]*):)?(?<port>\d{1,5})$/.exec(text.trim())
  if (!found?.groups) return null
  const port = Number(found.groups.port)
  if (port > 65535) return null
  const given = found.groups.host
  if (given === undefined) return { host: '127.0.0.1', port }
  if (given.startsWith('[')) {
    const host = given.slice(1, -1)
    return isIPv6(host) ? { host, port } : null
  }
  return given === '' || given === '*' || /^[\w.-]+$/.test(given) ? { host: given === '*' ? '' : given, port } : null
}

/** A host as part of a URL: IPv6 in brackets. */
export function hostInUrl(host: string): string {
  return isIPv6(host) ? `[${host}]` : host
}
