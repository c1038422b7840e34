import { z } from 'zod'
import { messageOf } from './messageOf.ts'
import { redactText } from './redact.ts'

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
export const serverErrorWords = (error: ServerError): Words => {
  switch (error.kind) {
    case 'unreachable':
      switch (error.reason) {
        case 'refused':
          return {
            what: 'Connection refused: nothing listens at this address.',
            todo: 'Check the port (MediaMTX: 9997), that MediaMTX runs, and that mediamtx.yml has "api: yes".',
          }
        case 'noRoute':
          return { what: 'No route to this host.', todo: 'Check the address, the network and the VPN between here and there.' }
        case 'nameNotFound':
          return { what: 'The host name is not known.', todo: 'Check its spelling and the DNS of this machine, or use the IP address.' }
        case 'reset':
          return {
            what: 'The connection was closed before an answer came.',
            todo: 'Try the other of http:// and https://. If neither answers, a proxy or firewall may stand between, or MediaMTX is stopping: look at its log.',
          }
        case 'connectTimeout':
          return { what: 'Nothing answered the connection attempt.', todo: 'A firewall may drop the packets: open TCP port 9997 from here to there.' }
        default:
          return error.reason satisfies never
      }
    case 'timedOut':
      return {
        what: `No answer within ${error.limitMs / 1000} s, though the connection stands.`,
        todo: 'The server may be overloaded, or another program listens there. Look at its load and its log.',
      }
    case 'certificateUntrusted':
      return {
        what: `The certificate (${error.subject}) is not signed by an authority this system trusts.`,
        todo: `Compare its SHA-256 fingerprint with the server's and pin it: ${error.fingerprint}`,
      }
    case 'certificateExpired':
      return {
        what: `The certificate expired at ${error.validTo}.`,
        todo: `Renew it on the server. Until then its fingerprint may be pinned: ${error.fingerprint}`,
      }
    case 'certificateWrongName':
      return {
        what: `The certificate is for another name (${error.names}).`,
        todo: `Use one of its names as the address, or pin its fingerprint: ${error.fingerprint}`,
      }
    case 'fingerprintChanged':
      return {
        what: 'The server shows another certificate than the pinned one.',
        todo: `If it was renewed, pin the new one: ${error.actual} (pinned is ${error.expected}). If not, somebody stands in between.`,
      }
    case 'notTls':
      return { what: 'The server does not speak TLS at this address.', todo: 'Use http:// instead of https://, or set apiEncryption: yes in mediamtx.yml.' }
    case 'tlsRequired':
      return { what: 'The server wants TLS at this address.', todo: 'Use https:// instead of http://.' }
    case 'unauthorized':
      return error.credentialsGiven
        ? {
            what: 'The server refuses this user or password. Polling is halted to avoid a lockout.',
            todo: 'Correct the credentials, in the configuration file where it names this server: polling goes on within seconds.',
          }
        : {
            what: 'The server wants a user and a password.',
            todo: 'Add a user with the permission "action: api" to authInternalUsers in mediamtx.yml and enter it here.',
          }
    case 'forbidden':
      return { what: 'This user may not use the API.', todo: 'Give it the permission "action: api" in mediamtx.yml.' }
    case 'noApiHere':
      return {
        what: 'A web server answers, but the MediaMTX API is not here (404).',
        todo: 'Check the port: the API listens on 9997 (8889 is WebRTC, 8888 HLS, 9998 metrics).',
      }
    case 'notMediaMtx':
      return {
        what: `What answers is not the MediaMTX API${error.server ? ` but ${error.server}` : ''} (${error.contentType || 'no content type'}).`,
        todo: 'Check the address and the port; behind a proxy, check that it passes /v3/ on.',
      }
    case 'badReply':
      return {
        what: `The answer can't be read: ${error.detail}.`,
        todo: 'If a proxy stands between, ask the server directly. Otherwise send us the output of "mtxdeck diagnose".',
      }
    case 'cutReply':
      return {
        what: `The answer broke off after ${error.receivedBytes} bytes.`,
        todo: 'The server or a proxy closed the connection. If it stays so, look at their logs.',
      }
    case 'tooLarge':
      return {
        what: `The answer is larger than ${Math.round(error.limitBytes / 1e6)} MB.`,
        todo: 'This is more than any MediaMTX answers: check what listens at this address.',
      }
    case 'httpStatus':
      return { what: `The server answered with status ${error.status}${error.message ? `: ${error.message}` : ''}.`, todo: 'Look at the log of the server.' }
    case 'redirected':
      return {
        what: `The server redirects (${error.status}) to ${error.location}.`,
        todo: 'Enter the address it redirects to, or take the proxy out of the way.',
      }
    case 'notEnabled':
      return { what: 'This protocol is switched off on the server.', todo: 'Switch it on in mediamtx.yml if you need it.' }
    case 'secretMissing':
      return { what: `A secret can't be read: ${error.detail}.`, todo: 'Make it readable for this user, or enter the credentials again.' }
    case 'internal':
      return {
        what: `This console failed while reading the server's answer: ${error.detail}.`,
        todo: 'This is a fault of mtxdeck, which goes on trying. Please send us the output of "mtxdeck diagnose".',
      }
    case 'overdue':
      return {
        what: `No poll of this server has ended for ${Math.round(error.ageMs / 1000)} s.`,
        todo: 'It answers very slowly, or polling it broke off unnoticed: mtxdeck starts polling it again. If it stays so, look at its load.',
      }
    default:
      return error satisfies never
  }
}
