import { z } from 'zod'
import { consoleSchema } from './accounts.ts'
import { secretsKeptSchema } from './cautions.ts'
import { roleSchema, signedIn, view } from './permissions.ts'
import { said } from './said.ts'
import type { EngineFailure } from './shell.ts'

/**
 * Incremented when a change would break callers of the previous version; additions don't count.
 * A desk compares it before anything else.
 */
export const contractVersion = 6

const helloSchema = z.object({
  product: z.literal('mtxdeck'),
  version: z.string(),
  contractVersion: z.number(),
  launch: z.string(),
  /** The engine watches the made-up demo fleet. */
  demo: z.boolean(),
  startedAt: z.number(),
  /** What the caller may do: by `console: none` he may ask for nothing but his cameras. */
  role: roleSchema,
  console: consoleSchema,
  /**
   * Set when the engine shows a bundle, read-only: it watches nothing, and all data lies between `from` and `to`. `worstAt` is when
   * the most troubles were active, null if none is known.
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
  /** How servers' secrets are stored here; `none` means they can't be, and `kept` says why. `words` is `kept` as a sentence, sent over REST only (`secretsText`). */
  secrets: z.object({ protection: z.enum(['keychain', 'file', 'none']), kept: secretsKeptSchema, words: said('secrets', z.string().optional()) }),
})
export type Hello = z.infer<typeof helloSchema>

/** What the feed of releases last said. `problem`: why it could not be read at `checkedAt`, such as ENOTFOUND or HTTP 404; the rest is what it said before. */
const updateStateSchema = z.object({
  newest: z.string().nullable(),
  /** The day it was released, such as 2026-12-04. */
  released: z.string().nullable(),
  /** It is newer than the version of this console. */
  isNewer: z.boolean(),
  /** Epoch ms; null: not yet. */
  checkedAt: z.number().nullable(),
  problem: z.string().nullable(),
})
export type UpdateState = z.infer<typeof updateStateSchema>

/** Why a desk and this engine don't fit together; null if they do. */
export function contractMismatch(theirs: number, version: string): EngineFailure | null {
  return theirs === contractVersion ? null : { kind: theirs > contractVersion ? 'engineNewer' : 'engineOlder', version }
}

const tags = ['access']
export const accessContract = {
  /** The first call of every desk. */
  hello: signedIn.route({ method: 'GET', path: '/hello', tags }).output(helloSchema),
  /** Whether there is a newer version; null: nobody has named a feed of releases. */
  updates: view.route({ method: 'GET', path: '/updates', tags }).output(updateStateSchema.nullable()),
}
