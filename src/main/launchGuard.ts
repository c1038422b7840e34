import { timingSafeEqual } from 'node:crypto'

/** Returns a function that checks in constant time whether a header's value is this launch's secret. */
export function createLaunchGuard(launchSecret: string): (given: string | readonly string[] | null | undefined) => boolean {
  const expected = Buffer.from(launchSecret)
  return (given) => {
    const bytes = Buffer.from(typeof given === 'string' ? given : '')
    return bytes.length === expected.length && timingSafeEqual(bytes, expected)
  }
}
