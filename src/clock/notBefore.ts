/** Slots of several servers lie a little apart; a clock that was set back is followed. */
const longestDisorderMs = 60_000

/** `at`, or the time of what was told last where that is a little later: what is told in order keeps its order. */
export const notBefore = (last: number, at: number): number => (at < last && last - at < longestDisorderMs ? last : at)
