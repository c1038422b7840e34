import ipaddr from 'ipaddr.js'

type IpAddress = ipaddr.IPv4 | ipaddr.IPv6
/** A network: its address, and how many bits of it count. */
type IpNetwork = readonly [IpAddress, number]

/** An IP address without its zone; of one that came over an IPv6 socket its IPv4 address. null: it is none, or not written as usual (`127.1`). */
export function ipOf(text: string): IpAddress | null {
  const [bare = ''] = text.split('%', 1)
  return ipaddr.IPv4.isValidFourPartDecimal(bare) || ipaddr.IPv6.isValid(bare) ? ipaddr.process(bare) : null
}

/** A network such as `10.0.0.0/8`; an address alone is that of itself. null: neither. */
export function ipNetworkOf(text: string): IpNetwork | null {
  const [, base = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? []
  const address = ipOf(base)
  if (address === null) return null
  const most = address.kind() === 'ipv4' ? 32 : 128
  // Of IPv4 that is written as IPv6, 96 bits are before it.
  const size = bits === undefined ? most : Number(bits) - (most === 32 && base.includes(':') ? 96 : 0)
  return size < 0 || size > most ? null : [address, size]
}

export function isInNetwork(address: IpAddress, [base, bits]: IpNetwork): boolean {
  return address.kind() === base.kind() && address.match(base, bits)
}

/** The network that an address probably shares with its neighbours: /24 for IPv4, /64 for IPv6. null: not an address. */
export function networkOf(text: string): string | null {
  const address = ipOf(text)
  if (address === null) return null
  return address.kind() === 'ipv4' ? `${ipaddr.IPv4.networkAddressFromCIDR(`${address}/24`)}/24` : `${ipaddr.IPv6.networkAddressFromCIDR(`${address}/64`)}/64`
}

/**
 * Whether a host, also as in `URL.hostname`, is this machine, so that traffic to it crosses no network. It is asked of every server at each poll:
 * nothing is parsed. IPv4 written as IPv6 does not count: so a path through a translator is named.
 */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)
}
