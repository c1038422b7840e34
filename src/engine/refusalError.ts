import { ORPCError } from '@orpc/server'
import { refusalText } from '../i18n/refusalText.ts'
import type { Refusal } from '../shared/refusals.ts'

/** A refusal that any call may throw. The English message serves clients that don't read `data`. */
export function refusalError(code: string, status: number, refusal: Refusal, cause?: unknown) {
  return new ORPCError(code, { status, data: refusal, message: refusalText(refusal, 'en'), cause })
}
