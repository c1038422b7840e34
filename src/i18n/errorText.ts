import type { HostCause, HostFailure, ReplyFault, SecretFault, ServerError } from '../shared/errors.ts'
import { unknownMark } from '../shared/units.ts'
import type { Language } from './languages.ts'
import { type Facts, type Say, sayIn } from './say.ts'
import { joined } from './texts.ts'

/** What went wrong in one sentence, and what to do about it in another. */
export interface Words {
  readonly what: string
  readonly todo: string
}

/** Puts a server error into words. Never contains a secret. */
export function serverErrorText(error: ServerError, language: Language): Words {
  const say = sayIn(language)
  const facts = serverFacts(error, say)
  // Who answers at an address of two is settled in one way.
  const todo = error.kind === 'sameDoor' ? 'foreignDoor' : error.kind
  return { what: say(`errors.server.${error.kind}`, facts), todo: say(`errors.serverTodo.${todo}`, facts) }
}

function serverFacts(error: ServerError, say: Say): Facts {
  switch (error.kind) {
    case 'unreachable':
      return { context: error.reason, port: error.port ?? 9997 }
    case 'timedOut':
      return { seconds: error.limitMs / 1_000 }
    case 'overdue':
      return { seconds: Math.round(error.ageMs / 1_000) }
    case 'certificateUntrusted':
      return { ...error, subject: error.subject || unknownMark }
    case 'certificateWrongName':
      return { ...error, names: error.names || unknownMark }
    case 'unauthorized': {
      const { credentialsGiven, tookBefore, authServer } = error
      return { context: authServer !== undefined ? 'authServer' : !credentialsGiven ? 'none' : tookBefore && 'tookBefore', authServer }
    }
    case 'notMediaMtx':
      return { ...error, context: error.server === '' ? undefined : 'named' }
    case 'tooLarge':
      return { limit: wholeSize(error.limitBytes) }
    case 'redirected':
      return { ...error, context: error.isSignIn && 'signIn' }
    case 'badReply':
    case 'secretMissing':
      return { context: error.detail.kind === 'clientCertificateWanted' ? 'certificate' : undefined, detail: detailText(error.detail, say) }
    default:
      return error
  }
}

/** A limit of what is read, which is set in whole kB or MB. */
function wholeSize(bytes: number): string {
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${Math.round(bytes / 1e6)} MB`
}

function detailText(detail: ReplyFault | SecretFault, say: Say): string {
  return detail.kind === 'quoted' ? detail.text : say(`errors.serverDetails.${detail.kind}`, detail)
}

/** Without a full stop, as it stands in the sentence of its failure. */
function hostCauseText(cause: HostCause, say: Say): string {
  return cause.kind === 'quoted' ? cause.text : say(`errors.hostCauses.${cause.kind}`, cause)
}

/** Failures whose sentence puts what the other side said into quotes. */
const quoting: ReadonlySet<HostFailure['kind']> = new Set(['notSsh', 'commandRefused', 'answerBroken'])
const withoutTodo = ['keyUnusable', 'jumpFailed', 'closed'] as const
const hasTodo = (kind: HostFailure['kind']): kind is Exclude<HostFailure['kind'], (typeof withoutTodo)[number]> => !withoutTodo.some((one) => one === kind)
function causeOf({ kind, said }: HostFailure, say: Say): string | null {
  if (said === null) return null
  const text = hostCauseText(said, say)
  return said.kind === 'quoted' && quoting.has(kind) ? say('errors.quoted', { text }) : text
}

export function hostErrorMessage(error: HostFailure, language: Language): Words {
  const say = sayIn(language)
  const { kind, user, keyType, fingerprint, knownFingerprint } = error
  const cause = causeOf(error, say)
  const facts: Facts = {
    ...error,
    cause,
    user: user ?? say('errors.someUser'),
    keyType: keyType ?? '',
    fingerprint: fingerprint ?? '',
    context: kind === 'hostKeyChanged' && knownFingerprint ? 'known' : undefined,
  }
  return { what: say(`errors.host.${kind}`, facts), todo: hostTodo(kind, cause, say) }
}

function hostTodo(kind: HostFailure['kind'], cause: string | null, say: Say): string {
  if (!hasTodo(kind)) return ''
  // What it says it says with what to do.
  if (cause !== null && kind === 'authRefused') return ''
  if (kind === 'internal') return say('errors.serverTodo.internal')
  if (kind === 'noRoute' || kind === 'nameNotFound') return say('errors.serverTodo.unreachable', { context: kind })
  const todo = say(`errors.hostTodo.${kind}`, { cause, context: cause === null ? undefined : 'cause' })
  return kind === 'hostKeyUnknown' ? joined(todo, cause !== null && say('errors.itself', { cause })) : todo
}
export function hostErrorWhat(error: HostFailure, language: Language): string {
  return hostErrorMessage(error, language).what
}
/** What failed and what to do, in one text. */
export function serverErrorSentences(error: ServerError, language: Language): string {
  const { what, todo } = serverErrorText(error, language)
  return joined(what, todo)
}
export function hostErrorText(error: HostFailure, language: Language): string {
  const { what, todo } = hostErrorMessage(error, language)
  return joined(what, todo)
}
