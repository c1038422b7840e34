import { z } from 'zod'
import { enteredName, enteredOrEmpty, nameOrEmpty } from './entered.ts'
import { administer, type CameraLimit, type Permission, permissionSchema, type Role, roleSchema, signedIn } from './permissions.ts'
import { refused } from './refusals.ts'
import { epochMs } from './time.ts'
import { invalid } from './validationErrors.ts'

// Accounts: who signs in, what each of them may do, named tokens for scripts, and the audit.

export const accountLimits = { accounts: 1_000, tokens: 200, groups: 50, limitedTo: 100, recoveryCodes: 10, passkeys: 20, auditRows: 100_000 } as const
export const passwordLimits = [10, 256] as const

/** What somebody may do with the console beside his cameras. */
export const consoleSchema = z.enum(['none', ...permissionSchema.options])
type ConsoleAccess = z.infer<typeof consoleSchema>
/** What a role may do with the console unless something else is set. */
const usualConsole = { user: 'none', moderator: 'operate', administrator: 'administer' } as const satisfies Record<string, ConsoleAccess>

const names = (length: number, most: number) => z.array(enteredName(length)).max(most).default([])
export const limitSchema = z.object({ projects: names(100, accountLimits.limitedTo), tags: names(100, accountLimits.limitedTo) })

const rightsFields = {
  role: roleSchema,
  /** Left out: as usual for the role. `administer` is for administrators, who always have it. */
  console: consoleSchema.optional(),
  /** The only cameras to be seen; null: not limited. Who is limited may do nothing with the console, and is no administrator. */
  limit: limitSchema.nullable().default(null),
}
interface Rights {
  readonly role: Role
  readonly console?: ConsoleAccess | undefined
  readonly limit: CameraLimit | null
}
/** What somebody may do with the console, be it set or usual. */
export function consoleOf({ role, console: access, limit }: Rights): ConsoleAccess {
  return limit === null ? (access ?? usualConsole[role]) : 'none'
}
/** The same as an operator has it. */
export function permissionOf(rights: Rights): Permission | null {
  const access = consoleOf(rights)
  return access === 'none' ? null : access
}
/** Refuses combinations that would not be what they say. */
function refuseUnfit({ role, console: access, limit }: Rights, ctx: z.RefinementCtx): void {
  const wrong = (key: string, words: readonly string[]) =>
    ctx.addIssue({ code: 'custom', path: [key], message: invalid({ kind: 'notOneOf', words: [...words] }) })
  if (role === 'administrator') {
    if (access !== undefined && access !== 'administer') wrong('console', ['administer'])
    if (limit !== null) wrong('role', ['user', 'moderator'])
  } else if (access === 'administer') wrong('console', ['none', 'view', 'operate'])
  else if (limit !== null && access !== undefined && access !== 'none') wrong('console', ['none'])
}

export const rightsSchema = z.object(rightsFields).superRefine(refuseUnfit)

export const passwordSchema = passwordOf(passwordLimits)
function passwordOf([least, most]: readonly [number, number]) {
  return z
    .string()
    .min(least, invalid({ kind: 'tooShort', least }))
    .max(most)
}
/** Of an entered secret that is compared: whatever was typed. */
const typed = enteredOrEmpty(passwordLimits[1])

const accountFields = {
  /** The sign-in name, unique without case. */
  name: enteredName(60),
  fullName: nameOrEmpty(100).default(''),
  ...rightsFields,
  groups: names(60, accountLimits.groups),
  disabled: z.boolean().default(false),
}
export const accountInputSchema = z.object(accountFields).superRefine(refuseUnfit)
export type AccountInput = z.infer<typeof accountInputSchema>

export const accountSchema = z.object({
  id: z.string(),
  name: z.string(),
  fullName: z.string(),
  role: roleSchema,
  console: consoleSchema,
  groups: z.array(z.string()),
  limit: limitSchema.nullable(),
  disabled: z.boolean(),
  hasTotp: z.boolean(),
  lastSignInAt: epochMs.nullable(),
  createdAt: epochMs,
  /** Number of changes so far. */
  revision: z.number().int(),
})
export type Account = z.infer<typeof accountSchema>

/** A browser that is signed in. */
export const signInSessionSchema = z.object({
  id: z.string(),
  /** null: signed in with the token of the token file. */
  accountId: z.string().nullable(),
  name: z.string(),
  madeAt: epochMs,
  /** To within some minutes. */
  usedAt: epochMs,
  /** The address it was last used from. */
  address: z.string(),
  /** What the browser calls itself, shortened. */
  browser: z.string(),
})
export type SignInSession = z.infer<typeof signInSessionSchema>

/** A named token for scripts. */
export const namedTokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: roleSchema,
  console: consoleSchema,
  limit: limitSchema.nullable(),
  expiresAt: epochMs.nullable(),
  createdAt: epochMs,
  by: z.string(),
  /** When its secret was last replaced; null: never. */
  rotatedAt: epochMs.nullable(),
  /** To within ten minutes after a start of the console; null: never. */
  lastUsedAt: epochMs.nullable(),
})
export type NamedToken = z.infer<typeof namedTokenSchema>
export const namedTokenInputSchema = z
  .object({ name: enteredName(60), ...rightsFields, /** null: it does not end. */ expiresAt: epochMs.nullable().default(null) })
  .superRefine(refuseUnfit)
export type NamedTokenInput = z.infer<typeof namedTokenInputSchema>
/** Its secret is shown this once. */
const madeTokenSchema = z.object({ token: namedTokenSchema, secret: z.string() })

/** A way of signing in that a device or a password manager keeps. */
const passkeySchema = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: epochMs,
  /** null: never. */
  lastUsedAt: epochMs.nullable(),
})
export type Passkey = z.infer<typeof passkeySchema>
/** Ways of signing in beside the password. */
const signInWaysSchema = z.object({
  passkeys: z.array(passkeySchema),
  /** Whether passkeys can be used at the address by which this is asked. */
  passkeysPossible: z.boolean(),
  /** The organisation's provider, and whether he signs in with it; null: there is none. */
  provider: z.object({ name: z.string(), isLinked: z.boolean() }).nullable(),
})
export type SignInWays = z.infer<typeof signInWaysSchema>
const signedPart = z.string().max(20_000)
/** What a browser answers when a passkey was made or used (WebAuthn, as JSON). */
export const passkeyAnswerSchema = z.object({
  id: z.string().max(2_000),
  rawId: z.string().max(2_000),
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: signedPart,
    attestationObject: signedPart.optional(),
    transports: z.array(z.string().max(40)).max(20).optional(),
    authenticatorData: signedPart.optional(),
    signature: signedPart.optional(),
    userHandle: z.string().max(500).nullish(),
  }),
})
export type PasskeyAnswer = z.infer<typeof passkeyAnswerSchema>

/** What is recorded: sign-ins, what was called with more than `view`, what was taken away and what was watched. */
export const auditActions = ['signIn', 'signInFailed', 'signOut', 'call', 'download', 'view', 'reset', 'pruned', 'lost'] as const
export const auditEntrySchema = z.object({
  id: z.number().int(),
  at: epochMs,
  /** Name at that time; of a failed sign-in: that of the account, '' where there is none of the name that was entered. */
  by: z.string(),
  /** The account or token; null: none. */
  byId: z.string().nullable(),
  /** The sender's address; null: it was done on the console's machine. */
  from: z.string().nullable(),
  action: z.enum(auditActions),
  /** The procedure, such as `cameras.remove`, or the path of what was fetched. */
  what: z.string(),
  /** Ids and names in its input, never secrets. */
  of: z.record(z.string(), z.string()),
  /** How often it happened within this minute. */
  count: z.number().int(),
})
export type AuditEntry = z.infer<typeof auditEntrySchema>

export const auditFilterSchema = z.object({
  by: z.string().max(100).optional(),
  action: z.enum(auditActions).optional(),
  /** Part of what was done, of what, or from where. */
  text: z.string().max(200).optional(),
  from: z.coerce.number().pipe(epochMs).optional(),
  to: z.coerce.number().pipe(epochMs).optional(),
  /** Only entries before this one, for the next page. */
  before: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  /** REST only; CSV is sent as a file. */
  format: z.enum(['json', 'csv']).optional(),
})
export type AuditFilter = z.infer<typeof auditFilterSchema>
export const auditPageSchema = z.object({
  /** The newest first. */
  entries: z.array(auditEntrySchema),
  /** There are older ones that match. */
  more: z.boolean(),
  /** When the oldest entry that is kept was made; null: there is none. */
  keptSince: epochMs.nullable(),
})
export type AuditPage = z.infer<typeof auditPageSchema>

/** The lock of the desktop whose engine this is. */
const deskLockStateSchema = z.object({
  isSet: z.boolean(),
  isLocked: z.boolean(),
  /** Minutes without a key or click at the desk after which it locks itself; null: only by hand. */
  afterMinutes: z.number().int().nullable(),
})
export type DeskLockState = z.infer<typeof deskLockStateSchema>
export const lockPasswordLimits = [4, passwordLimits[1]] as const
/** `password` left out: stays; null: the lock is taken away. */
export const lockChangeSchema = z.object({
  current: typed.default(''),
  password: passwordOf(lockPasswordLimits).nullable().optional(),
  afterMinutes: z.number().int().min(1).max(1_440).nullable(),
})
export type LockChange = z.infer<typeof lockChangeSchema>

/** Who asks, as the console knows him. */
export const meSchema = z.object({
  /** `account`: signed in with a name; `token`: a named token; `tokenFile`: the token of the token file; `desktop`: the app that runs this engine. */
  kind: z.enum(['account', 'token', 'tokenFile', 'desktop']),
  /** Of an account or a token; null: neither. */
  id: z.string().nullable(),
  name: z.string(),
  fullName: z.string(),
  role: roleSchema,
  console: consoleSchema,
  limit: limitSchema.nullable(),
  groups: z.array(z.string()),
  hasTotp: z.boolean(),
  recoveryCodesLeft: z.number().int(),
  /** The session by which this is asked; null: by none. */
  session: z.string().nullable(),
  /** His own sessions, the last used first. */
  sessions: z.array(signInSessionSchema),
  /** Whether there are accounts at all; without, everybody signs in with the token. */
  hasAccounts: z.boolean(),
  /** null: this is asked over the network, where there is no desk to lock. */
  lock: deskLockStateSchema.nullable(),
})
export type Me = z.infer<typeof meSchema>

const one = z.object({ id: z.string().max(100) })
const notFound = { NOT_FOUND: refused(404, 'noSuch') } as const
const NAME_TAKEN = refused(409, 'taken')
/** Of calls about the own account, made without one. */
const own = { NO_ACCOUNT: refused(409, 'noOwnAccount') } as const
const WRONG_PASSWORD = refused(403, 'wrongPassword')
const LAST_ADMINISTRATOR = refused(409, 'lastAdministrator')
const BUSY = refused(503, 'signInBusy')
/** Of calls that ask for a password. */
const password = { WRONG_PASSWORD, BUSY, MUST_WAIT: refused(429, 'tooManyTries') }
/** Of calls about the desktop's lock, made over the network. */
const NO_DESK = refused(409, 'noDeskLock')

const tags = ['accounts']
const ownWithPassword = signedIn.errors({ ...own, ...password })
const administerToken = administer.errors(notFound)
export const accountsContract = {
  me: signedIn.route({ method: 'GET', path: '/accounts/me', tags, summary: 'Who asks, and what he may do' }).output(meSchema),
  /** Ends all other sessions of the account. */
  changePassword: ownWithPassword
    .route({ method: 'PUT', path: '/accounts/me/password', successStatus: 204, tags })
    .input(z.object({ password: typed, newPassword: passwordSchema })),
  /** A new secret for one-time codes, which counts from `confirmTotp` on. */
  startTotp: signedIn
    .errors({ ...own, ...password, TOTP_ON: refused(409, 'totpOn'), NOT_SEALED: refused(409, 'secretsUnavailable') })
    .route({ method: 'POST', path: '/accounts/me/totp', tags })
    .input(z.object({ password: typed }))
    .output(z.object({ secret: z.string(), uri: z.string() })),
  /** The recovery codes are shown this once. */
  confirmTotp: signedIn
    .errors({ ...own, WRONG_CODE: refused(403, 'wrongCode') })
    .route({ method: 'POST', path: '/accounts/me/totp/confirm', tags })
    .input(z.object({ code: z.string().max(20) }))
    .output(z.object({ recoveryCodes: z.array(z.string()) })),
  removeTotp: ownWithPassword.route({ method: 'POST', path: '/accounts/me/totp/remove', successStatus: 204, tags }).input(z.object({ password: typed })),
  ways: signedIn.route({ method: 'GET', path: '/accounts/me/ways', tags, summary: 'His ways of signing in beside his password' }).output(signInWaysSchema),
  /** What a browser makes a passkey from. Without a password only shortly after signing in. */
  startPasskey: signedIn
    .errors({ ...own, ...password, SIGN_IN_AGAIN: refused(403, 'signInAgain'), NOT_SECURE: refused(409, 'passkeysNeedHttps') })
    .route({ method: 'POST', path: '/accounts/me/passkeys/start', tags })
    .input(z.object({ password: typed.optional() }))
    .output(z.looseObject({ challenge: z.string() })),
  addPasskey: signedIn
    .errors({ ...own, NOT_SECURE: refused(409, 'passkeysNeedHttps'), NOT_RIGHT: refused(403, 'passkeyRefused'), TOO_MANY: refused(409, 'tooMany') })
    .route({ method: 'POST', path: '/accounts/me/passkeys', successStatus: 201, tags })
    .input(z.object({ name: enteredName(60), answer: passkeyAnswerSchema }))
    .output(passkeySchema),
  removePasskey: signedIn
    .errors({ ...own, NOT_FOUND: refused(404, 'noSuch') })
    .route({ method: 'DELETE', path: '/accounts/me/passkeys/{id}', successStatus: 204, tags })
    .input(z.object({ id: z.string().max(2_000) })),
  /** Takes the organisation's provider from the own account, which has to have a password. */
  removeProvider: signedIn
    .errors({ ...own, ONLY_WAY: refused(409, 'onlyWayIn') })
    .route({ method: 'DELETE', path: '/accounts/me/provider', successStatus: 204, tags }),
  /** An own session, or as an administrator any. */
  endSession: signedIn
    .errors({ NOT_FOUND: refused(404, 'noSuch') })
    .route({ method: 'DELETE', path: '/accounts/sessions/{id}', successStatus: 204, tags })
    .input(one),
  sessions: administer.route({ method: 'GET', path: '/accounts/sessions', tags, summary: 'Browsers that are signed in' }).output(z.array(signInSessionSchema)),

  /** Sets, changes or takes away the lock of the desktop. */
  setLock: administer
    .errors({ NO_DESK, ...password })
    .route({ method: 'PUT', path: '/accounts/desk-lock', successStatus: 204, tags })
    .input(lockChangeSchema),
  lock: signedIn.errors({ NO_DESK }).route({ method: 'POST', path: '/accounts/desk-lock/lock', successStatus: 204, tags }),
  unlock: signedIn
    .errors({ NO_DESK, ...password })
    .route({ method: 'POST', path: '/accounts/desk-lock/unlock', successStatus: 204, tags })
    .input(z.object({ password: typed })),

  list: administer.route({ method: 'GET', path: '/accounts', tags, summary: 'Accounts by name' }).output(z.array(accountSchema)),
  /** The first account must be an administrator. */
  add: administer
    .errors({ NAME_TAKEN, BUSY, TOO_MANY: refused(409, 'tooMany'), FIRST: refused(409, 'firstAdministrator') })
    .route({ method: 'POST', path: '/accounts', successStatus: 201, tags })
    .input(z.object({ account: accountInputSchema, password: passwordSchema }))
    .output(accountSchema),
  /** Replaces an account, but for its password. With `revision`: only if it has not changed since that revision. */
  update: administer
    .errors({ ...notFound, NAME_TAKEN, LAST_ADMINISTRATOR, CONFLICT: refused(409, 'changed') })
    .route({ method: 'PUT', path: '/accounts/{id}', tags })
    .input(one.extend({ change: accountInputSchema, revision: z.number().int().optional() }))
    .output(accountSchema),
  remove: administer
    .errors({ ...notFound, LAST_ADMINISTRATOR })
    .route({ method: 'DELETE', path: '/accounts/{id}', successStatus: 204, tags })
    .input(one),
  /** Sets a password, which is shown this once if none is given, and ends all sessions of the account. `removeTotp`: its one-time codes, passkeys and provider too. */
  resetPassword: administer
    .errors({ ...notFound, BUSY })
    .route({ method: 'POST', path: '/accounts/{id}/password', tags })
    .input(one.extend({ password: passwordSchema.optional(), removeTotp: z.boolean().default(false) }))
    .output(z.object({ password: z.string().nullable() })),

  tokens: administer.route({ method: 'GET', path: '/accounts/tokens', tags, summary: 'Named tokens' }).output(z.array(namedTokenSchema)),
  addToken: administer
    .errors({ NAME_TAKEN: refused(409, 'taken'), TOO_MANY: refused(409, 'tooMany') })
    .route({ method: 'POST', path: '/accounts/tokens', successStatus: 201, tags })
    .input(namedTokenInputSchema)
    .output(madeTokenSchema),
  /** A new secret; the old one ends at once. */
  rotateToken: administerToken.route({ method: 'POST', path: '/accounts/tokens/{id}/rotate', tags }).input(one).output(madeTokenSchema),
  removeToken: administerToken.route({ method: 'DELETE', path: '/accounts/tokens/{id}', successStatus: 204, tags }).input(one),

  tokenFile: administer
    .route({ method: 'GET', path: '/accounts/token-file', tags, summary: 'Whether the token of the token file admits' })
    .output(z.object({ admits: z.boolean() })),
  /** Only somebody who is signed in with an account may turn it off. Sessions that were begun with it end. */
  keepTokenFile: administer
    .errors(own)
    .route({ method: 'PUT', path: '/accounts/token-file', tags })
    .input(z.object({ admits: z.boolean() }))
    .output(z.object({ admits: z.boolean() })),

  audit: administer
    .route({ method: 'GET', path: '/accounts/audit', tags, summary: 'Who did what, when and from where; with ?format=csv as a file' })
    .input(auditFilterSchema)
    .output(auditPageSchema),
}
