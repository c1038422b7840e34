import { createPlaylistMeter, type PlaylistMeter } from './playlistMeter.ts'

/**
 * Remembers, from one look at an address to the next, the meters of its playlists, whether it has a playlist at all, and whether it must be read through the
 * proxy. A single look is too short to tell that a playlist is stale.
 */
export interface AddressMemory {
  /** Takes the meter of this playlist out until it is returned; anybody else who borrows it meanwhile gets a new one. */
  readonly borrowMeter: (key: string) => PlaylistMeter
  readonly returnMeter: (key: string, meter: PlaylistMeter) => void
  /** Notes that this address has no playlist. Times are ms of a monotonic clock. */
  readonly foundNoPlaylist: (address: string, atMs: number) => void
  /** Whether that was found in the last ten minutes, so that it is not looked up in each turn. */
  readonly hasNoPlaylist: (address: string, atMs: number) => boolean
  /** Notes that this address can't be read directly (see `directWay`), only through the proxy. */
  readonly foundToNeedProxy: (address: string, atMs: number) => void
  /** Whether that was found in the last ten minutes, so that it is not tried in each turn. */
  readonly needsProxy: (address: string, atMs: number) => boolean
}

/** Maximum number of entries of each kind, more than a console follows; the oldest are forgotten first. */
const mostEntries = 5_000
/** After this time what was found of an address is checked again, ms. */
const rememberedMs = 600_000

export function createAddressMemory(): AddressMemory {
  const meters = new Map<string, PlaylistMeter>()
  const noPlaylistSince = new Map<string, number>()
  const proxySince = new Map<string, number>()
  const isRemembered = (since: ReadonlyMap<string, number>, address: string, atMs: number) =>
    atMs - (since.get(address) ?? Number.NEGATIVE_INFINITY) < rememberedMs
  return {
    borrowMeter: (key) => {
      const meter = meters.get(key)
      meters.delete(key)
      return meter ?? createPlaylistMeter()
    },
    returnMeter: (key, meter) => keep(meters, key, meter),
    foundNoPlaylist: (address, atMs) => keep(noPlaylistSince, address, atMs),
    hasNoPlaylist: (address, atMs) => isRemembered(noPlaylistSince, address, atMs),
    foundToNeedProxy: (address, atMs) => keep(proxySince, address, atMs),
    needsProxy: (address, atMs) => isRemembered(proxySince, address, atMs),
  }
}

/** Keeps an entry as the newest one. */
function keep<Kept>(all: Map<string, Kept>, key: string, kept: Kept): void {
  all.delete(key)
  all.set(key, kept)
  for (const oldest of all.keys()) {
    if (all.size <= mostEntries) return
    all.delete(oldest)
  }
}
