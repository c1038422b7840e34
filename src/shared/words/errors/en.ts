import type { HostFailure } from '../../errors.ts'
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

export const en: ErrorWords = {
  server: {
    unreachable: ({ reason }) => unreachable[reason],
    timedOut: ({ limitMs }) => `No answer within ${say.number(limitMs / 1000)} s, though the connection stands.`,
    certificateUntrusted: ({ subject }) => `The certificate (${subject || 'no name'}) is not signed by an authority this system trusts.`,
    certificateExpired: ({ validTo }) => `The certificate expired at ${say.momentOf(validTo)}.`,
    certificateWrongName: ({ names }) => `The certificate is for another name (${names || 'no name'}).`,
    fingerprintChanged: () => 'The server shows another certificate than the pinned one.',
    notTls: () => 'The server does not speak TLS at this address.',
    tlsRequired: () => 'The server wants TLS at this address.',
    unauthorized: ({ credentialsGiven, tookBefore, authServer }) =>
      tookBefore
        ? authServer === undefined
          ? 'The server refuses the user or password that it took before.'
          : `The server refuses the user or password that it took before. It asks ${authServer} about them, which may be away.`
        : credentialsGiven
          ? 'The server refuses this user or password. Polling is halted to avoid a lockout.'
          : 'The server wants a user and a password.',
    forbidden: () => 'This user may not use the API.',
    noApiHere: () => 'A web server answers, but the MediaMTX API is not here (404).',
    notMediaMtx: ({ server, contentType }) =>
      `What answers is not the MediaMTX API${where(server, (name) => ` but ${name}`)} (${contentType || 'no content type'}).`,
    badReply: (_, detail) => `The answer can't be read: ${detail}.`,
    cutReply: ({ receivedBytes }) => `The answer broke off after ${receivedBytes} bytes.`,
    tooLarge: ({ limitBytes }) => `The answer is larger than ${limitSize(limitBytes)}.`,
    httpStatus: ({ status, message }) => `The server answered with status ${status}${where(message, (words) => `: ${words}`)}.`,
    redirected: ({ status, location, isSignIn }) =>
      isSignIn
        ? `The server redirects (${status}) to a sign-in page, ${location}: something in front of it wants people to sign in.`
        : `The server redirects (${status}) to ${location}.`,
    notEnabled: () => 'This protocol is switched off on the server.',
    secretMissing: (_, detail) => `A secret can't be read: ${detail}.`,
    internal: ({ detail }) => `This console failed while reading the server's answer: ${detail}.`,
    overdue: ({ ageMs }) => `No poll of this server has ended for ${Math.round(ageMs / 1000)} s.`,
  },
  serverTodo: {
    unreachable: ({ reason, port = 9997 }) => unreachableTodo(port)[reason],
    timedOut: () => 'The server may be overloaded, or another program listens there. Look at its load and its log.',
    certificateUntrusted: ({ fingerprint }) => `Compare its SHA-256 fingerprint with the server's and pin it: ${fingerprint}`,
    certificateExpired: ({ fingerprint }) => `Renew it on the server. Until then its fingerprint may be pinned: ${fingerprint}`,
    certificateWrongName: ({ fingerprint }) => `Use one of its names as the address, or pin its fingerprint: ${fingerprint}`,
    fingerprintChanged: ({ actual, expected }) => `If it was renewed, pin the new one: ${actual} (pinned is ${expected}). If not, somebody stands in between.`,
    notTls: () => 'Use http:// instead of https://, or set apiEncryption: yes in mediamtx.yml.',
    tlsRequired: () => 'Use https:// instead of http://.',
    unauthorized: ({ credentialsGiven, tookBefore, authServer }) =>
      tookBefore
        ? authServer === undefined
          ? 'If they were changed, enter the new ones. mtxdeck asks again by itself, after 1, 5 and then every 15 minutes.'
          : `Check that ${authServer} works and that MediaMTX reaches it. mtxdeck asks again by itself, at once at first, later every 15 minutes.`
        : credentialsGiven
          ? 'Correct the credentials, in the configuration file where it names this server: polling resumes within seconds.'
          : 'Add a user with the permission "action: api" to authInternalUsers in mediamtx.yml and enter it here.',
    forbidden: () => 'Give it the permission "action: api" in mediamtx.yml.',
    noApiHere: () => 'Check the port: the API listens on 9997 (8889 is WebRTC, 8888 HLS, 9998 metrics).',
    notMediaMtx: () => 'Check the address and the port; behind a proxy, check that it passes /v3/ on.',
    badReply: () => 'If a proxy stands between, ask the server directly. Otherwise send us the output of "mtxdeck diagnose".',
    cutReply: () => 'The server or a proxy closed the connection. If it stays so, look at their logs.',
    tooLarge: () => 'This is more than any MediaMTX answers: check what listens at this address.',
    httpStatus: () => 'Look at the log of the server.',
    redirected: ({ isSignIn }) =>
      isSignIn
        ? 'Let this console through in the gate in front of it, by its address or in another way: mtxdeck can’t sign in on a page.'
        : 'Enter the address it redirects to, or take the proxy out of the way.',
    notEnabled: () => 'Switch it on in mediamtx.yml if you need it.',
    secretMissing: () => 'Make it readable for this user, or enter the credentials again.',
    internal: () => 'This is a fault of mtxdeck, which keeps retrying. Please send us the output of "mtxdeck diagnose".',
    overdue: () => 'It answers very slowly, or polling it broke off unnoticed: mtxdeck starts polling it again. If it stays so, look at its load.',
  },
  serverDetails: {
    handshakeFailed: ({ code }) => `the TLS handshake failed (${code})`,
    noCertificate: () => 'the server shows no certificate',
    httpBroken: () => 'its HTTP is broken',
    jsonBroken: ({ at }) => `its JSON is broken at byte ${at}`,
    tooMuchWhiteSpace: ({ most }) => `it has more than ${most} bytes of white space at one place`,
    nestedTooDeep: ({ most }) => `it is nested more than ${most} deep`,
    tooManyValues: ({ most }) => `it has more than ${most} values`,
    notAnObject: () => 'it is no JSON object',
    fieldMissing: ({ field }) => `"${field}" is missing`,
    fieldNotAnObject: ({ field }) => `${field} is no object`,
    fieldNotText: ({ field }) => `${field} is no text`,
    stateMissing: ({ field }) => `${field} has neither "available" nor "ready"`,
    tooManyPages: ({ most }) => `it has more than ${most} pages`,
    encryptedWithOtherKey: () => 'the stored password was encrypted with another key',
    ofOtherAddress: () => 'the stored one is not given to another address',
  },
  host: {
    noRoute: ({ target }, cause) => `No route to ${target}${inBrackets(cause)}.`,
    refused: ({ target }) => `${target} refused the connection: nothing listens on that port.`,
    timeout: ({ target }, cause) => `${target} did not answer in time${inBrackets(cause)}.`,
    nameNotFound: ({ target }) => `The name in ${target} is not known here.`,
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
    answerEndless: ({ target }) => `${target} did not stop answering; it was cut off.`,
    hung: ({ target }, cause) => `${target} stopped in the middle of an answer${inBrackets(cause)}.`,
    closed: ({ target }, cause) => `The connection to ${target} was closed${cause ? `: ${cause}` : ' by the other side'}.`,
    secretMissing: (_, cause) => `${cause ?? 'There is no credential stored for this host'}.`,
    internal: ({ target }, cause) => `This console failed while reading ${target}${inBrackets(cause)}.`,
  },
  hostTodo: {
    noRoute: () => 'Check the address, the network and the VPN, and firewalls in between.',
    refused: () => 'Check the port, and that sshd runs there ("systemctl status ssh").',
    timeout: () => 'It may be off, or a firewall drops what is sent to this port: try "ssh -v" from this machine.',
    nameNotFound: () => 'Check its spelling, or use the address.',
    notSsh: () => 'Check the port; SSH is usually on 22.',
    authRefused: (_, cause) => (cause ? '' : 'Check the user name and the credential.'),
    keyUnusable: () => '',
    passphraseWrong: (_, cause) => (cause ? '' : 'Enter it again.'),
    agentMissing: () => 'Start the agent, make SSH_AUTH_SOCK known to the console, or use a key instead.',
    hostKeyUnknown: (_, cause) =>
      `Compare it with the one on the host ("ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub"), then accept it. No credential was sent.${where(cause, (words) => ` ${words}.`)}`,
    hostKeyChanged: (_, cause) =>
      `${cause ?? 'It was installed anew, or somebody stands in between: ask who runs it before you accept the new key'}. No credential was sent, and it is not tried again until then.`,
    jumpFailed: () => '',
    shellMissing: () => '"sh" must be there and in the PATH; Windows hosts cannot be read.',
    commandRefused: () => "Give the user a login shell, or allow the console's command in authorized_keys as the guide shows.",
    answerBroken: () => 'A banner or a forced command may stand in the way: a command over SSH must print nothing of its own.',
    answerEndless: () => 'Look for what prints there in shell start-up files or in the forced command.',
    hung: () => 'A disk or a network file system that hangs there is the usual cause.',
    closed: () => '',
    secretMissing: (_, cause) => (cause ? '' : 'Enter it again.'),
    internal: () => 'This is a fault of mtxdeck, which keeps retrying: please send us the output of "mtxdeck diagnose".',
  },
  hostCauses: {
    wentSilent: () => 'it stopped responding',
    sendsTooMuch: () => 'it sends more than it is asked for',
    readsNothing: () => 'it does not read what is sent to it',
    renewsKeysTooOften: () => 'it asks for new keys again and again',
    noTcpConnection: () => 'no TCP connection came about',
    saidNothing: () => 'it took the connection, but said nothing',
    hungUpAtOnce: () => 'it closed the connection before its SSH banner. It may be too busy, or block this address (fail2ban, MaxStartups)',
    hungUpInHandshake: () => 'it closed the connection during the handshake',
    slowInHandshake: () => 'during the handshake',
    otherGreeting: ({ text }) => `it says "${text}"`,
    noCommonAlgorithm: (_, because) => `it has no cipher in common with the console${inBrackets(because)}. It may be too old`,
    protocolBroken: (_, because) => `it breaks the rules of SSH${inBrackets(because)}`,
    keyRevoked: () => 'A known_hosts file says that this key was revoked: somebody who stole it may stand in between',
    certificateAuthority: () => 'known_hosts names a certificate authority for it (@cert-authority): those are not supported here',
    brokeOffSigningIn: (_, because) => `${because ?? 'it hung up'} while signing in`,
    slowSigningIn: () => 'while signing in',
    notAnAgent: ({ socket }) => `${socket} does not answer as an agent does`,
    agentSilent: () => 'the SSH agent did not answer',
    agentEmpty: () => 'the SSH agent holds no key. Add one with "ssh-add"',
    agentKeysRefused: ({ count }) =>
      `none of the ${count === null ? '' : `${say.number(count)} `}keys of the SSH agent was accepted. Add one of them to ~/.ssh/authorized_keys of that user`,
    keyRefused: ({ keyType, fingerprint }) =>
      `the key ${keyType} ${fingerprint} was not accepted. Add its public half to ~/.ssh/authorized_keys of that user, and check that only the user may write there`,
    passwordRefused: () => 'the password was not accepted. Check the user name and the password',
    passwordExpired: () => 'its password has expired. Sign in once by hand and change it',
    noPasswords: ({ offered }) => `it takes no passwords${where(offered, (methods) => `, only ${methods}`)}. Use a key or the agent`,
    noKeys: ({ offered }) => `it takes no keys${where(offered, (methods) => `, only ${methods}`)}. Use a password`,
    secondCredential: ({ offered }) => `the credential is right, but a second one is asked for${inBrackets(offered)}, which the console cannot give`,
    nextSilent: ({ next }) => `from there, ${next} did not answer in time`,
    nextUnreachable: ({ next, said }) => `from there, ${next} cannot be reached (${said ?? 'no reason given'})`,
    forwardingRefused: ({ next }) => `it does not forward to ${next} (AllowTcpForwarding, PermitOpen or "restrict" in its configuration)`,
    connectionEnded: () => 'the connection ended',
    jumpBroke: (_, because) => `the way through a jump host broke${inBrackets(because)}`,
    passphraseMissing: () => 'The private key is encrypted, and no passphrase was given. Enter it, or give a key without one',
    keyEmpty: () => 'it is empty',
    keyDamaged: () => 'it is damaged. Copy the whole file again, from BEGIN to END',
    keyNotOpened: () => 'it could not be opened',
    publicHalf: () => 'this is the public half of a key. Give the private one: the file without ".pub"',
    certificate: () => 'this is a certificate, not a private key',
    notAPrivateKey: () => 'this is no private key in OpenSSH or PEM format. "ssh-keygen -p -f FILE" writes it anew',
    keyInToken: ({ keyType }) => `it lives in a hardware token (${keyType}). Use the agent for it`,
    keyTypeNotOfSsh: ({ keyType }) => `its type (${keyType}) is not one of SSH. Use Ed25519, ECDSA or RSA`,
    keyTypeUnsupported: ({ keyType }) => `its type (${keyType}) is not supported. Use Ed25519, ECDSA or RSA`,
    dsaKey: () => 'its type is DSA, which SSH servers take no more. Use Ed25519, ECDSA or RSA',
    noFile: ({ file }) => `there is no file ${file} on this machine`,
    fileForbidden: ({ file }) => `the console may not read ${file}. Let the user it runs as read it`,
    fileIsFolder: ({ file }) => `${file} is a folder`,
    fileTooLarge: ({ file }) => `${file} is too large for a key`,
    fileUnreadable: ({ file, code }) => `${file} cannot be read${inBrackets(code)}`,
    noKeyStored: () => 'There is no private key stored for this host. Give it again',
    credentialUnreadable: () => 'The stored credential cannot be read any more (the key changed): enter it again',
    credentialLeftBehind: () => 'Its credential was not taken along to the new address: enter it again',
    noChannel: () => 'it opened no channel',
    commandEnded: () => 'the command ended',
    commandEndedAtOnce: ({ code }) => `it ended at once, with code ${code ?? 'unknown'}`,
    answerEndedEarly: () => 'it ended in the middle',
    answerIncomplete: ({ limitMs }) => `no whole answer within ${seconds(limitMs)}`,
    noReading: ({ limitMs }) => `no reading within ${seconds(limitMs)}`,
  },
}
