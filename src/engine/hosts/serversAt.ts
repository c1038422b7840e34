import { hostname, networkInterfaces } from 'node:os'
import { isLoopback } from '../../shared/ipAddresses.ts'
import { parseSshTarget } from './sshTarget.ts'

/** Finds the servers with the address of a host (`user@host:port`; null: this machine). Names are not resolved. */
export function serversByHost<Server extends { readonly url: string }>(servers: readonly Server[]): (ssh: string | null) => readonly Server[] {
  const isHere = createIsHere()
  const byAddress = Map.groupBy(servers, ({ url }) => (URL.canParse(url) ? plainHost(new URL(url).hostname) : ''))
  return (ssh) => {
    if (ssh === null) return [...byAddress].flatMap(([address, at]) => (isHere(address) ? at : []))
    const target = parseSshTarget(ssh)
    return (target && byAddress.get(plainHost(target.host))) ?? []
  }
}

/** The server that a host of the configuration file names. */
export function serverNamed<Server extends { readonly name: string }>(name: string | null, servers: readonly Server[]): Server | undefined {
  return servers.find((server) => server.name.toLowerCase() === name?.toLowerCase())
}

function createIsHere(): (address: string) => boolean {
  const own = new Set([hostname().toLowerCase(), ...Object.values(networkInterfaces()).flatMap((addresses) => addresses?.map(({ address }) => address) ?? [])])
  return (address) => own.has(address) || isLoopback(address)
}

const plainHost = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
