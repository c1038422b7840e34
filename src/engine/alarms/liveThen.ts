import type { Clock } from '../../clock/clock.ts'

/** How long numbers of live streams are remembered, ms: most rules raise an alarm within this time after a loss. */
const keptMs = 180_000

/** Remembers how many streams of each server were live, so that of 20 of which 12 went it is said so, although some of them are in no list any more. */
export function createLiveThen(clock: Pick<Clock, 'now'>, liveOn: (serverId: string) => number | null) {
  const kept = new Map<string, readonly { readonly from: number; readonly live: number }[]>()
  return {
    /** The streams of a server were read. */
    note: (serverId: string): void => {
      const counts = kept.get(serverId) ?? []
      const live = liveOn(serverId)
      if (live === null || counts.at(-1)?.live === live) return
      const now = clock.now()
      const first = counts.findLastIndex(({ from }) => from <= now - keptMs)
      kept.set(serverId, [...counts.slice(Math.max(0, first)), { from: now, live }])
    },
    /** null: not known. */
    at: (serverId: string, then: number): number | null => kept.get(serverId)?.findLast(({ from }) => from <= then)?.live ?? null,
  }
}
