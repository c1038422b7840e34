import { z } from 'zod'

/** Why something was done on a server: what an operator entered, or the rule whose remedy it was. */
export const actReasonSchema = z.union([z.string().max(4_000), z.object({ kind: z.literal('remedy'), rule: z.string().max(4_000) })])
export type ActReason = z.infer<typeof actReasonSchema>
/** Who disconnects, and why. */
export interface Kick {
  readonly by: string
  readonly reason: ActReason
}

/**
 * What a remedy does to the stream or host that an alarm is about.
 * - kickPublisher: disconnects whoever publishes the stream; an encoder connects again.
 * - restartSource: has the server close and open again what it pulls.
 * - restartPath: has the server close and open again the path, whoever publishes it: publisher and readers are disconnected.
 * - runCommand: runs the command that the host has for one SSH key of its own (`command=` in authorized_keys).
 */
export const remedyActs = ['kickPublisher', 'restartSource', 'restartPath', 'runCommand'] as const
export type RemedyAct = (typeof remedyActs)[number]
