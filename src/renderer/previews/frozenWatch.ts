/** Milliseconds without a new picture after which a playing tile is called frozen: longer than any segment of low-latency HLS. */
export const frozenAfterMs = 3000
/** Share of real time that the player's time must advance. A stalled player nudges its time by a tenth of a second without a new picture. */
const playingShare = 0.5

/**
 * Detects a frozen picture: call it with the player's time, about every half second. A picture that should play but
 * whose time stands still is frozen, whatever the player reports.
 */
export function createFrozenWatch() {
  let last: { readonly now: number; readonly mediaTime: number } | null = null
  let movedAt = 0
  return {
    /** Returns for how many milliseconds the picture has stood still; 0: it plays. `wanted`: it should be playing. */
    see: (now: number, mediaTime: number, wanted: boolean): number => {
      const advanced = last === null ? 0 : (mediaTime - last.mediaTime) * 1000
      // A step back is a seek, from which playback continues.
      if (!wanted || last === null || advanced < 0 || (advanced > 0 && advanced >= playingShare * (now - last.now))) movedAt = now
      last = { now, mediaTime }
      return now - movedAt
    },
  }
}
