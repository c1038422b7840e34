import { oc } from '@orpc/contract'
import { z } from 'zod'
import type { Language } from '../i18n/languages.ts'

/**
 * What an operator may do; each one includes those before it.
 * - `view`: see everything that the console shows, pictures and the past too
 * - `operate`: trigger something on a server or host now, such as an immediate poll; what is watched stays as it is
 * - `administer`: change what is watched, how it is reached, and what is kept
 */
export const permissionSchema = z.enum(['view', 'operate', 'administer'])
export type Permission = z.infer<typeof permissionSchema>

/** The person or script that makes a call. */
export interface Operator {
  readonly id: string
  readonly name: string
  /** null: signed in, but without any permission. */
  readonly permission: Permission | null
}

/** The only operator while a console has one token and no accounts. */
export const soleOperator: Operator = { id: 'operator', name: 'operator', permission: 'administer' }

/** Context of each call, over any transport. */
export interface CallContext {
  readonly operator: Operator
  /** Language for sentences in the answer; left out: the caller makes them itself. */
  readonly language?: Language
  /** The input as a script sent it, over REST. */
  readonly sent?: unknown
}

/** Metadata of each procedure of the contract. */
interface ProcedureMeta {
  /** If missing by oversight, nobody may call the procedure. */
  readonly needs?: Permission
}

const rankOf = (permission: Permission) => permissionSchema.options.indexOf(permission)

export function isAllowed({ permission }: Operator, needs: Permission | undefined): boolean {
  return permission !== null && needs !== undefined && rankOf(permission) >= rankOf(needs)
}

const base = oc.$meta<ProcedureMeta>({})
/** Builders for procedures, by required permission. */
export const view = base.meta({ needs: 'view' })
export const operate = base.meta({ needs: 'operate' })
export const administer = base.meta({ needs: 'administer' })
