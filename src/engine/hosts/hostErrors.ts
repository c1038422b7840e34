import type { HostError } from '../../shared/hosts.ts'
import { quoted } from '../../shared/quoted.ts'

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

const words: Record<HostErrorKind, (facts: HostErrorFacts, said: string | null) => string> = {
  noRoute: ({ target }, said) =>
    `There is no way to ${target}${said ? ` (${said})` : ''}. Check the address, the network and the VPN, and firewalls in between.`,
  refused: ({ target }) => `${target} refused the connection: nothing listens on that port. Check the port, and that sshd runs there ("systemctl status ssh").`,
  timeout: ({ target }, said) =>
    `${target} did not answer in time${said ? ` (${said})` : ''}. It may be off, or a firewall drops what is sent to this port: try "ssh -v" from this machine.`,
  nameNotFound: ({ target }) => `The name in ${target} is not known here. Check its spelling, or use the address.`,
  notSsh: ({ target }, said) =>
    `What answers at ${target} is not an SSH server that can be talked to${said ? `: ${said}` : ''}. Check the port; SSH is usually on 22.`,
  authRefused: ({ target, user }, said) =>
    `${target} does not let ${user ?? 'the user'} in${said ? `: ${said}.` : '. Check the user name and the credential.'}`,
  keyUnusable: (_facts, said) => `The private key can not be used: ${said ?? 'it is not one that is known'}.`,
  passphraseWrong: (_facts, said) => `${said ?? 'The passphrase does not open the private key. Enter it again'}.`,
  agentMissing: (_facts, said) =>
    `The SSH agent can not be asked: ${said ?? 'SSH_AUTH_SOCK is not set'}. Start the agent, make SSH_AUTH_SOCK known to the console, or use a key instead.`,
  hostKeyUnknown: ({ target, keyType, fingerprint }, said) =>
    `${target} is met for the first time. Its ${keyType ?? ''} key is ${fingerprint ?? ''}: compare it with the one on the host ("ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub"), then accept it. No credential was sent.${said ? ` ${said}.` : ''}`,
  hostKeyChanged: ({ target, keyType, fingerprint, knownFingerprint }, said) =>
    `${target} shows another key than before: ${keyType ?? ''} ${fingerprint ?? ''}${knownFingerprint ? `, known is ${knownFingerprint}` : ''}. ${said ?? 'It was installed anew, or somebody stands in between: ask who runs it before you accept the new key'}. No credential was sent, and it is not tried again until then.`,
  jumpFailed: ({ target }, said) => `The way through ${target} failed${said ? `: ${said}` : ''}.`,
  shellMissing: ({ target, user }, said) =>
    `There is no POSIX shell for ${user ?? 'the user'} at ${target}${said ? ` ("${said}")` : ''}. "sh" must be there and in the PATH; Windows hosts can not be read.`,
  commandRefused: ({ target, user }, said) =>
    `${target} does not run commands for ${user ?? 'the user'}${said ? ` ("${said}")` : ''}. Give the user a login shell, or allow the console's command in authorized_keys as the guide shows.`,
  answerBroken: ({ target }, said) =>
    `${target} answered something that is no reading${said ? ` ("${said}")` : ''}. A banner or a forced command may stand in the way: a command over SSH must print nothing of its own.`,
  answerEndless: ({ target }) =>
    `${target} did not stop answering; it was cut off. Look for what prints there in shell start-up files or in the forced command.`,
  hung: ({ target }, said) =>
    `${target} stopped in the middle of an answer${said ? ` (${said})` : ''}. A disk or a network file system that hangs there is the usual cause.`,
  closed: ({ target }, said) => `The connection to ${target} was closed${said ? `: ${said}` : ' by the other side'}.`,
  internal: ({ target }, said) =>
    `This console failed while reading ${target}${said ? ` (${said})` : ''}. This is a fault of mtxdeck, which goes on trying: please send us the output of "mtxdeck diagnose".`,
  secretMissing: (_facts, said) => `${said ?? 'There is no credential stored for this host. Enter it again'}.`,
}

/** The error of a kind, with words that say what is wrong and what to do about it. */
export const hostError = (kind: HostErrorKind, facts: HostErrorFacts): HostError => ({
  kind,
  // Whether it came with its full stop or not: the sentence around it has one.
  words: words[kind](facts, quoted(facts.said, longestSaid)?.replace(/[.\s]+$/, '') ?? null),
  fingerprint: facts.fingerprint ?? null,
  knownFingerprint: facts.knownFingerprint ?? null,
  keyType: facts.keyType ?? null,
  target: facts.target,
})
