import { z } from 'zod'

/** Why something was done on a server: what an operator entered, or the rule whose remedy it was. */
export const actReasonSchema = z.union([z.string().max(4_000), z.object({ kind: z.literal('remedy'), rule: z.string().max(4_000) })])
export type ActReason = z.infer<typeof actReasonSchema>
/** Who disconnects, and why. */
export interface Kick {
  readonly by: string
  readonly reason: ActReason
}
