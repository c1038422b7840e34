/** Milliseconds without a new picture after which a playing tile is called frozen: longer than any segment of low-latency HLS. */
export const frozenAfterMs = 3000

/**
 * Watches whether a picture advances: feed it the player's time, about every half second. A picture that was asked to
 * play and whose time stands still is frozen, whatever the player says of itself.
 */
export const createFrozenWatch = (limitMs = frozenAfterMs) => {
  let lastTime: number | null = null
  let movedAt: number | null = null
  return {
    /** Returns whether the picture is frozen now. `wanted`: it should be playing. */
    see: (now: number, mediaTime: number, wanted: boolean): boolean => {
      if (!wanted || lastTime === null || movedAt === null || mediaTime !== lastTime) {
        lastTime = mediaTime
        movedAt = now
        return false
      }
      return now - movedAt >= limitMs
    },
  }
}
