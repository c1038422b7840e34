import { oc } from '@orpc/contract'
import { z } from 'zod'
import type { Language } from './words/languages.ts'

/**
 * What an operator may do; each one includes those before it.
 * - `view`: see everything that the console shows, pictures and the past too
 * - `operate`: make a server or a host do something now, such as being asked at once; what is watched stays as it is
 * - `administer`: change what is watched, how it is reached, and what is kept
 */
export const permissionSchema = z.enum(['view', 'operate', 'administer'])
export type Permission = z.infer<typeof permissionSchema>

/** Who asks. */
export interface Operator {
  readonly id: string
  readonly name: string
  /** null: signed in, and may do nothing. */
  readonly permission: Permission | null
}

/** The only operator as long as a console has one token and no accounts. */
export const soleOperator: Operator = { id: 'operator', name: 'operator', permission: 'administer' }

/** What each call carries, whichever door it came through. */
export interface CallContext {
  readonly operator: Operator
  /** Language that events are told in; left out: the caller puts them into words himself. */
  readonly language?: Language
}

/** What each procedure of the contract says of itself. */
export interface ProcedureMeta {
  /** Missing only where somebody forgot it: then nobody may call it. */
  readonly needs?: Permission
}

const rankOf = (permission: Permission) => permissionSchema.options.indexOf(permission)

export const isAllowed = ({ permission }: Operator, needs: Permission | undefined): boolean =>
  permission !== null && needs !== undefined && rankOf(permission) >= rankOf(needs)

const base = oc.$meta<ProcedureMeta>({})
/** Beginnings of procedures, by what they need. */
export const view = base.meta({ needs: 'view' })
export const operate = base.meta({ needs: 'operate' })
export const administer = base.meta({ needs: 'administer' })
