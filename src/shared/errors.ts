import { z } from 'zod'
import { redactText } from './redact.ts'
import { messageOf } from './result.ts'

/** Original text from the peer, a library or the operating system, in its own language. */
const quotedSchema = z.object({ kind: z.literal('quoted'), text: z.string() })

const most = { most: z.number() }
/** Position in the answer: `items[3].name`, or the key alone. */
const field = { field: z.string() }
/** What is wrong in a response: a position or a limit, never its content. */
const replyFaultSchema = z.discriminatedUnion('kind', [
  quotedSchema,
  // TLS and HTTP.
  /** `code`: the error code of Node or OpenSSL. */
  z.object({ kind: z.literal('handshakeFailed'), code: z.string() }),
  z.object({ kind: z.literal('clientCertificateWanted') }),
  z.object({ kind: z.literal('noCertificate') }),
  z.object({ kind: z.literal('httpBroken') }),
  // JSON.
  /** `at`: offset of the byte at which the JSON becomes invalid. */
  z.object({ kind: z.literal('jsonBroken'), at: z.number() }),
  /** More white space, levels, values or pages than are read. */
  z.object({ kind: z.literal('tooMuch'), ...most }),
  /** A field that is missing, or not of the type that the API's schema has. */
  z.object({ kind: z.literal('otherForm'), ...field }),
])
export type ReplyFault = z.infer<typeof replyFaultSchema>

/** Why a stored password or token is not used. */
const secretFaultSchema = z.discriminatedUnion('kind', [
  quotedSchema,
  /** It was encrypted with a key other than the current one. */
  z.object({ kind: z.literal('encryptedWithOtherKey') }),
  /** The server's address was changed, and the secret remains tied to the old one. */
  z.object({ kind: z.literal('ofOtherAddress') }),
])
export type SecretFault = z.infer<typeof secretFaultSchema>

/**
 * Why a media server could not be queried, or its answer could not be used. Code decides by `kind`;
 * `serverErrorText` puts it into words.
 */
export const serverErrorSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('unreachable'),
    /** refused: nothing listens; noRoute: network or host down; nameNotFound: DNS; reset: cut before an answer; connectTimeout: no handshake in time */
    reason: z.enum(['refused', 'noRoute', 'nameNotFound', 'reset', 'connectTimeout']),
    /** The port that did not answer. */
    port: z.number().int().optional(),
  }),
  /** Connected, but no complete answer within `limitMs`. */
  z.object({ kind: z.literal('timedOut'), limitMs: z.number() }),
  /** The certificate is not signed by anyone this system trusts; `fingerprint` (SHA-256, AB:CD:…) may be pinned. `subject`: '' if it has none. */
  z.object({ kind: z.literal('certificateUntrusted'), fingerprint: z.string(), subject: z.string(), validTo: z.string() }),
  z.object({ kind: z.literal('certificateExpired'), fingerprint: z.string(), validTo: z.string() }),
  z.object({ kind: z.literal('certificateWrongName'), fingerprint: z.string(), names: z.string() }),
  /** The server presents a different certificate than the pinned one: it was renewed, or someone is in between. */
  z.object({ kind: z.literal('fingerprintChanged'), expected: z.string(), actual: z.string() }),
  /** The address is https://, but the server does not speak TLS there. */
  z.object({ kind: z.literal('notTls') }),
  /** The address is http://, but the server speaks TLS there. */
  z.object({ kind: z.literal('tlsRequired') }),
  /**
   * 401. Polling halts until the credentials change: each try is delayed and logged by the server (fail2ban). `tookBefore`: it accepted them
   * before, and is asked again, slowly. `authServer`: what it asks about them (`authMethod` http or jwt).
   */
  z.object({ kind: z.literal('unauthorized'), credentialsGiven: z.boolean(), tookBefore: z.literal(true).optional(), authServer: z.string().optional() }),
  /** 403: the user is known but lacks the permission `action: api`. */
  z.object({ kind: z.literal('forbidden') }),
  /** 404 on the one endpoint that every version has: the wrong port, or a missing path prefix. */
  z.object({ kind: z.literal('noApiHere') }),
  /** Something answered that is not MediaMTX, e.g. an HTML page. */
  z.object({ kind: z.literal('notMediaMtx'), contentType: z.string(), server: z.string() }),
  /** The answer is not valid TLS, HTTP or JSON, or does not match the API's schema. */
  z.object({ kind: z.literal('badReply'), detail: replyFaultSchema }),
  /** The connection ended before the whole answer had arrived. */
  z.object({ kind: z.literal('cutReply'), receivedBytes: z.number() }),
  z.object({ kind: z.literal('tooLarge'), limitBytes: z.number() }),
  /** Any status of 400 or above without a kind of its own. */
  z.object({ kind: z.literal('httpStatus'), status: z.number(), message: z.string() }),
  /** A redirect. The API never sends one, so a proxy is in front. */
  z.object({ kind: z.literal('redirected'), status: z.number(), location: z.string(), isSignIn: z.literal(true).optional() }),
  /** 404 on one protocol's list: that protocol is switched off. Not a failure of the server. */
  z.object({ kind: z.literal('notEnabled') }),
  /** Its address follows from the server's configuration, and is at the same time that of `other`, another watched server: whose it is, is not known. */
  z.object({ kind: z.literal('sameDoor'), other: z.string(), at: z.string() }),
  /** Likewise, but it leads to a server that is not watched: who reads there is not among this server's readers. */
  z.object({ kind: z.literal('foreignDoor'), at: z.string() }),
  /** The stored password or token can't be used. */
  z.object({ kind: z.literal('secretMissing'), detail: secretFaultSchema }),
  /** A bug in mtxdeck while reading the answer; `detail` is the error message, without secrets. */
  z.object({ kind: z.literal('internal'), detail: z.string() }),
  /** No poll has ended for `ageMs`, neither with an answer nor with a failure: the server answers slowly, or the end of a poll was missed. */
  z.object({ kind: z.literal('overdue'), ageMs: z.number() }),
])
export type ServerError = z.infer<typeof serverErrorSchema>
export type SameEndpoint = Extract<ServerError, { readonly kind: 'sameDoor' | 'foreignDoor' }>

export const hostErrorKindSchema = z.enum([
  'noRoute',
  'refused',
  'timeout',
  'nameNotFound',
  'notSsh',
  'authRefused',
  'keyUnusable',
  'agentMissing',
  /** First contact: an operator must compare the fingerprint and accept it. */
  'hostKeyUnknown',
  /** The host key changed: no further attempts until an operator decides. */
  'hostKeyChanged',
  'jumpFailed',
  'commandRefused',
  'answerBroken',
  'hung',
  'closed',
  'secretMissing',
  'internal',
])
const next = { /** `host:port` behind a jump host. */ next: z.string() }

/** Details of the cause of a host's failure, beyond its kind. Code decides by the failure; `hostErrorText` puts both into words. */
export const hostCauseSchema = z.discriminatedUnion('kind', [
  quotedSchema,
  /** More than it was asked for. */
  z.object({ kind: z.literal('sendsTooMuch') }),
  z.object({ kind: z.literal('nextUnreachable'), ...next, said: z.string().nullable() }),
  z.object({ kind: z.literal('forwardingRefused'), ...next }),
  z.object({ kind: z.literal('keyRevoked') }),
  /** `offered`: authentication methods that the host offers instead, separated by commas; '' if none. */
  z.object({ kind: z.literal('otherMethods'), offered: z.string() }),
  z.object({ kind: z.literal('passphraseWrong') }),
  z.object({ kind: z.literal('notAPrivateKey') }),
  /** `code`: the system's error code. */
  z.object({ kind: z.literal('fileUnreadable'), file: z.string(), code: z.string().nullable() }),
])
export type HostCause = z.infer<typeof hostCauseSchema>

export const hostFailureSchema = z.object({
  kind: hostErrorKindSchema,
  user: z.string().nullable(),
  /** The cause, if more is known than the kind. */
  said: hostCauseSchema.nullable(),
  /** SHA256:… as ssh prints it: of the key that the host presented, and of the key known before. */
  fingerprint: z.string().nullable(),
  knownFingerprint: z.string().nullable(),
  keyType: z.string().nullable(),
  /** The host on the route that failed: `host:port`. */
  target: z.string(),
})
export type HostFailure = z.infer<typeof hostFailureSchema>

/** The server error for a bug that ended a poll. */
export function internalError(bug: unknown) {
  return { kind: 'internal', detail: redactText(messageOf(bug)).slice(0, 200) } as const satisfies ServerError
}
