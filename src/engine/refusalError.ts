import { ORPCError } from '@orpc/server'
import type { Refusal } from '../shared/refusals.ts'
import { refusalText } from '../shared/words/refusalText.ts'

/** A refusal that may end any call; its message is for who reads no `data`. */
export const refusalError = (code: string, status: number, refusal: Refusal, cause?: unknown) =>
  new ORPCError(code, { status, data: refusal, message: refusalText(refusal, 'en'), cause })
