/** What was removed lately, and with which revision: who knows an older one has to ask for everything again. */
export interface Tombstones<Removed> {
  readonly add: (revision: number, removed: Removed) => void
  /** Whether all that was removed since then is still known. */
  readonly reachBackTo: (since: number) => boolean
  /** What was removed after `since`, up to `last`. */
  readonly between: (since: number, last: number) => readonly Removed[]
}

/** Remembers `most` of them, and half as many when they would be more. */
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
