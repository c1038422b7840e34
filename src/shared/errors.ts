import { z } from 'zod'
import { messageOf } from './messageOf.ts'
import { redactText } from './redact.ts'

/**
 * Why a media server could not be asked, or its answer not be used. `kind` is what code decides on;
 * `serverErrorWords` puts it into words.
 */
export const serverErrorSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('unreachable'),
    /** refused: nobody listens; noRoute: network or host down; nameNotFound: DNS; reset: the connection was cut before an answer; connectTimeout: no handshake within the limit */
    reason: z.enum(['refused', 'noRoute', 'nameNotFound', 'reset', 'connectTimeout']),
  }),
  /** Connected, but no whole answer within `limitMs`. */
  z.object({ kind: z.literal('timedOut'), limitMs: z.number() }),
  /** The certificate is not signed by anyone this system trusts; `fingerprint` (SHA-256, AB:CD:…) may be pinned. */
  z.object({ kind: z.literal('certificateUntrusted'), fingerprint: z.string(), subject: z.string(), validTo: z.string() }),
  z.object({ kind: z.literal('certificateExpired'), fingerprint: z.string(), validTo: z.string() }),
  z.object({ kind: z.literal('certificateWrongName'), fingerprint: z.string(), names: z.string() }),
  /** The server shows another certificate than the pinned one: renewed, or somebody in between. */
  z.object({ kind: z.literal('fingerprintChanged'), expected: z.string(), actual: z.string() }),
  /** https:// was asked and something else than TLS answered. */
  z.object({ kind: z.literal('notTls') }),
  /** http:// was asked and the server speaks TLS there. */
  z.object({ kind: z.literal('tlsRequired') }),
  /** 401. Polling halts until the credentials change: each try is delayed and logged by the server (fail2ban). */
  z.object({ kind: z.literal('unauthorized'), credentialsGiven: z.boolean() }),
  /** 403: the user is known but lacks the permission `action: api`. */
  z.object({ kind: z.literal('forbidden') }),
  /** 404 on the one endpoint that every version has: another port, or a path in front. */
  z.object({ kind: z.literal('noApiHere') }),
  /** Something answered that is not MediaMTX, e.g. an HTML page. */
  z.object({ kind: z.literal('notMediaMtx'), contentType: z.string(), server: z.string() }),
  /** JSON was promised and broken, or its shape is not the API's; `detail` says where. */
  z.object({ kind: z.literal('badReply'), detail: z.string() }),
  /** The answer ended before its end. */
  z.object({ kind: z.literal('cutReply'), receivedBytes: z.number() }),
  z.object({ kind: z.literal('tooLarge'), limitBytes: z.number() }),
  /** 400 and above that has no kind of its own. */
  z.object({ kind: z.literal('httpStatus'), status: z.number(), message: z.string() }),
  /** A redirect; the API never sends one, so something stands in front. */
  z.object({ kind: z.literal('redirected'), status: z.number(), location: z.string() }),
  /** 404 of one protocol's list: the server has it switched off. Not a failure of the server. */
  z.object({ kind: z.literal('notEnabled') }),
  /** A secret that the configuration names could not be read (file or variable missing), or the keychain refused. */
  z.object({ kind: z.literal('secretMissing'), detail: z.string() }),
  /** A bug of ours while its answer was read; `detail` is the bug's message, without secrets. */
  z.object({ kind: z.literal('internal'), detail: z.string() }),
  /** No poll ended for `ageMs`, with an answer or a failure: each of its answers is slow, or the end of a poll got lost. */
  z.object({ kind: z.literal('overdue'), ageMs: z.number() }),
])
export type ServerError = z.infer<typeof serverErrorSchema>

export const hostErrorKindSchema = z.enum([
  'noRoute',
  'refused',
  'timeout',
  'nameNotFound',
  'notSsh',
  'authRefused',
  'keyUnusable',
  'passphraseWrong',
  'agentMissing',
  /** First contact: somebody must compare the fingerprint and accept it. */
  'hostKeyUnknown',
  /** The key is another one than before: stopped hard until somebody decides. */
  'hostKeyChanged',
  'jumpFailed',
  'shellMissing',
  'commandRefused',
  'answerBroken',
  'answerEndless',
  'hung',
  'closed',
  'secretMissing',
  /** A bug of ours. */
  'internal',
])
/** Why a host cannot be read. */
const oneFailureSchema = z.object({
  kind: hostErrorKindSchema,
  /** Who was to sign in there. */
  user: z.string().nullable(),
  /** The cause, in its own words or the other side's. */
  said: z.string().nullable(),
  /** SHA256:… as ssh prints it, of the key that was met; and of the one that was known. */
  fingerprint: z.string().nullable(),
  knownFingerprint: z.string().nullable(),
  keyType: z.string().nullable(),
  /** Which of the hosts on the way it is about: `host:port`. */
  target: z.string(),
})
/** `cause`: of a way through another host, what failed there. */
export const hostFailureSchema = oneFailureSchema.extend({ cause: oneFailureSchema.optional() })
export type HostFailure = z.infer<typeof hostFailureSchema>

/** What became of a bug that ended a poll of a server. */
export const internalError = (bug: unknown) => ({ kind: 'internal', detail: redactText(messageOf(bug)).slice(0, 200) }) as const satisfies ServerError
