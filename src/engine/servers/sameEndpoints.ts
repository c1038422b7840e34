import type { ServerCaution } from '../../shared/cautions.ts'
import { endpointOf, withoutSlash } from '../../shared/endpoints.ts'
import type { ServerAddresses } from '../../shared/servers.ts'
import { addressesOf, type Watched } from './watchedServer.ts'

/** Where RTSP is encrypted only, it has the address of RTSPS, and comes after it. */
const endpoints = ['rtsps', 'rtmp', 'rtmps', 'rtsp', 'srt', 'hls', 'webrtc', 'playback', 'metrics'] as const satisfies readonly (keyof ServerAddresses)[]

interface Claim {
  readonly endpoint: string
  readonly at: string
  readonly isEntered: boolean
}
interface Claims {
  readonly settings: Watched['settings']
  readonly reading: Watched['configuration']['reading']
  /** By transport and endpoint: two listeners can have the same number, one of TCP and one of UDP. */
  readonly byPlace: ReadonlyMap<string, Claim>
}

function claimsOf(watched: Watched): Claims {
  const { settings, configuration } = watched
  const { reading } = configuration
  const byPlace = new Map<string, Claim>()
  const claim = (endpoint: string, address: string | null, isEntered: boolean) => {
    const at = address === null ? null : (endpointOf(address)?.replace(/^localhost:/, '127.0.0.1:') ?? null)
    if (at !== null) byPlace.set(`${endpoint === 'srt' ? 'udp' : 'tcp'} ${at}`, { endpoint, at, isEntered })
  }
  // The API's address is a place of its own: whoever claims it too is the same server.
  const api = apiOf(watched)
  byPlace.set(api, { endpoint: 'api', at: api, isEntered: true })
  const addresses = addressesOf(watched)
  for (const endpoint of endpoints) claim(endpoint, addresses[endpoint] ?? null, typeof settings.addresses[endpoint] === 'string')
  return { settings, reading, byPlace }
}

const apiOf = ({ settings: { url } }: Watched): string => withoutSlash(url).replace('//localhost', '//127.0.0.1')
/** Two entries for one server: of one address, or of one process. */
const isSameServer = (one: Watched, other: Watched): boolean =>
  apiOf(one) === apiOf(other) || (one.info.startedAt !== null && one.info.startedAt === other.info.startedAt)

/**
 * Whether a server was entered twice, and which of its addresses, of those that nobody entered, are another watched server's as well: with mapped
 * ports or tunnels, the host of the API and a configured port may lead to somebody else. One that is only assumed, as no configuration was read,
 * counts against none that is known.
 */
export function createSameEndpoints(isWatched: (watched: Watched) => boolean): (watched: Watched) => readonly ServerCaution[] {
  const known = new WeakMap<Watched, Claims>()
  const claimants = new Map<string, Set<Watched>>()
  const current = (watched: Watched): Claims => {
    const before = known.get(watched)
    if (before?.settings === watched.settings && before.reading === watched.configuration.reading) return before
    const claims = claimsOf(watched)
    known.set(watched, claims)
    for (const place of before?.byPlace.keys() ?? []) claimants.get(place)?.delete(watched)
    for (const place of claims.byPlace.keys()) claimants.set(place, (claimants.get(place) ?? new Set()).add(watched))
    return claims
  }
  const entryBeside = (watched: Watched): Watched | null => {
    if (watched.state === 'paused') return null
    for (const other of claimants.get(apiOf(watched)) ?? [])
      if (other !== watched && other.state !== 'paused' && isWatched(other) && apiOf(other) === apiOf(watched)) return other
    return null
  }
  const otherAt = (place: string, watched: Watched): Watched | null => {
    const all = claimants.get(place) ?? []
    for (const other of all) {
      if (!isWatched(other)) claimants.get(place)?.delete(other)
      else if (other !== watched && other.state !== 'paused' && !isSameServer(watched, other)) {
        const claims = current(other)
        const isCertain = claims.reading !== null || claims.byPlace.get(place)?.isEntered
        if (claims.byPlace.has(place) && (isCertain || watched.configuration.reading === null)) return other
      }
    }
    return null
  }
  return (watched) => {
    const twin = entryBeside(watched)
    const same: readonly ServerCaution[] = twin === null ? [] : [{ kind: 'sameServer', other: twin.name }]
    const shared = new Map<string, { readonly endpoint: string; readonly at: string }[]>()
    for (const [place, { endpoint, at, isEntered }] of current(watched).byPlace) {
      const other = isEntered || watched.state === 'paused' ? null : otherAt(place, watched)
      if (other !== null) shared.set(other.name, [...(shared.get(other.name) ?? []), { endpoint, at }])
    }
    const { evaluatedEndpoint, settings } = watched
    const isForeign = evaluatedEndpoint?.isOwn === false && typeof settings.addresses.rtsp !== 'string' && addressesOf(watched).rtsp === evaluatedEndpoint.at
    if (isForeign && shared.size === 0) {
      // What the host and the ports of the configuration lead to is another server: that holds for all endpoints.
      const assumed = [...current(watched).byPlace.values()].filter(({ isEntered }) => !isEntered).map(({ endpoint, at }) => ({ endpoint, at }))
      return [...same, { kind: 'sameDoor', other: null, endpoints: assumed }]
    }
    return [...same, ...Array.from(shared, ([other, endpoints]) => ({ kind: 'sameDoor' as const, other, endpoints }))]
  }
}
