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
