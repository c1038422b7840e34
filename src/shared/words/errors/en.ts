import { sayIn } from '../say.ts'
import { behindColon, inBrackets, where } from '../texts.ts'
import { type ErrorWords, megabytes } from './errorWords.ts'

const say = sayIn('en')
const quotedWords = (said: string | null) => where(said, (words) => ` ("${words}")`)
const unreachable = {
  refused: 'Connection refused: nothing listens at this address.',
  noRoute: 'No route to this host.',
  nameNotFound: 'The host name is not known.',
  reset: 'The connection was closed before an answer came.',
  connectTimeout: 'Nothing answered the connection attempt.',
}
const unreachableTodo = {
  refused: 'Check the port (MediaMTX: 9997), that MediaMTX runs, and that mediamtx.yml has "api: yes".',
  noRoute: 'Check the address, the network and the VPN between here and there.',
  nameNotFound: 'Check its spelling and the DNS of this machine, or use the IP address.',
  reset: 'Try the other of http:// and https://. If neither answers, a proxy or firewall may stand between, or MediaMTX is stopping: look at its log.',
  connectTimeout: 'A firewall may drop the packets: open TCP port 9997 from here to there.',
}

export const en: ErrorWords = {
  server: {
    unreachable: ({ reason }) => unreachable[reason],
    timedOut: ({ limitMs }) => `No answer within ${say.number(limitMs / 1000)} s, though the connection stands.`,
    certificateUntrusted: ({ subject }) => `The certificate (${subject}) is not signed by an authority this system trusts.`,
    certificateExpired: ({ validTo }) => `The certificate expired at ${say.momentOf(validTo)}.`,
    certificateWrongName: ({ names }) => `The certificate is for another name (${names}).`,
    fingerprintChanged: () => 'The server shows another certificate than the pinned one.',
    notTls: () => 'The server does not speak TLS at this address.',
    tlsRequired: () => 'The server wants TLS at this address.',
    unauthorized: ({ credentialsGiven }) =>
      credentialsGiven ? 'The server refuses this user or password. Polling is halted to avoid a lockout.' : 'The server wants a user and a password.',
    forbidden: () => 'This user may not use the API.',
    noApiHere: () => 'A web server answers, but the MediaMTX API is not here (404).',
    notMediaMtx: ({ server, contentType }) =>
      `What answers is not the MediaMTX API${where(server, (name) => ` but ${name}`)} (${contentType || 'no content type'}).`,
    badReply: ({ detail }) => `The answer can't be read: ${detail}.`,
    cutReply: ({ receivedBytes }) => `The answer broke off after ${receivedBytes} bytes.`,
    tooLarge: ({ limitBytes }) => `The answer is larger than ${megabytes(limitBytes)} MB.`,
    httpStatus: ({ status, message }) => `The server answered with status ${status}${where(message, (words) => `: ${words}`)}.`,
    redirected: ({ status, location }) => `The server redirects (${status}) to ${location}.`,
    notEnabled: () => 'This protocol is switched off on the server.',
    secretMissing: ({ detail }) => `A secret can't be read: ${detail}.`,
    internal: ({ detail }) => `This console failed while reading the server's answer: ${detail}.`,
    overdue: ({ ageMs }) => `No poll of this server has ended for ${Math.round(ageMs / 1000)} s.`,
  },
  serverTodo: {
    unreachable: ({ reason }) => unreachableTodo[reason],
    timedOut: () => 'The server may be overloaded, or another program listens there. Look at its load and its log.',
    certificateUntrusted: ({ fingerprint }) => `Compare its SHA-256 fingerprint with the server's and pin it: ${fingerprint}`,
    certificateExpired: ({ fingerprint }) => `Renew it on the server. Until then its fingerprint may be pinned: ${fingerprint}`,
    certificateWrongName: ({ fingerprint }) => `Use one of its names as the address, or pin its fingerprint: ${fingerprint}`,
    fingerprintChanged: ({ actual, expected }) => `If it was renewed, pin the new one: ${actual} (pinned is ${expected}). If not, somebody stands in between.`,
    notTls: () => 'Use http:// instead of https://, or set apiEncryption: yes in mediamtx.yml.',
    tlsRequired: () => 'Use https:// instead of http://.',
    unauthorized: ({ credentialsGiven }) =>
      credentialsGiven
        ? 'Correct the credentials, in the configuration file where it names this server: polling goes on within seconds.'
        : 'Add a user with the permission "action: api" to authInternalUsers in mediamtx.yml and enter it here.',
    forbidden: () => 'Give it the permission "action: api" in mediamtx.yml.',
    noApiHere: () => 'Check the port: the API listens on 9997 (8889 is WebRTC, 8888 HLS, 9998 metrics).',
    notMediaMtx: () => 'Check the address and the port; behind a proxy, check that it passes /v3/ on.',
    badReply: () => 'If a proxy stands between, ask the server directly. Otherwise send us the output of "mtxdeck diagnose".',
    cutReply: () => 'The server or a proxy closed the connection. If it stays so, look at their logs.',
    tooLarge: () => 'This is more than any MediaMTX answers: check what listens at this address.',
    httpStatus: () => 'Look at the log of the server.',
    redirected: () => 'Enter the address it redirects to, or take the proxy out of the way.',
    notEnabled: () => 'Switch it on in mediamtx.yml if you need it.',
    secretMissing: () => 'Make it readable for this user, or enter the credentials again.',
    internal: () => 'This is a fault of mtxdeck, which goes on trying. Please send us the output of "mtxdeck diagnose".',
    overdue: () => 'It answers very slowly, or polling it broke off unnoticed: mtxdeck starts polling it again. If it stays so, look at its load.',
  },
  host: {
    noRoute: ({ target, said }) => `There is no way to ${target}${inBrackets(said)}.`,
    refused: ({ target }) => `${target} refused the connection: nothing listens on that port.`,
    timeout: ({ target, said }) => `${target} did not answer in time${inBrackets(said)}.`,
    nameNotFound: ({ target }) => `The name in ${target} is not known here.`,
    notSsh: ({ target, said }) => `What answers at ${target} is not an SSH server that can be talked to${behindColon(said)}.`,
    authRefused: ({ target, user, said }) => `${target} does not let ${user ?? 'the user'} in${behindColon(said)}.`,
    keyUnusable: ({ said }) => `The private key cannot be used: ${said ?? 'it is not one that is known'}.`,
    passphraseWrong: ({ said }) => `${said ?? 'The passphrase does not open the private key'}.`,
    agentMissing: ({ said }) => `The SSH agent cannot be asked: ${said ?? 'SSH_AUTH_SOCK is not set'}.`,
    hostKeyUnknown: ({ target, keyType, fingerprint }) => `${target} is met for the first time. Its ${keyType ?? ''} key is ${fingerprint ?? ''}.`,
    hostKeyChanged: ({ target, keyType, fingerprint, knownFingerprint }) =>
      `${target} shows another key than before: ${keyType ?? ''} ${fingerprint ?? ''}${where(knownFingerprint, (known) => `, known is ${known}`)}.`,
    jumpFailed: ({ target, said }) => `The way through ${target} failed${behindColon(said)}.`,
    shellMissing: ({ target, user, said }) => `There is no POSIX shell for ${user ?? 'the user'} at ${target}${quotedWords(said)}.`,
    commandRefused: ({ target, user, said }) => `${target} does not run commands for ${user ?? 'the user'}${quotedWords(said)}.`,
    answerBroken: ({ target, said }) => `${target} answered something that is no reading${quotedWords(said)}.`,
    answerEndless: ({ target }) => `${target} did not stop answering; it was cut off.`,
    hung: ({ target, said }) => `${target} stopped in the middle of an answer${inBrackets(said)}.`,
    closed: ({ target, said }) => `The connection to ${target} was closed${said ? `: ${said}` : ' by the other side'}.`,
    secretMissing: ({ said }) => `${said ?? 'There is no credential stored for this host'}.`,
    internal: ({ target, said }) => `This console failed while reading ${target}${inBrackets(said)}.`,
  },
  hostTodo: {
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
      `Compare it with the one on the host ("ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub"), then accept it. No credential was sent.${where(said, (cause) => ` ${cause}.`)}`,
    hostKeyChanged: ({ said }) =>
      `${said ?? 'It was installed anew, or somebody stands in between: ask who runs it before you accept the new key'}. No credential was sent, and it is not tried again until then.`,
    jumpFailed: () => '',
    shellMissing: () => '"sh" must be there and in the PATH; Windows hosts cannot be read.',
    commandRefused: () => "Give the user a login shell, or allow the console's command in authorized_keys as the guide shows.",
    answerBroken: () => 'A banner or a forced command may stand in the way: a command over SSH must print nothing of its own.',
    answerEndless: () => 'Look for what prints there in shell start-up files or in the forced command.',
    hung: () => 'A disk or a network file system that hangs there is the usual cause.',
    closed: () => '',
    secretMissing: ({ said }) => (said ? '' : 'Enter it again.'),
    internal: () => 'This is a fault of mtxdeck, which goes on trying: please send us the output of "mtxdeck diagnose".',
  },
}
