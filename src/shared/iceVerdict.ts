import { z } from 'zod'
import { hostAndPort } from './hostOf.ts'
import { ipv4Number } from './ipv4.ts'

/** An address at which a media server offers to exchange media. */
export interface IceCandidate {
  readonly protocol: 'udp' | 'tcp'
  readonly address: string
  readonly port: number
  /** host: its own; srflx, prflx: its own as seen from outside; relay: that of a TURN server. */
  readonly type: 'host' | 'srflx' | 'prflx' | 'relay'
}

/** What is known about the machine on which the picture is to be watched. */
export interface DeskPlace {
  /** Its networks, e.g. `10.1.0.7/16`. */
  readonly networks: readonly string[]
  /** Whether the media server runs on the same machine. */
  readonly besideServer: boolean
}

const addresses = { addresses: z.array(z.string()) }
/** Why no connection was found between this desk and a media server. `pictureText` returns it as text. */
export const iceVerdictSchemas = [
  /** The server's answer contains no address. */
  z.object({ kind: z.literal('iceNoCandidates') }),
  /** Only loopback addresses. */
  z.object({ kind: z.literal('iceLoopbackOnly'), ...addresses }),
  /** Only private addresses, of networks that this desk is not known to be in. */
  z.object({ kind: z.literal('icePrivateOnly'), ...addresses }),
  /** Only names that can be resolved within a network (mDNS). */
  z.object({ kind: z.literal('iceNamesOnly'), ...addresses }),
  /** This desk should reach some of them (`address:port`), but something in between blocks it. `tcp`, `relay`: some of them are of that kind. */
  z.object({ kind: z.literal('iceBlocked'), ...addresses, tcp: z.boolean(), relay: z.boolean() }),
] as const
export type IceVerdict = z.infer<(typeof iceVerdictSchemas)[number]>

const mostCandidates = 200
const mostNamed = 5
const candidateLine = /^a=candidate:\S{1,64} (\d{1,3}) (udp|tcp) \d{1,10} (\S{1,255}) (\d{1,5}) typ (host|srflx|prflx|relay)(?: |$)/i

/** The distinct candidates of an SDP description. Other lines are ignored. */
export function iceCandidatesOf(sdp: string): readonly IceCandidate[] {
  const found = new Map<string, IceCandidate>()
  for (const line of sdp.split(/\r\n|\r|\n/)) {
    if (found.size >= mostCandidates) break
    const [, , protocol = '', address = '', port = '', type = ''] = candidateLine.exec(line) ?? []
    if (address === '' || Number(port) > 65_535) continue
    const candidate = { protocol: protocol.toLowerCase(), address, port: Number(port), type: type.toLowerCase() } as IceCandidate
    found.set(JSON.stringify(candidate), candidate)
  }
  return [...found.values()]
}

/** The eight groups of an IPv6 address; null: not an IPv6 address. */
function groupsOf(text: string): readonly number[] | null {
  const [head = '', tail, ...more] = text.split('::')
  if (more.length > 0) return null
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => (/^[\da-f]{1,4}$/i.test(group) ? Number.parseInt(group, 16) : Number.NaN))
  const [front, back] = [groups(head), groups(tail ?? '')]
  const left = 8 - front.length - back.length
  const all = tail === undefined ? front : [...front, ...Array.from({ length: Math.max(0, left) }, () => 0), ...back]
  return all.length === 8 && (tail === undefined || left > 0) && !all.some(Number.isNaN) ? all : null
}

const within4 = (address: number, network: string, bits: number): boolean =>
  Math.floor(address / 2 ** (32 - bits)) === Math.floor(ipv4Number(network) / 2 ** (32 - bits))
const privateNetworks = [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  // Carrier-grade NAT.
  ['100.64.0.0', 10],
] as const

/** From where an address is reachable. name: not an address but an mDNS name. */
function reachOf(address: string): 'loopback' | 'private' | 'public' | 'name' {
  const four = ipv4Number(address.replace(/^::ffff:/i, ''))
  if (!Number.isNaN(four)) {
    if (within4(four, '127.0.0.0', 8)) return 'loopback'
    return privateNetworks.some(([network, bits]) => within4(four, network, bits)) ? 'private' : 'public'
  }
  const groups = groupsOf(address)
  if (groups === null) return 'name'
  const [first = 0] = groups
  if (groups.every((group, at) => group === (at === 7 ? 1 : 0))) return 'loopback'
  return (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80 ? 'private' : 'public'
}

function isInNetwork(address: string, cidr: string): boolean {
  const [network = '', bits = ''] = cidr.split('/')
  const four = ipv4Number(address)
  if (!Number.isNaN(four)) return within4(four, network, Number(bits))
  const [own, other] = [groupsOf(address), groupsOf(network)]
  // IPv6 networks have a 64-bit prefix.
  return own !== null && other !== null && own.slice(0, 4).join() === other.slice(0, 4).join()
}

const namesOf = (candidates: readonly IceCandidate[], withPort: boolean): string[] =>
  [...new Set(candidates.map(({ address, port }) => (withPort ? hostAndPort({ host: address, port }) : address)))].slice(0, mostNamed)

/**
 * Why no connection came about, judging by the addresses that the server offered. `desk`: null if the machine of the viewer is
 * unknown. Reachable candidates take precedence: the others are irrelevant if one could have worked.
 */
export function iceVerdict(candidates: readonly IceCandidate[], desk: DeskPlace | null): IceVerdict {
  if (candidates.length === 0) return { kind: 'iceNoCandidates' }
  const isReachable = ({ address, type }: IceCandidate): boolean => {
    if (type === 'relay') return true
    const reach = reachOf(address)
    if (reach === 'loopback') return desk?.besideServer === true
    return reach === 'public' || (reach === 'private' && desk?.networks.some((network) => isInNetwork(address, network)) === true)
  }
  const reachable = candidates.filter(isReachable)
  if (reachable.length > 0)
    return {
      kind: 'iceBlocked',
      addresses: namesOf(reachable, true),
      tcp: reachable.some(({ protocol }) => protocol === 'tcp'),
      relay: reachable.some(({ type }) => type === 'relay'),
    }
  const of = (wanted: ReturnType<typeof reachOf>) => candidates.filter(({ address }) => reachOf(address) === wanted)
  const ofPrivate = of('private')
  if (ofPrivate.length > 0) return { kind: 'icePrivateOnly', addresses: namesOf(ofPrivate, false) }
  const ofNames = of('name')
  if (ofNames.length > 0) return { kind: 'iceNamesOnly', addresses: namesOf(ofNames, false) }
  return { kind: 'iceLoopbackOnly', addresses: namesOf(of('loopback'), false) }
}
