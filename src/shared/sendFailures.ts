import { z } from 'zod'

/**
 * Why a message was not accepted. `unreachable` and `noAnswer` have the error code of the system, `certificate` that of TLS, since that of the channel is not valid; `status` is that of HTTP; `answer` is what the
 * channel said otherwise; `signIn`: it does not accept the credentials; `template`: that of the
 * channel makes no message of it. `removed`: the channel is not in the configuration any more.
 */
export const sendFailureSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('unreachable'), code: z.string() }),
  z.object({ kind: z.literal('certificate'), problem: z.enum(['expired', 'otherName', 'untrusted']), code: z.string() }),
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
