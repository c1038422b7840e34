import type { IncomingMessage } from 'node:http'
import { hostOf } from '../shared/endpoints.ts'
import { ipNetworkOf, ipOf, isInNetwork, isLoopback, networkOf } from '../shared/ipAddresses.ts'

/** An address in normalised form: without zone, and IPv4 even if it came over an IPv6 socket. */
const plain = (address: string): string => ipOf(address)?.toString() ?? address

interface Sender {
  /** IP address; '' if the connection is already closed. */
  readonly address: string
  /** Whether the request came over TLS, to us or to a trusted proxy. */
  readonly secure: boolean
  /** Whether others could read it on its way. What named a loopback host was passed on from one: a port of a container, a tunnel. */
  readonly inClear: boolean
}

/**
 * Finds the sender of a request behind proxies. Anyone can send X-Forwarded-For and Forwarded, so they are trusted only
 * from proxies that the configuration names (addresses or networks), and only up to the first address, from the right, that
 * is not one of them. If both headers are present and disagree, a client wrote one of them; then the proxy itself counts
 * as the sender.
 */
export function createSenders(trustedProxies: readonly string[]) {
  const trusted = trustedProxies.flatMap((text) => {
    const network = ipNetworkOf(text)
    return network === null ? [] : [network]
  })
  const isTrusted = (text: string): boolean => {
    const address = ipOf(text)
    return address !== null && trusted.some((network) => isInNetwork(address, network))
  }

  /** `hops` from the left, as written by the proxies; null: an unreadable hop. */
  const rightmostStranger = (hops: readonly (string | null)[], peer: string): string => {
    let last = peer
    for (const hop of hops.toReversed()) {
      if (hop === null) return last
      last = hop
      if (!isTrusted(hop)) return hop
    }
    return last
  }

  return {
    /** Whether this address is a trusted proxy, whose connections carry requests of many clients. */
    isProxy: (address: string): boolean => isTrusted(plain(address)),
    of: (request: IncomingMessage): Sender => {
      const peer = plain(request.socket.remoteAddress ?? '')
      const secure = 'encrypted' in request.socket
      const isLocal = isLoopback(String(ipOf(peer) ?? peer)) || isLoopback(hostnameOf(request.headers.host))
      const direct = { address: peer, secure, inClear: !secure && !isLocal }
      if (!isTrusted(peer)) return direct
      const elements = (request.headers.forwarded ?? '').split(',').filter((element) => element.trim() !== '')
      const addresses = [request.headers['x-forwarded-for'] ?? []].flat().flatMap((line) => line.split(','))
      const ways = [addresses, elements.map((element) => parameterOf(element, 'for') ?? '')].filter((way) => way.length > 0).map((way) => way.map(hopAddress))
      const found = ways.map((way) => rightmostStranger(way, peer))
      const protocols = [request.headers['x-forwarded-proto'] ?? []].flat().flatMap((line) => line.split(','))
      const protocol = (protocols.at(-1) ?? parameterOf(elements.at(-1) ?? '', 'proto') ?? '').trim().toLowerCase()
      const isKnown = found.length > 0 && new Set(found).size === 1
      const address = isKnown ? (found[0] ?? peer) : peer
      // What a proxy was sent in clear stays so, though it is itself on this machine; and by whom it was sent may be hidden.
      const isFromHere = isKnown && !ways.flat().includes(null) && isLoopback(String(ipOf(address) ?? address))
      const isClear = protocol === '' ? direct.inClear : protocol !== 'https' && !isFromHere
      return { address, secure: secure || protocol === 'https', inClear: !secure && isClear }
    },
  }
}

/** The name of a `Host` header; '' where it is none. */
const hostnameOf = (host = ''): string => (URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '')

function hopAddress(text: string): string | null {
  const bare = text.trim().replace(/^"(.*)"$/, '$1')
  return ipOf(hostOf(bare))?.toString() ?? null
}

/** A parameter of one element of `Forwarded` (RFC 7239). */
const parameterOf = (element: string, name: string): string | null =>
  new RegExp(String.raw`(?:^|;)\s*${name}\s*=\s*("[^"]*"|[^;,\s]*)`, 'i').exec(element)?.[1]?.replace(/^"(.*)"$/, '$1') ?? null

/**
 * The key of a sender for limits per sender: the address, or for IPv6 its /64, because one customer gets that many addresses
 * and may choose from freely.
 */
export function senderKey(address: string): string {
  const ip = ipOf(address)
  return ip?.kind() === 'ipv6' ? (networkOf(address) ?? address) : (ip?.toString() ?? address)
}
