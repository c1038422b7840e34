import { isIPv6 } from 'node:net'
import { ipv4Number } from '../../shared/ipv4.ts'

/** The network that an address probably shares with its neighbours: /24 for IPv4, /64 for IPv6. null: not an address. */
export function networkOf(address: string): string | null {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  if (!Number.isNaN(ipv4Number(plain))) return `${plain.slice(0, plain.lastIndexOf('.'))}.0/24`
  const [bare = ''] = address.split('%')
  if (!isIPv6(bare)) return null
  // Its canonical form, with at most one run of zeros shortened.
  const short = new URL(`http://[${bare}]`).hostname.slice(1, -1)
  const [head = '', tail] = short.split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const all = tail === undefined ? groups : [...groups, ...Array.from({ length: 8 - groups.length - after.length }, () => '0'), ...after]
  return `${new URL(`http://[${all.slice(0, 4).join(':')}::]`).hostname.slice(1, -1)}/64`
}
