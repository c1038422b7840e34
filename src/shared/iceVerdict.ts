import { z } from 'zod'
import { hostAndPort } from './hostOf.ts'
import { ipNetworkOf, ipOf, isInNetwork } from './ipAddresses.ts'

/** An address at which a media server offers to exchange media. */
interface IceCandidate {
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

/** From where an address is reachable. name: not an address but an mDNS name. */
function reachOf(address: string): 'loopback' | 'private' | 'public' | 'name' {
  switch (ipOf(address)?.range()) {
    case undefined:
      return 'name'
    case 'loopback':
      return 'loopback'
    case 'private':
    case 'linkLocal':
    case 'carrierGradeNat':
    case 'uniqueLocal':
      return 'private'
    default:
      return 'public'
  }
}

function isInOneOf(text: string, networks: readonly string[]): boolean {
  const address = ipOf(text)
  return address !== null && networks.map(ipNetworkOf).some((network) => network !== null && isInNetwork(address, network))
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
    return reach === 'public' || (reach === 'private' && isInOneOf(address, desk?.networks ?? []))
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
