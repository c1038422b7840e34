import { createPlaylistMeter, type PlaylistMeter } from './playlistMeter.ts'

/** What is known of an address and its playlists from one look to the next: a stream that is read in turns is looked at for less time than it takes to be stale. */
export interface PlaylistMemory {
  /** The meter of this playlist, until it is given back: whoever else asks meanwhile gets a new one. */
  readonly borrow: (key: string) => PlaylistMeter
  readonly giveBack: (key: string, meter: PlaylistMeter) => void
  /** This address has no playlist. Times are ms of a monotonic clock. */
  readonly foundNone: (address: string, atMs: number) => void
  /** That was found not long ago, so that it need not be looked up in each turn. */
  readonly hasNone: (address: string, atMs: number) => boolean
  /** This address can't be read on the direct way (see `directWay`). */
  readonly foundLeadsOn: (address: string, atMs: number) => void
  /** That was found not long ago, so that it need not be tried in each turn. */
  readonly leadsOn: (address: string, atMs: number) => boolean
}

/** More than a console follows; those that came first are forgotten first. */
const mostKept = 5_000
/** What was found of an address is looked up anew after this time. */
const holdsMs = 600_000

export function createPlaylistMemory(): PlaylistMemory {
  const meters = new Map<string, PlaylistMeter>()
  const noneSince = new Map<string, number>()
  const leadsOnSince = new Map<string, number>()
  const holds = (since: ReadonlyMap<string, number>, address: string, atMs: number) => atMs - (since.get(address) ?? Number.NEGATIVE_INFINITY) < holdsMs
  return {
    borrow: (key) => {
      const meter = meters.get(key)
      meters.delete(key)
      return meter ?? createPlaylistMeter()
    },
    giveBack: (key, meter) => keep(meters, key, meter),
    foundNone: (address, atMs) => keep(noneSince, address, atMs),
    hasNone: (address, atMs) => holds(noneSince, address, atMs),
    foundLeadsOn: (address, atMs) => keep(leadsOnSince, address, atMs),
    leadsOn: (address, atMs) => holds(leadsOnSince, address, atMs),
  }
}

/** Keeps it as the last one that came. */
function keep<Kept>(all: Map<string, Kept>, key: string, kept: Kept): void {
  all.delete(key)
  all.set(key, kept)
  for (const oldest of all.keys()) {
    if (all.size <= mostKept) return
    all.delete(oldest)
  }
}
