import { type Advice, where } from './sentences.ts'

const unreachable = {
  refused: 'Check the port (MediaMTX: 9997), that MediaMTX runs, and that mediamtx.yml has "api: yes".',
  noRoute: 'Check the address, the network and the VPN between here and there.',
  nameNotFound: 'Check its spelling and the DNS of this machine, or use the IP address.',
  reset: 'Try the other of http:// and https://. If neither answers, a proxy or firewall may stand between, or MediaMTX is stopping: look at its log.',
  connectTimeout: 'A firewall may drop the packets: open TCP port 9997 from here to there.',
}

export const enAdvice: Advice = {
  troubles: {
    serverDown: 'Look at the machine and at the network.',
    serverHalted: 'Look at the machine and at the network.',
    serverSilent: 'Look at the machine and at the network.',
    streamGone: 'Check the encoder or camera and its network.',
    streamStalled: 'The sender hangs or its network does: restart the encoder.',
    slateOnAir: 'Start the publisher.',
    onDemandFailed: 'Check whether the camera answers; reading the stream tries it again.',
    sourceFailing: 'Check the source address in mediamtx.yml and whether the camera answers.',
    packetsLost: 'Look at the network between the publisher and the server, and whether the server itself stood still then; with SRT, raise the latency.',
  },
  serverErrors: {
    unreachable: ({ reason }) => unreachable[reason],
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
  hostErrors: {
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
