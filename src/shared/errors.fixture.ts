import type { HostCause, ReplyFault, SecretFault, ServerError } from './errors.ts'

/** One error of each kind; the compiler enforces completeness. */
const serverErrors: { readonly [K in ServerError['kind']]: Extract<ServerError, { kind: K }> } = {
  unreachable: { kind: 'unreachable', reason: 'noRoute' },
  timedOut: { kind: 'timedOut', limitMs: 10_000 },
  certificateUntrusted: { kind: 'certificateUntrusted', fingerprint: 'AB:CD', subject: 'CN=berlin', validTo: '2027-01-01' },
  certificateExpired: { kind: 'certificateExpired', fingerprint: 'AB:CD', validTo: '2026-01-01' },
  certificateWrongName: { kind: 'certificateWrongName', fingerprint: 'AB:CD', names: 'oslo.example' },
  fingerprintChanged: { kind: 'fingerprintChanged', expected: 'AB:CD', actual: 'EF:01' },
  notTls: { kind: 'notTls' },
  tlsRequired: { kind: 'tlsRequired' },
  unauthorized: { kind: 'unauthorized', credentialsGiven: false },
  forbidden: { kind: 'forbidden' },
  noApiHere: { kind: 'noApiHere' },
  notMediaMtx: { kind: 'notMediaMtx', contentType: 'text/html', server: 'nginx' },
  badReply: { kind: 'badReply', detail: { kind: 'quoted', text: '$.items' } },
  cutReply: { kind: 'cutReply', receivedBytes: 1_234 },
  tooLarge: { kind: 'tooLarge', limitBytes: 16e6 },
  httpStatus: { kind: 'httpStatus', status: 502, message: 'Bad-Gateway' },
  redirected: { kind: 'redirected', status: 302, location: 'https://oslo.example' },
  notEnabled: { kind: 'notEnabled' },
  foreignDoor: { kind: 'foreignDoor', at: '10.0.0.5:8554' },
  sameDoor: { kind: 'sameDoor', other: 'Gate A', at: '10.0.0.5:8554' },
  secretMissing: { kind: 'secretMissing', detail: { kind: 'quoted', text: 'ENOENT' } },
  internal: { kind: 'internal', detail: 'TypeError' },
  overdue: { kind: 'overdue', ageMs: 31_000 },
}
const items = { field: 'items[0]' }
/** A fault of each kind; the compiler enforces completeness. */
const replyFaults: { readonly [K in ReplyFault['kind']]: Extract<ReplyFault, { kind: K }> } = {
  quoted: { kind: 'quoted', text: '$.items' },
  clientCertificateWanted: { kind: 'clientCertificateWanted' },
  handshakeFailed: { kind: 'handshakeFailed', code: 'EPROTO' },
  noCertificate: { kind: 'noCertificate' },
  httpBroken: { kind: 'httpBroken' },
  jsonBroken: { kind: 'jsonBroken', at: 1_234 },
  tooMuch: { kind: 'tooMuch', most: 65_536 },
  otherForm: { kind: 'otherForm', ...items },
}
const secretFaults: { readonly [K in SecretFault['kind']]: Extract<SecretFault, { kind: K }> } = {
  quoted: { kind: 'quoted', text: 'ENOENT' },
  encryptedWithOtherKey: { kind: 'encryptedWithOtherKey' },
  ofOtherAddress: { kind: 'ofOtherAddress' },
}
const reasons = ['refused', 'noRoute', 'nameNotFound', 'reset', 'connectTimeout'] as const

/** Every kind, and every sentence of those that have several. */
export const serverErrorSamples: readonly ServerError[] = [
  ...Object.values(serverErrors),
  ...reasons.map((reason) => ({ kind: 'unreachable', reason }) as const),
  { kind: 'unauthorized', credentialsGiven: true },
  { kind: 'redirected', status: 302, location: 'https://noc.cloudflareaccess.com/cdn-cgi/access/login', isSignIn: true },
  { kind: 'unauthorized', credentialsGiven: true, tookBefore: true },
  { kind: 'unauthorized', credentialsGiven: false, tookBefore: true },
  { kind: 'unauthorized', credentialsGiven: true, tookBefore: true, authServer: 'auth.example.org:9000' },
  { kind: 'certificateUntrusted', fingerprint: 'AB:CD', subject: '', validTo: '2027-01-01' },
  { kind: 'certificateWrongName', fingerprint: 'AB:CD', names: '' },
  ...Object.values(replyFaults).map((detail) => ({ kind: 'badReply', detail }) as const),
  ...Object.values(secretFaults).map((detail) => ({ kind: 'secretMissing', detail }) as const),
]

/** A cause of each kind; the compiler enforces completeness. */
const hostCauses: { readonly [K in HostCause['kind']]: Extract<HostCause, { kind: K }> } = {
  quoted: { kind: 'quoted', text: 'EHOSTDOWN' },
  sendsTooMuch: { kind: 'sendsTooMuch' },
  nextUnreachable: { kind: 'nextUnreachable', next: 'berlin:22', said: 'xyz' },
  forwardingRefused: { kind: 'forwardingRefused', next: 'berlin:22' },
  keyRevoked: { kind: 'keyRevoked' },
  otherMethods: { kind: 'otherMethods', offered: 'publickey' },
  passphraseWrong: { kind: 'passphraseWrong' },
  notAPrivateKey: { kind: 'notAPrivateKey' },
  fileUnreadable: { kind: 'fileUnreadable', file: '/root/xyz', code: 'EIO' },
}

/** Every kind, and every sentence of those that have several. */
export const hostCauseSamples: readonly HostCause[] = [
  ...Object.values(hostCauses),
  { kind: 'otherMethods', offered: '' },
  { kind: 'nextUnreachable', next: 'berlin:22', said: null },
]
