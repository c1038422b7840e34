import { createHash } from 'node:crypto'

/** Of secrets that are random and long, so that they need no slow hash. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
