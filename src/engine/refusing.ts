import { ORPCError } from '@orpc/server'
import { z } from 'zod'
import { refusalText } from '../i18n/refusalText.ts'
import { noServerOfName, serverOf } from '../shared/asked.ts'
import { nearestWord } from '../shared/nearestWord.ts'
import { type CallContext, isAllowed, type Needs, type Operator } from '../shared/permissions.ts'
import { notAllowed, type Refusal } from '../shared/refusals.ts'
import type { ValidationError } from '../shared/validationErrors.ts'
import type { Servers } from './servers/servers.ts'

/** Throws BAD_REQUEST for keys that a procedure does not know, and for a change of nothing: what was misspelt would seem to be done. */
export function refuseUnknownKeys(schema: unknown, input: unknown, { method = 'POST', path = '' }: { readonly method?: string; readonly path?: string }): void {
  const known = schema instanceof z.core.$ZodType ? schema : z.object({})
  const refuse = (field: readonly string[], validationError: ValidationError) => {
    throw refusalError('BAD_REQUEST', 400, { kind: 'notAccepted', validationErrors: [{ field: field.join('.').slice(0, 100), validationError }], more: 0 })
  }
  const found = unknownKeyIn(known, input, [])
  if (found !== null) refuse(found.path, { kind: 'unknownKey', meant: nearestWord(found.path.at(-1) ?? '', found.known), known: [...found.known] })
  if ((method !== 'PUT' && method !== 'PATCH') || !isObject(input)) return
  const change = Object.entries(input).filter(([key, value]) => !path.includes(`{${key}}`) && value !== undefined)
  const key = keysOf(known).filter((each) => !path.includes(`{${each}}`))
  // What settings are by default, or of an entry that stays as it is, is no change that anybody asked for.
  if (change.every(([, value]) => isObject(value) && Object.values(value).every((each) => each === undefined)))
    refuse(key.length === 1 ? key : [], { kind: 'missing', key: key.join(', ') })
}

function keysOf(schema: z.core.$ZodType): readonly string[] {
  const { def } = (schema as z.core.$ZodTypes)._zod
  if (def.type === 'object') return Object.keys(def.shape)
  return def.type === 'record' ? [...(def.keyType._zod.values ?? [])].map(String) : []
}

interface UnknownKey {
  readonly path: readonly string[]
  readonly known: readonly string[]
}

function unknownKeyIn(schema: z.core.$ZodType, value: unknown, path: readonly string[]): UnknownKey | null {
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'object': {
      if (!isObject(value)) return null
      const known = Object.keys(def.shape)
      const extra = def.catchall === undefined ? Object.keys(value).find((key) => !known.includes(key)) : undefined
      if (extra !== undefined) return { path: [...path, extra], known }
      return first(known, (key) => unknownKeyIn(def.shape[key] ?? z.unknown(), value[key], [...path, key]))
    }
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'catch':
    case 'readonly':
      return unknownKeyIn(def.innerType, value, path)
    case 'pipe':
      return unknownKeyIn(def.in, value, path)
    case 'array':
      return Array.isArray(value) ? first([...value.keys()], (at) => unknownKeyIn(def.element, value[at], [...path, String(at)])) : null
    case 'union': {
      // What none of them takes is refused by itself.
      const fitting = def.options.filter((option) => z.safeParse(option, value).success)
      const found = fitting.map((option) => unknownKeyIn(option, value, path))
      return found.includes(null) ? null : (found[0] ?? null)
    }
    default:
      return null
  }
}

function first<Each>(all: readonly Each[], find: (each: Each) => UnknownKey | null): UnknownKey | null {
  for (const each of all) {
    const found = find(each)
    if (found !== null) return found
  }
  return null
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A refusal that any call may throw. The English message serves clients that don't read `data`. */
export function refusalError(code: string, status: number, refusal: Refusal, cause?: unknown) {
  return new ORPCError(code, { status, data: refusal, message: refusalText(refusal, 'en'), cause })
}

/** Throws FORBIDDEN unless the operator has the permission. undefined: the procedure declares none by mistake, so everybody is refused. */
export function requirePermission(operator: Operator, needs: Needs | undefined): void {
  if (!isAllowed(operator, needs)) throw refusalError('FORBIDDEN', 403, notAllowed(operator, needs))
}

/** Whoever asks for more than `most` things at once is refused, by the operator's id. Calls for the same thing count once, those whose caller has gone not at all. */
export function boundedByOperator(most: number) {
  /** How many calls wait for each thing, by operator. */
  const waiting = new Map<string, Map<string | number, number>>()
  return async <Answer>(operatorId: string, thing: string | number, ask: () => Promise<Answer>): Promise<Answer> => {
    const calls = waiting.get(operatorId) ?? new Map<string | number, number>()
    if (calls.size >= most && !calls.has(thing)) throw refusalError('TOO_MANY_REQUESTS', 429, { kind: 'tooManyMoments' })
    waiting.set(operatorId, calls.set(thing, (calls.get(thing) ?? 0) + 1))
    try {
      return await ask()
    } finally {
      const others = (calls.get(thing) ?? 0) - 1
      if (others > 0) calls.set(thing, others)
      else calls.delete(thing)
      if (calls.size === 0) waiting.delete(operatorId)
    }
  }
}

export type RefuseUnknownServer = ReturnType<typeof createRefuseUnknownServer>

/** `readOnly`: a bundle is shown, whose servers are of the past. */
export function createRefuseUnknownServer(readOnly: boolean, servers: Pick<Servers, 'all'>) {
  /**
   * Refuses a script that names a server which is not watched: with nothing found, a slip of the pen would look like a quiet server. A window
   * searches as somebody types, and shows what is left of servers that were removed. `asked` undefined: none is named.
   */
  return (field: 'server' | 'serverId', asked: string | undefined, { language }: CallContext): void => {
    if (asked === undefined || asked === '' || language === undefined || readOnly) return
    const all = servers.all()
    if (field === 'server' ? serverOf(asked, all) !== undefined : all.some(({ id }) => id === asked)) return
    const byName = field === 'serverId' ? serverOf(asked, all) : undefined
    const validationError = noServerOfName(asked, all)
    // An id is wanted, and a name was given.
    const said = byName === undefined ? validationError : { ...validationError, meant: byName.id }
    throw refusalError('NOT_FOUND', 404, { kind: 'notAccepted', validationErrors: [{ field, validationError: said }], more: 0 })
  }
}
