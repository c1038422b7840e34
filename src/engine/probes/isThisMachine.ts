import { BlockList, isIP } from 'node:net'

const here = new BlockList()
here.addSubnet('127.0.0.0', 8, 'ipv4')
here.addAddress('0.0.0.0', 'ipv4')
here.addAddress('::1', 'ipv6')
here.addAddress('::', 'ipv6')

/**
 * Whether a stream's address names this machine, however its host is written: in decimal, octal or hexadecimal, as IPv4 in IPv6, with a dot at its
 * end. Names are not looked up, and other addresses of this machine's network cards are not known.
 */
export function isThisMachine(address: string): boolean {
  // URL writes the hosts of http in one way only, and leaves those of rtsp or srt as they stand.
  const ofHttp = address.replace(/^[a-z]+:/i, 'http:')
  if (!URL.canParse(ofHttp)) return false
  const host = new URL(ofHttp).hostname.replace(/^\[|\]$|\.$/g, '')
  const version = isIP(host)
  return version === 0 ? host === 'localhost' || host.endsWith('.localhost') : here.check(host, version === 4 ? 'ipv4' : 'ipv6')
}
