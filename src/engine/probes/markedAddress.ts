import type { Clock } from '../../clock/clock.ts'
import { endpointOf } from '../../shared/endpoints.ts'

/** What a probe writes into its address behind the tag of the console, by which its own reader is known. */
export function probeMark(tag: string, probeId: string): string {
  return `${tag}.${probeId}`
}

/** Fields of MediaMTX's SRT stream ids: `read:path:user:password:query`. */
const streamIdFields = 5

/**
 * The address with our mark in its query, by which MediaMTX shows the reader to be ours. `isWatched`: whether it leads to a watched server; others
 * may refuse an unknown parameter.
 */
export function markedAddress(address: string, tag: string, isWatched: boolean): string {
  if (!isWatched || address.includes('mtxdeck=')) return address
  const own = `mtxdeck=${tag}`
  if (!address.toLowerCase().startsWith('srt:')) {
    const [whole, fragment] = address.split('#', 2)
    return `${whole}${whole?.includes('?') ? '&' : '?'}${own}${fragment === undefined ? '' : `#${fragment}`}`
  }
  return address.replace(/([?&]streamid=)(read(?::|%3a)[^&]*)/i, (all, key: string, id: string) => {
    const decoded = /%(?![\da-f]{2})/i.test(id) ? id : decodeURIComponent(id)
    const fields = decoded.split(':')
    if (fields.length >= streamIdFields) return all
    return `${key}${encodeURIComponent([...fields, ...Array<string>(streamIdFields - 1 - fields.length).fill(''), own].join(':'))}`
  })
}

const keptMs = 10_000

/** Returns a function that tells whether an address belongs to a watched server. RTMP is recognised by the host alone, as configurations do not state its address. */
export function createIsWatched(clock: Pick<Clock, 'monotonic'>, addresses: () => Iterable<string | null>): (address: string) => boolean {
  let endpoints: ReadonlySet<string> = new Set()
  let until = Number.NEGATIVE_INFINITY
  const hostOf = (endpoint: string) => endpoint.slice(0, endpoint.lastIndexOf(':'))
  return (address) => {
    if (clock.monotonic() >= until) {
      const known = [...addresses()].flatMap((one) => (one === null ? [] : (endpointOf(one) ?? [])))
      endpoints = new Set([...known, ...known.map(hostOf)])
      until = clock.monotonic() + keptMs
    }
    const endpoint = endpointOf(address)
    return endpoint !== null && endpoints.has(/^rtmps?:/i.test(address) ? hostOf(endpoint) : endpoint)
  }
}
