import type { ServerError } from './errors.ts'

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
  badReply: { kind: 'badReply', detail: '$.items' },
  cutReply: { kind: 'cutReply', receivedBytes: 1_234 },
  tooLarge: { kind: 'tooLarge', limitBytes: 16e6 },
  httpStatus: { kind: 'httpStatus', status: 502, message: 'Bad-Gateway' },
  redirected: { kind: 'redirected', status: 302, location: 'https://oslo.example' },
  notEnabled: { kind: 'notEnabled' },
  secretMissing: { kind: 'secretMissing', detail: 'ENOENT' },
  internal: { kind: 'internal', detail: 'TypeError' },
  overdue: { kind: 'overdue', ageMs: 31_000 },
}
const reasons = ['refused', 'noRoute', 'nameNotFound', 'reset', 'connectTimeout'] as const

/** Every kind, and every sentence of those that have several. */
export const serverErrorSamples: readonly ServerError[] = [
  ...Object.values(serverErrors),
  ...reasons.map((reason) => ({ kind: 'unreachable', reason }) as const),
  { kind: 'unauthorized', credentialsGiven: true },
]
