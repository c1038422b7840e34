import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'
import { isLoopback } from '../shared/isLoopback.ts'
import { hostInUrl } from './listenAddress.ts'

/** An address, or a network such as `10.0.0.0/8`; null where the text is neither. */
export function parseNetwork(text: string): { readonly address: string; readonly prefix: number } | null {
  const found = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text.trim())
  const address = found?.[1] ?? ''
  const bits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : 0
  const prefix = found?.[2] === undefined ? bits : Number(found[2])
  return bits === 0 || prefix > bits ? null : { address, prefix }
}

/** An address in normalised form: without zone, and IPv4 even if it came over an IPv6 socket. */
const plain = (address: string): string => address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')

/** The sender of a request, as far as known. */
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
  const trusted = new BlockList()
  for (const text of trustedProxies) {
    const network = parseNetwork(text)
    if (network) trusted.addSubnet(network.address, network.prefix, isIPv6(network.address) ? 'ipv6' : 'ipv4')
  }
  const isTrusted = (address: string) => isIP(address) !== 0 && trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')

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
      const isLocal = isLoopback(hostInUrl(peer)) || isLoopback(hostnameOf(request.headers.host))
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
      const isFromHere = isKnown && !ways.flat().includes(null) && isLoopback(hostInUrl(address))
      const isClear = protocol === '' ? direct.inClear : protocol !== 'https' && !isFromHere
      return { address, secure: secure || protocol === 'https', inClear: !secure && isClear }
    },
  }
}

/** The name of a `Host` header; '' where it is none. */
const hostnameOf = (host = ''): string => (URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '')

/** The address of one hop: `10.0.0.1`, `10.0.0.1:4711`, `[2001:db8::1]:4711`; null where it is hidden or none. */
function hopAddress(text: string): string | null {
  const bare = text.trim().replace(/^"(.*)"$/, '$1')
  const address = plain(/^\[([^\]]*)\](?::\d+)?$/.exec(bare)?.[1] ?? (/^[^:]+:\d+$/.test(bare) ? bare.replace(/:\d+$/, '') : bare))
  return isIP(address) === 0 ? null : address
}

/** A parameter of one element of `Forwarded` (RFC 7239). */
const parameterOf = (element: string, name: string): string | null =>
  new RegExp(String.raw`(?:^|;)\s*${name}\s*=\s*("[^"]*"|[^;,\s]*)`, 'i').exec(element)?.[1]?.replace(/^"(.*)"$/, '$1') ?? null

/**
 * The key of a sender for limits per sender: the address, or for IPv6 its /64, because one customer gets that many addresses
 * and may choose from freely.
 */
export function senderKey(address: string): string {
  const bare = plain(address)
  if (!isIPv6(bare)) return bare
  const [head = '', tail] = bare.split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail ? tail.split(':') : []
  const all = tail === undefined ? groups : [...groups, ...Array<string>(Math.max(0, 8 - groups.length - after.length)).fill('0'), ...after]
  return `${all
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
