import type { Clock } from '../../clock/clock.ts'

const defaultPorts: Readonly<Record<string, string>> = {
  'rtsp:': '554',
  'rtsps:': '322',
  'rtmp:': '1935',
  'rtmps:': '1936',
  'http:': '80',
  'https:': '443',
  'whep:': '80',
  'wheps:': '443',
}

/** `host:port` of an address; null: it is none. */
export function doorOf(address: string): string | null {
  try {
    const { protocol, hostname, port } = new URL(address)
    return `${hostname.toLowerCase()}:${port || (defaultPorts[protocol] ?? '')}`
  } catch {
    return null
  }
}

/** Fields of MediaMTX's SRT stream ids: `read:path:user:password:query`. */
const streamIdFields = 5

/**
 * The address with our mark in its query, by which a MediaMTX lists the reader as ours. `isWatched`: whether a watched server is behind it; others
 * may refuse what they don't know.
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

const doorsForMs = 10_000

/** Says whether an address is one of a watched server's. RTMP has no address of its own in a configuration: it is known by the host. */
export function createWatchedDoors(clock: Pick<Clock, 'monotonic'>, addresses: () => Iterable<string | null>): (address: string) => boolean {
  let doors: ReadonlySet<string> = new Set()
  let until = Number.NEGATIVE_INFINITY
  const hostOf = (door: string) => door.slice(0, door.lastIndexOf(':'))
  return (address) => {
    if (clock.monotonic() >= until) {
      const known = [...addresses()].flatMap((one) => (one === null ? [] : (doorOf(one) ?? [])))
      doors = new Set([...known, ...known.map(hostOf)])
      until = clock.monotonic() + doorsForMs
    }
    const door = doorOf(address)
    return door !== null && doors.has(/^rtmps?:/i.test(address) ? hostOf(door) : door)
  }
}
