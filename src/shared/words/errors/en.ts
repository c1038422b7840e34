import type { HostFailure } from '../../errors.ts'
import type { Rest } from '../catalogue.ts'
import { sayIn } from '../say.ts'
import { behindColon, inBrackets, where } from '../texts.ts'
import { type ErrorWords, limitSize } from './errorWords.ts'

const say = sayIn('en')
const quotedWords = (said: HostFailure['said'], cause: string | null) => (said?.kind === 'quoted' ? ` ("${cause}")` : inBrackets(cause))
const seconds = (ms: number) => `${say.number(Math.round(ms / 100) / 10)} s`
const unreachable = {
  refused: 'Connection refused: nothing listens at this address.',
  noRoute: 'No route to this host.',
  nameNotFound: 'The host name is not known.',
  reset: 'The connection was closed before an answer came.',
  connectTimeout: 'Nothing answered the connection attempt.',
}
const unreachableTodo = (port: number) => ({
  refused: 'Check that MediaMTX runs, and that mediamtx.yml has "api: yes" and this port in apiAddress.',
  noRoute: 'Check the address, the network and the VPN between here and there.',
  nameNotFound: 'Check its spelling and the DNS of this machine, or use the IP address.',
  reset: 'Try the other of http:// and https://. If neither answers, a proxy or firewall may stand between, or MediaMTX is stopping: look at its log.',
  connectTimeout: `A firewall may drop the packets: open TCP port ${port} from here to there.`,
})

export const en: Rest<ErrorWords> = {
  server: {
    unreachable: ({ reason }) => unreachable[reason],
    timedOut: ({ limitMs }) => `No answer within ${say.number(limitMs / 1000)} s, though the connection stands.`,
    certificateUntrusted: ({ subject }) => `The certificate (${subject || 'no name'}) is not signed by an authority this system trusts.`,
    certificateWrongName: ({ names }) => `The certificate is for another name (${names || 'no name'}).`,
    unauthorized: ({ credentialsGiven, tookBefore, authServer }) =>
      tookBefore
        ? authServer === undefined
          ? 'The server refuses the user or password that it took before.'
          : `The server refuses the user or password that it took before. It asks ${authServer} about them, which may be away.`
        : credentialsGiven
          ? 'The server refuses this user or password. Polling is halted to avoid a lockout.'
          : 'The server wants a user and a password.',
    notMediaMtx: ({ server, contentType }) =>
      `What answers is not the MediaMTX API${where(server, (name) => ` but ${name}`)} (${contentType || 'no content type'}).`,
    badReply: (_, detail) => `The answer can't be read: ${detail}.`,
    tooLarge: ({ limitBytes }) => `The answer is larger than ${limitSize(limitBytes)}.`,
    httpStatus: ({ status, message }) => `The server answered with status ${status}${where(message, (words) => `: ${words}`)}.`,
    redirected: ({ status, location, isSignIn }) =>
      isSignIn
        ? `The server redirects (${status}) to a sign-in page, ${location}: something in front of it wants people to sign in.`
        : `The server redirects (${status}) to ${location}.`,
    secretMissing: (_, detail) => `A secret can't be read: ${detail}.`,
    overdue: ({ ageMs }) => `No poll of this server has ended for ${Math.round(ageMs / 1000)} s.`,
  },
  serverTodo: {
    badReply: ({ detail }) =>
      detail.kind === 'clientCertificateWanted'
        ? 'Enter the right client certificate with its key in the settings of the server.'
        : 'If a proxy stands between, ask the server directly. Otherwise send us the output of "mtxdeck diagnose".',
    unreachable: ({ reason, port = 9997 }) => unreachableTodo(port)[reason],
    unauthorized: ({ credentialsGiven, tookBefore, authServer }) =>
      tookBefore
        ? authServer === undefined
          ? 'If they were changed, enter the new ones. mtxdeck asks again by itself, after 1, 5 and then every 15 minutes.'
          : `Check that ${authServer} works and that MediaMTX reaches it. mtxdeck asks again by itself, at once at first, later every 15 minutes.`
        : credentialsGiven
          ? 'Correct the credentials, in the configuration file where it names this server: polling resumes within seconds.'
          : 'Add a user with the permission "action: api" to authInternalUsers in mediamtx.yml and enter it here.',
    redirected: ({ isSignIn }) =>
      isSignIn
        ? 'Let this console through in the gate in front of it, by its address or in another way: mtxdeck can’t sign in on a page.'
        : 'Enter the address it redirects to, or take the proxy out of the way.',
  },
  host: {
    noRoute: ({ target }, cause) => `No route to ${target}${inBrackets(cause)}.`,
    timeout: ({ target }, cause) => `${target} did not answer in time${inBrackets(cause)}.`,
    notSsh: ({ target }, cause) => `What answers at ${target} is not an SSH server that can be talked to${behindColon(cause)}.`,
    authRefused: ({ target, user }, cause) => `${target} does not let ${user ?? 'the user'} in${behindColon(cause)}.`,
    keyUnusable: (_, cause) => `The private key cannot be used: ${cause ?? 'it is not one that is known'}.`,
    passphraseWrong: (_, cause) => `${cause ?? 'The passphrase does not open the private key'}.`,
    agentMissing: (_, cause) => `The SSH agent cannot be asked: ${cause ?? 'SSH_AUTH_SOCK is not set'}.`,
    hostKeyUnknown: ({ target, keyType, fingerprint }) => `${target} is met for the first time. Its ${keyType ?? ''} key is ${fingerprint ?? ''}.`,
    hostKeyChanged: ({ target, keyType, fingerprint, knownFingerprint }) =>
      `${target} shows another key than before: ${keyType ?? ''} ${fingerprint ?? ''}${where(knownFingerprint, (known) => `, known is ${known}`)}.`,
    jumpFailed: ({ target }, cause) => `The way through ${target} failed${behindColon(cause)}.`,
    shellMissing: ({ target, user, said }, cause) => `There is no POSIX shell for ${user ?? 'the user'} at ${target}${quotedWords(said, cause)}.`,
    commandRefused: ({ target, user, said }, cause) => `${target} does not run commands for ${user ?? 'the user'}${quotedWords(said, cause)}.`,
    answerBroken: ({ target, said }, cause) => `${target} answered something that is no reading${quotedWords(said, cause)}.`,
    hung: ({ target }, cause) => `${target} stopped in the middle of an answer${inBrackets(cause)}.`,
    closed: ({ target }, cause) => `The connection to ${target} was closed${cause ? `: ${cause}` : ' by the other side'}.`,
    secretMissing: (_, cause) => `${cause ?? 'There is no credential stored for this host'}.`,
    internal: ({ target }, cause) => `This console failed while reading ${target}${inBrackets(cause)}.`,
  },
  hostTodo: {
    keyUnusable: () => '',
    jumpFailed: () => '',
    closed: () => '',
    authRefused: (_, cause) => (cause ? '' : 'Check the user name and the credential.'),
    passphraseWrong: (_, cause) => (cause ? '' : 'Enter it again.'),
    hostKeyUnknown: (_, cause) =>
      `Compare it with the one on the host ("ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub"), then accept it. No credential was sent.${where(cause, (words) => ` ${words}.`)}`,
    hostKeyChanged: (_, cause) =>
      `${cause ?? 'It was installed anew, or somebody stands in between: ask who runs it before you accept the new key'}. No credential was sent, and it is not tried again until then.`,
    secretMissing: (_, cause) => (cause ? '' : 'Enter it again.'),
  },
  hostCauses: {
    noCommonAlgorithm: (_, because) => `it has no cipher in common with the console${inBrackets(because)}. It may be too old`,
    protocolBroken: (_, because) => `it breaks the rules of SSH${inBrackets(because)}`,
    brokeOffSigningIn: (_, because) => `${because ?? 'it hung up'} while signing in`,
    agentKeysRefused: ({ count }) =>
      `none of the ${count === null ? '' : `${say.number(count)} `}keys of the SSH agent was accepted. Add one of them to ~/.ssh/authorized_keys of that user`,
    noPasswords: ({ offered }) => `it takes no passwords${where(offered, (methods) => `, only ${methods}`)}. Use a key or the agent`,
    noKeys: ({ offered }) => `it takes no keys${where(offered, (methods) => `, only ${methods}`)}. Use a password`,
    secondCredential: ({ offered }) => `the credential is right, but a second one is asked for${inBrackets(offered)}, which the console cannot give`,
    nextUnreachable: ({ next, said }) => `from there, ${next} cannot be reached (${said ?? 'no reason given'})`,
    jumpBroke: (_, because) => `the way through a jump host broke${inBrackets(because)}`,
    fileUnreadable: ({ file, code }) => `${file} cannot be read${inBrackets(code)}`,
    commandEndedAtOnce: ({ code }) => `it ended at once, with code ${code ?? 'unknown'}`,
    answerIncomplete: ({ limitMs }) => `no whole answer within ${seconds(limitMs)}`,
    noReading: ({ limitMs }) => `no reading within ${seconds(limitMs)}`,
  },
}
