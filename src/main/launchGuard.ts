import { timingSafeEqual } from 'node:crypto'

/** Tells whether a header's value is this launch's secret, in constant time. */
export function createLaunchGuard(launchSecret: string): (given: string | readonly string[] | null | undefined) => boolean {
  const expected = Buffer.from(launchSecret)
  return (given) => {
    const bytes = Buffer.from(typeof given === 'string' ? given : '')
    return bytes.length === expected.length && timingSafeEqual(bytes, expected)
  }
}
