/** Largest time that a Date can hold, ms since 1970. */
export const latestTime = 8.64e15
