import { createPlaylistMeter, type PlaylistMeter } from './playlistMeter.ts'

/** What is known of playlists from one look to the next: a stream that is read in turns is looked at for less time than it takes to be stale. */
export interface PlaylistMemory {
  /** The meter of this playlist, until it is given back: whoever else asks meanwhile gets a new one. */
  readonly borrow: (key: string) => PlaylistMeter
  readonly giveBack: (key: string, meter: PlaylistMeter) => void
}

/** More playlists than a console follows; those that were given back first are forgotten first. */
const mostKept = 5_000

export function createPlaylistMemory(): PlaylistMemory {
  const kept = new Map<string, PlaylistMeter>()
  return {
    borrow: (key) => {
      const meter = kept.get(key)
      kept.delete(key)
      return meter ?? createPlaylistMeter()
    },
    giveBack: (key, meter) => {
      kept.delete(key)
      kept.set(key, meter)
      for (const oldest of kept.keys()) {
        if (kept.size <= mostKept) return
        kept.delete(oldest)
      }
    },
  }
}
