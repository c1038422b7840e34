import { isIPv6 } from 'node:net'
import { ipv4Number } from '../../shared/ipv4.ts'

/** The network that an address is likely to share with its neighbours: /24 of IPv4, /64 of IPv6. null: it is no address. */
export function networkOf(address: string): string | null {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  if (!Number.isNaN(ipv4Number(plain))) return `${plain.slice(0, plain.lastIndexOf('.'))}.0/24`
  const [bare = ''] = address.split('%')
  if (!isIPv6(bare)) return null
  // Its shortest form, in which at most one run of zeros is left out.
  const short = new URL(`http://[${bare}]`).hostname.slice(1, -1)
  const [head = '', tail] = short.split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const all = tail === undefined ? groups : [...groups, ...Array.from({ length: 8 - groups.length - after.length }, () => '0'), ...after]
  return `${new URL(`http://[${all.slice(0, 4).join(':')}::]`).hostname.slice(1, -1)}/64`
}
