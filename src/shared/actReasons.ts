import { z } from 'zod'

const remedyReasonSchema = z.object({ kind: z.literal('remedy'), rule: z.string().max(4_000) })
/** Why something was done on a server: what an operator entered, or the rule whose remedy it was. */
export const actReasonSchema = z.union([z.string().max(4_000), remedyReasonSchema])
export type ActReason = z.infer<typeof actReasonSchema>
/** Who disconnects, and why. */
export interface Kick {
  readonly by: string
  readonly reason: ActReason
}

/** A reason as the text of a column, and back. Rows of earlier versions hold a sentence of a remedy, too: it is shown as it is. */
export function reasonToText(reason: ActReason): string {
  return typeof reason === 'string' ? reason : JSON.stringify(reason)
}
export function reasonOfText(text: string): ActReason {
  if (!text.startsWith('{')) return text
  try {
    return remedyReasonSchema.safeParse(JSON.parse(text)).data ?? text
  } catch {
    return text
  }
}
