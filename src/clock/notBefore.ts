/** Servers' slots differ by less than this. A larger step back means that the clock was set back, and is kept. */
const longestDisorderMs = 60_000

/** `at`, raised to the previous entry's time if that is slightly later, so that entries stay in order of arrival. */
export function notBefore(last: number, at: number): number {
  return at < last && last - at < longestDisorderMs ? last : at
}
