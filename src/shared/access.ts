import { z } from 'zod'
import { secretsKeptSchema } from './cautions.ts'
import { view } from './permissions.ts'
import type { EngineFailure } from './shell.ts'

/**
 * Grows by one when a caller of the last version would break. A desk compares it before anything else.
 * Additions don't count.
 */
export const contractVersion = 1

export const helloSchema = z.object({
  product: z.literal('mtxdeck'),
  version: z.string(),
  contractVersion: z.number(),
  launch: z.string(),
  /** demo: the fleet is made up. */
  demo: z.boolean(),
  startedAt: z.number(),
  /**
   * This engine shows a bundle, read-only: it watches nothing, and all there is lies between `from` and `to`. `worstAt`: when most
   * was wrong in it; null: nothing is known to have been.
   */
  bundle: z
    .object({
      name: z.string(),
      from: z.number(),
      to: z.number(),
      worstAt: z.number().nullable(),
      madeAt: z.number(),
      madeBy: z.string(),
      note: z.string(),
    })
    .nullable(),
  /** How secrets of servers are kept here; `none` means they can't be stored, and `kept` why. `words` says so over REST alone, else `secretsText`. */
  secrets: z.object({ protection: z.enum(['keychain', 'file', 'none']), kept: secretsKeptSchema, words: z.string().optional() }),
})
export type Hello = z.infer<typeof helloSchema>

/** Why a desk does not fit; null: it does. */
export const contractMismatch = (theirs: number, version: string): EngineFailure | null =>
  theirs === contractVersion ? null : { kind: theirs > contractVersion ? 'engineNewer' : 'engineOlder', version }

export const accessContract = {
  /** Asked first by every desk. */
  hello: view.route({ method: 'GET', path: '/hello', tags: ['access'] }).output(helloSchema),
}
