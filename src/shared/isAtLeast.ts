/**
 * Whether a server's version, e.g. "v1.20.1", is at least this one. Development builds have other forms and count as
 * older, and so does an unknown version, because features of old servers work everywhere.
 */
export function isAtLeast(version: string | null, major: number, minor: number, patch = 0): boolean {
  const match = /^v?(\d+)\.(\d+)\.(\d+)?/.exec(version ?? '')
  if (!match) return false
  const [ofMajor, ofMinor, ofPatch] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)]
  return ofMajor > major || (ofMajor === major && (ofMinor > minor || (ofMinor === minor && ofPatch >= patch)))
}
