import { oc } from '@orpc/contract'
import { z } from 'zod'
import type { Language } from '../i18n/languages.ts'

/**
 * What an operator may do with the console; each one includes those before it.
 * - `view`: see everything that the console shows, pictures and the past too
 * - `operate`: trigger something on a server or host now, such as an immediate poll; what is watched stays as it is
 * - `administer`: change what is watched, how it is reached, and what is kept
 */
export const permissionSchema = z.enum(['view', 'operate', 'administer'])
export type Permission = z.infer<typeof permissionSchema>

/**
 * What somebody is to the cameras and accounts; each role includes those before it.
 * - `user`: sees his own cameras, or those that he is limited to, and keeps favourites
 * - `moderator`: sees all cameras, adds, changes and removes them
 * - `administrator`: adds, changes and removes accounts, and may do everything with the console
 */
export const roleSchema = z.enum(['user', 'moderator', 'administrator'])
export type Role = z.infer<typeof roleSchema>

/**
 * What a procedure needs. Beside a permission:
 * - `signedIn`: nothing but a sign-in; what the answer contains depends on who asks
 * - `moderate`: the role of a moderator
 */
export const needsSchema = z.enum(['signedIn', 'moderate', ...permissionSchema.options])
export type Needs = z.infer<typeof needsSchema>

/** The cameras that somebody sees and no others, whoever owns them: those of one of these projects, or with one of these tags. */
export interface CameraLimit {
  readonly projects: readonly string[]
  readonly tags: readonly string[]
}

/** The person or script that makes a call. */
export interface Operator {
  /** Of an account: its id. */
  readonly id: string
  readonly name: string
  readonly role: Role
  /** What he may do with the console beside his cameras; null: nothing. */
  readonly permission: Permission | null
  /** null: not limited. */
  readonly limit: CameraLimit | null
  /** At a desktop that is locked, where nothing can be changed; left out: it is not. */
  readonly isLocked?: true
  /** What owners of cameras are his: the account and groups. */
  readonly owns: { readonly accountId: string | null; readonly groups: readonly string[] }
}

export const ownsNothing: Operator['owns'] = { accountId: null, groups: [] }
/** The only operator while a console has one token and no accounts. */
export const soleOperator: Operator = {
  id: 'operator',
  name: 'operator',
  role: 'administrator',
  permission: 'administer',
  limit: null,
  owns: ownsNothing,
}

export interface CallContext {
  readonly operator: Operator
  /** The sender's address, for the audit; left out: the call does not come from the network. */
  readonly from?: string
  /** The browser's session by which he is signed in. */
  readonly session?: string
  /** The origin of the page that makes the call, such as `https://noc.example.org`; left out: it is made by no page. */
  readonly origin?: string
  /** Language for sentences in the answer; left out: the caller makes them itself. */
  readonly language?: Language
  /** The input as a script sent it, over REST. */
  readonly sent?: unknown
}

/** Who begins something that goes on after his call, such as a picture. It ends with his session, or without one with his token. */
export interface Caller extends Pick<Operator, 'id' | 'name'> {
  readonly session?: string | undefined
}
export function callerOf({ operator: { id, name }, session }: CallContext): Caller {
  return { id, name, session }
}

/** Metadata of each procedure of the contract. */
export interface ProcedureMeta {
  /** If missing by oversight, nobody may call the procedure. */
  readonly needs?: Needs
  /** It needs more than `view` and is no GET, and changes nothing: it is not recorded in the audit. */
  readonly isReading?: true
}

const rankOf = (permission: Permission) => permissionSchema.options.indexOf(permission)

/** Whoever is limited to some cameras has no permission beyond them, whatever else his account says. */
export function isAllowed(
  { role, permission, limit, isLocked }: Pick<Operator, 'role' | 'permission' | 'limit' | 'isLocked'>,
  needs: Needs | undefined,
): boolean {
  if (needs === undefined) return false
  if (needs === 'signedIn') return true
  if (isLocked && needs !== 'view') return false
  if (needs === 'moderate') return role !== 'user'
  return permission !== null && limit === null && rankOf(permission) >= rankOf(needs)
}

const base = oc.$meta<ProcedureMeta>({})
/** Builders for procedures, by what they need. */
export const signedIn = base.meta({ needs: 'signedIn' })
export const moderate = base.meta({ needs: 'moderate' })
export const view = base.meta({ needs: 'view' })
export const operate = base.meta({ needs: 'operate' })
export const administer = base.meta({ needs: 'administer' })
