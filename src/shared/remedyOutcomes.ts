import { z } from 'zod'
import { hostFailureSchema, serverErrorSchema } from './errors.ts'

/** `begun`: it is being done. `unknown`: this console ended meanwhile, or the answer was lost: it may have been done. */
export const remedyOutcomes = ['begun', 'done', 'failed', 'unknown'] as const
export type RemedyOutcome = (typeof remedyOutcomes)[number]

/** Why an act came to nothing, or what a command said. */
export const remedyWhySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('noPublisher') }),
  /** Whoever publishes is this console. */
  z.object({ kind: z.literal('ownPublisher') }),
  /** The stream is not pulled by its server. */
  z.object({ kind: z.literal('notPulled') }),
  /** The configuration has no entry for this path alone: others would be closed with it. */
  z.object({ kind: z.literal('sharedEntry') }),
  /** Somebody else is changing the server's configuration. */
  z.object({ kind: z.literal('beingChanged') }),
  z.object({ kind: z.literal('notTaken') }),
  z.object({ kind: z.literal('server'), error: serverErrorSchema }),
  /** The server is not asked now. */
  z.object({ kind: z.literal('notAsked') }),
  /** No host is read over SSH under it. */
  z.object({ kind: z.literal('noHost') }),
  z.object({ kind: z.literal('host'), error: hostFailureSchema }),
  /** A command ended: its exit code (null: it was killed), and the last line of what it said. */
  z.object({ kind: z.literal('ended'), code: z.number().int().nullable(), said: z.string().max(300) }),
  z.object({ kind: z.literal('timedOut'), limitMs: z.number() }),
  /** This console ended before it knew. */
  z.object({ kind: z.literal('interrupted') }),
  /** A defect of mtxdeck; its log says more. */
  z.object({ kind: z.literal('internal') }),
])
export type RemedyWhy = z.infer<typeof remedyWhySchema>
