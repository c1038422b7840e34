/**
 * Resolutions of the history, finest first: samples as polled, then aggregates per minute, quarter of an hour and two hours
 * (min, max, sum, count, first, last). Finer tiers are dropped sooner.
 */
export const tiers = ['samples', 'minutes', 'quarterHours', 'twoHours'] as const
export type Tier = (typeof tiers)[number]
/** Width of a tier's buckets, ms; 0: single samples. */
export const tierStepMs = { samples: 0, minutes: 60_000, quarterHours: 900_000, twoHours: 7_200_000 } as const satisfies Record<Tier, number>
/** What has limits of its own of how long it is kept. */
export const keptKinds = [...tiers, 'events'] as const
export type Kept = (typeof keptKinds)[number]

/** Width of the buckets of a range, ms. */
export function bucketWidth(from: number, to: number, points: number): number {
  return points === 1 ? Number.POSITIVE_INFINITY : Math.max(1, Math.ceil((to - from) / (points - 1)))
}
