import { z } from 'zod'

/**
 * Why a message was not accepted. `code`: error code of the system, or of TLS for an invalid certificate; `said`: what the channel answered, or what is wrong
 * with its template; `signIn`: it rejects the credentials; `removed`: the channel is no longer configured.
 */
export const sendFailureSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('unreachable'), code: z.string() }),
  z.object({ kind: z.literal('certificate'), code: z.string() }),
  z.object({ kind: z.literal('noAnswer'), code: z.string() }),
  z.object({ kind: z.literal('status'), status: z.number() }),
  z.object({ kind: z.literal('answer'), said: z.string(), isPassing: z.boolean() }),
  z.object({ kind: z.literal('signIn'), said: z.string() }),
  z.object({ kind: z.literal('template'), said: z.string() }),
  z.object({ kind: z.literal('removed') }),
])
export type SendFailure = z.infer<typeof sendFailureSchema>

/** Whether a status of HTTP says that the message may be accepted later. */
export function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429
}
