import type { IncomingMessage } from 'node:http'
import { parseAccept } from 'hono/utils/accept'
import type { z } from 'zod'
import { type Language, languageOf } from '../i18n/languages.ts'
import { refusalText } from '../i18n/refusalText.ts'
import type { Refusal } from '../shared/refusals.ts'
import { type Problem, validationErrorOf } from '../shared/validationErrors.ts'

/** The language that a request asks for: from the address, otherwise from the Accept-Language header. */
export function languageAsked({ url = '', headers }: IncomingMessage): Language {
  const asked = new URLSearchParams(url.split('?')[1] ?? '').get('lang') ?? ''
  return languageOf([asked, ...parseAccept(headers['accept-language'] ?? '').map(({ type }) => type)])
}

export function hasBody({ headers }: IncomingMessage) {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
export function isApi(path: string) {
  return path.startsWith('/api/') || path.startsWith('/relay/') || path === '/metrics'
}

/** The token of `Authorization: Bearer …`, or of a WebSocket's protocol `bearer.<base64url>`; null: none. */
export function bearerOf(request: IncomingMessage): string | null {
  const header = /^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1]
  if (header !== undefined) return header
  const protocol = request.headers['sec-websocket-protocol']?.split(/,\s*/).find((each) => each.startsWith('bearer.'))
  return protocol === undefined ? null : Buffer.from(protocol.slice('bearer.'.length), 'base64url').toString('utf8')
}

export interface Denial {
  readonly status: 400 | 401 | 403 | 404 | 411 | 413 | 429 | 500 | 503
  readonly code: string
  readonly refusal: Refusal
}

export function denialBody({ status, code, refusal }: Denial, language: Language) {
  return {
    defined: false,
    code,
    status,
    message: refusalText(refusal, language),
    data: refusal,
  }
}

export function problemsIn({ issues }: z.core.$ZodError): readonly Problem[] {
  return issues.map((issue) => ({ at: '', key: String(issue.path[0] ?? ''), validationError: validationErrorOf(issue) }))
}

export function notAccepted(status: 400 | 404, problems: readonly Problem[]): Denial {
  return {
    status,
    code: status === 400 ? 'BAD_REQUEST' : 'NOT_FOUND',
    refusal: { kind: 'notAccepted', validationErrors: problems.map(({ key, validationError }) => ({ field: key, validationError })), more: 0 },
  }
}
