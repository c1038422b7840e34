import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'

/** An address, or a network such as `10.0.0.0/8`; null where the text is neither. */
export function parseNetwork(text: string): { readonly address: string; readonly prefix: number } | null {
  const found = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text.trim())
  const address = found?.[1] ?? ''
  const bits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : 0
  const prefix = found?.[2] === undefined ? bits : Number(found[2])
  return bits === 0 || prefix > bits ? null : { address, prefix }
}

/** An address in one spelling: no zone, IPv4 also where it came over a socket of IPv6. */
const plain = (address: string): string => address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')

/** Who sent a request, as far as it can be known. */
interface Sender {
  /** IP address; '' where the connection is gone already. */
  readonly address: string
  /** It came over TLS, to us or to a proxy that we trust. */
  readonly secure: boolean
}

/**
 * Finds the sender of a request behind proxies. Anybody can write X-Forwarded-For and Forwarded, so they are believed only
 * of proxies that the configuration names (addresses or networks), and only up to the first address, from the right, that
 * is not one of them. Where both headers are there and disagree, a client wrote one of them: then the proxy itself counts
 * as the sender.
 */
export function createSenders(trustedProxies: readonly string[]) {
  const trusted = new BlockList()
  for (const text of trustedProxies) {
    const network = parseNetwork(text)
    if (network) trusted.addSubnet(network.address, network.prefix, isIPv6(network.address) ? 'ipv6' : 'ipv4')
  }
  const isTrusted = (address: string) => isIP(address) !== 0 && trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')

  /** From the left, as the proxies wrote it: null where one hop cannot be read. */
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
    /** Whether connections of this address carry requests of many. */
    isProxy: (address: string): boolean => isTrusted(plain(address)),
    of: (request: IncomingMessage): Sender => {
      const peer = plain(request.socket.remoteAddress ?? '')
      const direct = { address: peer, secure: 'encrypted' in request.socket }
      if (!isTrusted(peer)) return direct
      const elements = (request.headers.forwarded ?? '').split(',').filter((element) => element.trim() !== '')
      const addresses = [request.headers['x-forwarded-for'] ?? []].flat().flatMap((line) => line.split(','))
      const found = [
        ...(addresses.length > 0 ? [rightmostStranger(addresses.map(hopAddress), peer)] : []),
        ...(elements.length > 0
          ? [
              rightmostStranger(
                elements.map((element) => hopAddress(parameterOf(element, 'for') ?? '')),
                peer,
              ),
            ]
          : []),
      ]
      const protocols = [request.headers['x-forwarded-proto'] ?? []].flat().flatMap((line) => line.split(','))
      const protocol = protocols.at(-1) ?? parameterOf(elements.at(-1) ?? '', 'proto') ?? ''
      return {
        address: found.length > 0 && new Set(found).size === 1 ? (found[0] ?? peer) : peer,
        secure: direct.secure || protocol.trim().toLowerCase() === 'https',
      }
    },
  }
}

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
 * What counts as one sender where senders are limited: the address, of IPv6 its /64, which is what one customer is given
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
