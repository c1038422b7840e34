/** Slots of several servers lie a little apart; a clock that was set back is followed. */
const longestDisorderMs = 60_000

/** `at`, or the time of the previous entry where that is a little later, so that entries keep the order in which they came. */
export const notBefore = (last: number, at: number): number => (at < last && last - at < longestDisorderMs ? last : at)
