/** Recently removed items with their revisions. A caller whose revision is older than the memory must fetch everything again. */
interface Tombstones<Removed> {
  readonly add: (revision: number, removed: Removed) => void
  /** Whether every removal after `since` is still remembered. */
  readonly reachBackTo: (since: number) => boolean
  /** Items removed after revision `since`, up to `last`. */
  readonly between: (since: number, last: number) => readonly Removed[]
}

/** Remembers up to `most` removals; when full, it drops the older half. */
export function createTombstones<Removed>(most: number): Tombstones<Removed> {
  let kept: { readonly revision: number; readonly removed: Removed }[] = []
  let from = 0
  return {
    add: (revision, removed) => {
      kept.push({ revision, removed })
      if (kept.length <= most) return
      from = kept[most / 2 - 1]?.revision ?? from
      kept = kept.slice(most / 2)
    },
    reachBackTo: (since) => since >= from,
    between: (since, last) => kept.filter(({ revision }) => revision > since && revision <= last).map(({ removed }) => removed),
  }
}
