import { isLoopback } from '../../shared/isLoopback.ts'
import { parseSshTarget } from './transport.ts'

/**
 * The server with the address of a host (`user@host:port`; null: this machine), if there is exactly one. null otherwise, or if
 * it is one of `taken`, which run on other hosts. Names are not resolved.
 */
export function proposedServer(
  ssh: string | null,
  servers: readonly { readonly id: string; readonly url: string }[],
  taken: ReadonlySet<string>,
): string | null {
  const target = ssh === null ? null : parseSshTarget(ssh)
  if (ssh !== null && target === null) return null
  const host = target === null ? null : plainHost(target.host)
  const found = servers.filter(({ url }) => {
    if (!URL.canParse(url)) return false
    const { hostname } = new URL(url)
    return host === null ? isLoopback(hostname) : plainHost(hostname) === host
  })
  // With several it would be a guess.
  const [first] = found
  return found.length === 1 && first && !taken.has(first.id) ? first.id : null
}

/** The server that a host of the configuration file names. */
export function serverNamed<Server extends { readonly name: string }>(name: string | null, servers: readonly Server[]): Server | undefined {
  return servers.find((server) => server.name.toLowerCase() === name?.toLowerCase())
}

/** Whether a media server runs on this machine, by its address. */
export function runsHere(servers: readonly { readonly url: string }[]): boolean {
  return servers.some(({ url }) => URL.canParse(url) && isLoopback(new URL(url).hostname))
}

const plainHost = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
