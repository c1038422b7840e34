import { z } from 'zod'
import type { RemedyAct } from './acts.ts'
import { countWithin, enteredText } from './entered.ts'
import { hostFailureSchema, serverErrorSchema } from './errors.ts'

const guards = {
  /** The alarm has to last, unacknowledged, for this long first. */
  afterSeconds: countWithin([0, 86_400]).default(30),
  /** The same stream or host is not acted on again before this time, and within it an act must have helped. */
  againSeconds: countWithin([60, 86_400]).default(600),
  /** Most acts of the rule within any hour, on all streams and hosts together. */
  mostAnHour: countWithin([1, 60]).default(4),
}
const acting = <Act extends RemedyAct>(act: Act) => z.strictObject({ act: z.literal(act), ...guards })

/** What a rule does about its alarms, and how often at most. Nothing is done before somebody has armed it. */
export const remedySchema = z.discriminatedUnion('act', [
  acting('kickPublisher'),
  acting('restartSource'),
  acting('restartPath'),
  /** `keyFile`: a private key without passphrase, on the engine's machine. */
  acting('runCommand').extend({ keyFile: enteredText(1_000) }),
])
export type Remedy = z.infer<typeof remedySchema>

/** `begun`: in progress. `unknown`: this console ended meanwhile, or the answer was lost; it may have been done. */
export const remedyOutcomes = ['begun', 'done', 'failed', 'unknown'] as const
export type RemedyOutcome = (typeof remedyOutcomes)[number]

/** Why a remedy failed, or how a command ended. */
export const remedyWhySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('noPublisher') }),
  /** The publisher is this console. */
  z.object({ kind: z.literal('ownPublisher') }),
  /** The stream is not pulled by its server. */
  z.object({ kind: z.literal('notPulled') }),
  /** The configuration has no entry for this path alone: others would be closed with it. */
  z.object({ kind: z.literal('sharedEntry') }),
  /** Somebody else is changing the server's configuration. */
  z.object({ kind: z.literal('beingChanged') }),
  z.object({ kind: z.literal('notTaken') }),
  z.object({ kind: z.literal('server'), error: serverErrorSchema }),
  /** The server is not being polled. */
  z.object({ kind: z.literal('notAsked') }),
  /** No host of this server is watched over SSH. */
  z.object({ kind: z.literal('noHost') }),
  z.object({ kind: z.literal('host'), error: hostFailureSchema }),
  /** A command ended: its exit code (null: it was killed), and the last line of its output. */
  z.object({ kind: z.literal('ended'), code: z.number().int().nullable(), said: z.string().max(300) }),
  z.object({ kind: z.literal('timedOut'), limitMs: z.number() }),
  /** This console ended before the outcome was known. */
  z.object({ kind: z.literal('interrupted') }),
  z.object({ kind: z.literal('internal') }),
])
export type RemedyWhy = z.infer<typeof remedyWhySchema>
