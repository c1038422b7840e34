import type { HostError, HostFailure } from '../../shared/hosts.ts'
import { quoted } from '../../shared/quoted.ts'
import { en } from '../../shared/words/en.ts'
import { hostErrorWhat } from '../../shared/words/sentences.ts'

/** Why a host can not be read, as one word. */
export type HostErrorKind = HostError['kind']

/** What is known about a failure beside its kind. */
export interface HostErrorFacts {
  /** `host:port` of the host it is about. */
  readonly target: string
  readonly user?: string
  /** The cause: words of ours, or `quoted` ones of the other side. */
  readonly said?: string | null
  readonly keyType?: string | null
  readonly fingerprint?: string | null
  readonly knownFingerprint?: string | null
}

const longestSaid = 500

/** What to do about it; '' where that was said already. */
const todo: Record<HostErrorKind, (failure: HostFailure) => string> = {
  noRoute: () => 'Check the address, the network and the VPN, and firewalls in between.',
  refused: () => 'Check the port, and that sshd runs there ("systemctl status ssh").',
  timeout: () => 'It may be off, or a firewall drops what is sent to this port: try "ssh -v" from this machine.',
  nameNotFound: () => 'Check its spelling, or use the address.',
  notSsh: () => 'Check the port; SSH is usually on 22.',
  authRefused: ({ said }) => (said ? '' : 'Check the user name and the credential.'),
  keyUnusable: () => '',
  passphraseWrong: ({ said }) => (said ? '' : 'Enter it again.'),
  agentMissing: () => 'Start the agent, make SSH_AUTH_SOCK known to the console, or use a key instead.',
  hostKeyUnknown: ({ said }) =>
    `Compare it with the one on the host ("ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub"), then accept it. No credential was sent.${said ? ` ${said}.` : ''}`,
  hostKeyChanged: ({ said }) =>
    `${said ?? 'It was installed anew, or somebody stands in between: ask who runs it before you accept the new key'}. No credential was sent, and it is not tried again until then.`,
  jumpFailed: () => '',
  shellMissing: () => '"sh" must be there and in the PATH; Windows hosts can not be read.',
  commandRefused: () => "Give the user a login shell, or allow the console's command in authorized_keys as the guide shows.",
  answerBroken: () => 'A banner or a forced command may stand in the way: a command over SSH must print nothing of its own.',
  answerEndless: () => 'Look for what prints there in shell start-up files or in the forced command.',
  hung: () => 'A disk or a network file system that hangs there is the usual cause.',
  closed: () => '',
  internal: () => 'This is a fault of mtxdeck, which goes on trying: please send us the output of "mtxdeck diagnose".',
  secretMissing: ({ said }) => (said ? '' : 'Enter it again.'),
}

/** The error of a kind, with words that say what is wrong and what to do about it. */
export function hostError(kind: HostErrorKind, facts: HostErrorFacts): HostError {
  const failure: HostFailure = {
    kind,
    user: facts.user ?? null,
    // Whether it came with its full stop or not: the sentence around it has one.
    said: quoted(facts.said, longestSaid)?.replace(/[.\s]+$/, '') ?? null,
    fingerprint: facts.fingerprint ?? null,
    knownFingerprint: facts.knownFingerprint ?? null,
    keyType: facts.keyType ?? null,
    target: facts.target,
  }
  return { ...failure, words: [hostErrorWhat(failure, en), todo[kind](failure)].filter((part) => part !== '').join(' ') }
}

/** The error without its words, as an event has it. */
export const failureOf = ({ words: _, ...failure }: HostError): HostFailure => failure
