import { ipOf } from '../../shared/ipAddresses.ts'

/**
 * Whether a stream's address names this machine, however its host is written: in decimal, octal or hexadecimal, as IPv4 in IPv6, with a dot at its
 * end. Names are not looked up, and other addresses of this machine's network cards are not known.
 */
export function isThisMachine(address: string): boolean {
  // URL writes the hosts of http in one way only, and leaves those of rtsp or srt as they stand.
  const ofHttp = address.replace(/^[a-z]+:/i, 'http:')
  if (!URL.canParse(ofHttp)) return false
  const host = new URL(ofHttp).hostname.replace(/^\[|\]$|\.$/g, '')
  const range = ipOf(host)?.range()
  return range === undefined ? host === 'localhost' || host.endsWith('.localhost') : range === 'loopback' || range === 'unspecified'
}
