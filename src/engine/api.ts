import { implement, ORPCError, ValidationError } from '@orpc/server'
import { contract } from '../shared/contract.ts'
import type { CallContext, Operator } from '../shared/permissions.ts'
import type { Result } from '../shared/result.ts'
import { validationErrorOf } from '../shared/validationErrors.ts'
import type { PathEditRefusal } from './configurations/pathEdits.ts'
import { refusalError } from './refusing.ts'
import { classifyStorageError } from './storage/storageTrouble.ts'

/** The contract to implement: each noun its part (`<noun>Router`), `router.ts` what goes for all. */
export const api = implement(contract).$context<CallContext>()

/** Signal for calls that cannot be cancelled. */
export const never = new AbortController().signal

/** Returns what was found, or throws the refusal. */
export function orElse<Found>(found: Found | null | undefined | false, refusal: () => Error): Found {
  if (found === null || found === undefined || found === false) throw refusal()
  return found
}
export function orNotFound<Found>(found: Found | null | undefined | false, errors: { readonly NOT_FOUND: () => Error }): Found {
  return orElse(found, errors.NOT_FOUND)
}

export function orRefused<Value, Refused extends string>(result: Result<Value, Refused>, errors: Readonly<Record<Refused, () => Error>>): Value {
  if (!result.ok) throw errors[result.error]()
  return result.value
}

/** The same of an edit of a server's paths; a refusal that the procedure does not declare is a bug. */
export function orNotEdited<Value, Code extends string>(result: Result<Value, PathEditRefusal | { readonly code: Code }>, errors: object): Value {
  if (result.ok) return result.value
  const { error } = result
  const refused = (errors as Readonly<Record<string, (details?: object) => Error>>)[error.code]
  if (refused === undefined) throw new Error(`undeclared: ${error.code}`)
  if ('error' in error) throw refused({ data: { kind: 'serverNotChanged', name: error.name, error: error.error } })
  throw 'setting' in error ? refused({ data: { kind: 'otherSetting', setting: error.setting } }) : refused()
}

/** Runs a long question, and refuses another one of the same operator meanwhile. */
export function onePerOperator() {
  const asking = new Set<string>()
  return async <Answer>({ id }: Operator, errors: { readonly TOO_MANY_REQUESTS: () => Error }, ask: () => Promise<Answer>): Promise<Answer> => {
    if (asking.has(id)) throw errors.TOO_MANY_REQUESTS()
    asking.add(id)
    try {
      return await ask()
    } finally {
      asking.delete(id)
    }
  }
}

export type StandardIssue = ValidationError['issues'][number]
const mostValidationErrors = 5
/** Unknown keys are truncated to this many characters. */
const longestKey = 100

/** The first unknown key of an issue; zod reports such keys separately from the path. */
const unknownKeys = (issue: StandardIssue): readonly string[] =>
  'keys' in issue && Array.isArray(issue.keys) ? issue.keys.slice(0, 1).map((key) => String(key).slice(0, longestKey)) : []

/** A refusal that lists the mistakes by field. */
export function refusedValidationErrors(issues: readonly StandardIssue[], cause?: unknown): Error {
  const validationErrors = issues.slice(0, mostValidationErrors).map((issue) => ({
    field: [...(issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)), ...unknownKeys(issue)].join('.'),
    validationError: validationErrorOf(issue),
  }))
  return refusalError('BAD_REQUEST', 400, { kind: 'notAccepted', validationErrors, more: issues.length - validationErrors.length }, cause)
}

/** Makes refusals of wrong input, with its mistakes by field, and of a disk that takes nothing; anything else is thrown on. */
export async function refusing<Answer>(call: () => Answer | PromiseLike<Answer>): Promise<Answer> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof ORPCError && error.code === 'BAD_REQUEST' && error.cause instanceof ValidationError)
      throw refusedValidationErrors(error.cause.issues, error.cause)
    const trouble = classifyStorageError(error)
    // Damage is detected, recorded and repaired at the next start.
    if (trouble === null || trouble === 'damaged') throw error
    throw refusalError('NOT_STORED', 507, { kind: 'notStored', because: trouble }, error)
  }
}
