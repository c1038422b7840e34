import { z } from 'zod'
import { messageOf } from './messageOf.ts'
import { redactText } from './redact.ts'
import { en } from './words/en.ts'
import { serverErrorWhat } from './words/sentences.ts'

/**
 * Why a media server could not be asked, or its answer not be used. `kind` is what code decides on;
 * `serverErrorWords` puts it into words, the same ones in the window, the command line, REST and the log.
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

/** What became of a bug that ended a poll of a server. */
export const internalError = (bug: unknown) => ({ kind: 'internal', detail: redactText(messageOf(bug)).slice(0, 200) }) as const satisfies ServerError

/** What went wrong in one sentence, and what to do about it in another. */
export interface Words {
  readonly what: string
  readonly todo: string
}

/** Puts a server error into words. Never contains a secret. */
export const serverErrorWords = (error: ServerError): Words => ({ what: serverErrorWhat(error, en), todo: todoOf(error) })

function todoOf(error: ServerError): string {
  switch (error.kind) {
    case 'unreachable':
      switch (error.reason) {
        case 'refused':
          return 'Check the port (MediaMTX: 9997), that MediaMTX runs, and that mediamtx.yml has "api: yes".'
        case 'noRoute':
          return 'Check the address, the network and the VPN between here and there.'
        case 'nameNotFound':
          return 'Check its spelling and the DNS of this machine, or use the IP address.'
        case 'reset':
          return 'Try the other of http:// and https://. If neither answers, a proxy or firewall may stand between, or MediaMTX is stopping: look at its log.'
        case 'connectTimeout':
          return 'A firewall may drop the packets: open TCP port 9997 from here to there.'
        default:
          return error.reason satisfies never
      }
    case 'timedOut':
      return 'The server may be overloaded, or another program listens there. Look at its load and its log.'
    case 'certificateUntrusted':
      return `Compare its SHA-256 fingerprint with the server's and pin it: ${error.fingerprint}`
    case 'certificateExpired':
      return `Renew it on the server. Until then its fingerprint may be pinned: ${error.fingerprint}`
    case 'certificateWrongName':
      return `Use one of its names as the address, or pin its fingerprint: ${error.fingerprint}`
    case 'fingerprintChanged':
      return `If it was renewed, pin the new one: ${error.actual} (pinned is ${error.expected}). If not, somebody stands in between.`
    case 'notTls':
      return 'Use http:// instead of https://, or set apiEncryption: yes in mediamtx.yml.'
    case 'tlsRequired':
      return 'Use https:// instead of http://.'
    case 'unauthorized':
      return error.credentialsGiven
        ? 'Correct the credentials, in the configuration file where it names this server: polling goes on within seconds.'
        : 'Add a user with the permission "action: api" to authInternalUsers in mediamtx.yml and enter it here.'
    case 'forbidden':
      return 'Give it the permission "action: api" in mediamtx.yml.'
    case 'noApiHere':
      return 'Check the port: the API listens on 9997 (8889 is WebRTC, 8888 HLS, 9998 metrics).'
    case 'notMediaMtx':
      return 'Check the address and the port; behind a proxy, check that it passes /v3/ on.'
    case 'badReply':
      return 'If a proxy stands between, ask the server directly. Otherwise send us the output of "mtxdeck diagnose".'
    case 'cutReply':
      return 'The server or a proxy closed the connection. If it stays so, look at their logs.'
    case 'tooLarge':
      return 'This is more than any MediaMTX answers: check what listens at this address.'
    case 'httpStatus':
      return 'Look at the log of the server.'
    case 'redirected':
      return 'Enter the address it redirects to, or take the proxy out of the way.'
    case 'notEnabled':
      return 'Switch it on in mediamtx.yml if you need it.'
    case 'secretMissing':
      return 'Make it readable for this user, or enter the credentials again.'
    case 'internal':
      return 'This is a fault of mtxdeck, which goes on trying. Please send us the output of "mtxdeck diagnose".'
    case 'overdue':
      return 'It answers very slowly, or polling it broke off unnoticed: mtxdeck starts polling it again. If it stays so, look at its load.'
    default:
      return error satisfies never
  }
}
